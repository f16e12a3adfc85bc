#ifndef FOOTNOTE_TRANSFORMER_TEXT_STEMMER_H_
#define FOOTNOTE_TRANSFORMER_TEXT_STEMMER_H_

#include <memory>
#include <string>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"
#include "transformer/text/language.h"

struct sb_stemmer;

namespace footnote::transformer {

// Makes terms of the words of one language, and remembers them: real text repeats
// its words. Not thread-safe.
class Stemmer {
 public:
  explicit Stemmer(const Language& language);
  ~Stemmer();
  // This thread's own for a language of the table.
  static Stemmer& Of(const Language& language);

  const Language& language() const { return language_; }
  // The term of a word as it stands in a text: case folded, what an apostrophe
  // joins to its front gone, stemmed, accents removed. Empty: a stop word. Words
  // with digits aren't stemmed. Valid until the next call.
  const std::string& Term(absl::string_view word);

 private:
  std::string Compute(absl::string_view word) const;
  std::string Stem(const std::string& word) const;

  struct Delete {
    void operator()(sb_stemmer* stemmer) const;
  };
  const Language& language_;
  std::unique_ptr<sb_stemmer, Delete> stemmer_;  // null: words stay as they are
  absl::flat_hash_map<std::string, std::string> terms_;
};

}  // namespace footnote::transformer

#endif  // FOOTNOTE_TRANSFORMER_TEXT_STEMMER_H_
