#ifndef FOOTNOTE_RETRIEVAL_SEARCH_WORD_CONSTRAINTS_H_
#define FOOTNOTE_RETRIEVAL_SEARCH_WORD_CONSTRAINTS_H_

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "retrieval/index/bitmap.h"
#include "retrieval/index/lexical_index.h"
#include "retrieval/search/bm25.h"
#include "retrieval/search/query_syntax.h"
#include "transformer/text/language.h"

namespace footnote::retrieval {

// A term of a phrase and its place in it.
struct PhraseTerm {
  std::string text;
  uint32_t offset = 0;  // from the first term's place
  friend bool operator==(const PhraseTerm&, const PhraseTerm&) = default;
};

// The terms of a text with their places, which rise; a stop word between two leaves its
// gap. Empty: the text has nothing that is indexed.
std::vector<PhraseTerm> PhraseTerms(absl::string_view text, const transformer::Language& language);

// The rows of `selected` in which all of a phrase's terms stand at their places, whatever
// that of the first is. Precondition: the phrase has a term.
Bitmap PhraseRows(const LexicalIndex& index, absl::Span<const PhraseTerm> phrase,
                  const Bitmap& selected);

// What a query's clauses, in any of the languages that they may be in, leave of a collection's
// passages. A word is a phrase too, since an identifier is several terms: +pg_dump asks for
// pg_dump, pg and dump at one place.
class WordConstraints {
 public:
  // A clause of nothing but stop words asks for nothing.
  WordConstraints(absl::Span<const QueryClause> clauses, const QueryLanguages& languages);

  bool empty() const { return clauses_.empty(); }
  // The clauses that ask for something, as they were written.
  std::vector<std::string> required() const { return Texts(false); }
  std::vector<std::string> excluded() const { return Texts(true); }
  // Whether a required word or phrase has the term.
  bool Requires(absl::string_view term) const;

  // Takes the rows that don't pass out of *selected, of which all are `visible`. Errors:
  // DataLoss (visible postings of a term couldn't be read), Cancelled (polled between
  // clauses).
  absl::Status Apply(const LexicalIndex& index, const Bitmap& visible,
                     const std::function<bool()>& cancelled, Bitmap* selected) const;

 private:
  struct Clause {
    QueryClause clause;
    std::vector<std::vector<PhraseTerm>> phrases;  // each different one of the languages
  };
  std::vector<std::string> Texts(bool excluded) const;

  std::vector<Clause> clauses_;
};

}  // namespace footnote::retrieval

#endif  // FOOTNOTE_RETRIEVAL_SEARCH_WORD_CONSTRAINTS_H_
