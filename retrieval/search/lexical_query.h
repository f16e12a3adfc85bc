#ifndef FOOTNOTE_RETRIEVAL_SEARCH_LEXICAL_QUERY_H_
#define FOOTNOTE_RETRIEVAL_SEARCH_LEXICAL_QUERY_H_

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "retrieval/engine.h"
#include "retrieval/index/collection_state.h"
#include "retrieval/index/lexical_index.h"
#include "retrieval/search/access.h"
#include "retrieval/search/bm25.h"

namespace footnote::retrieval {

// A query's terms against one state as one caller sees it, with their statistics,
// which are counted once. Must not outlive the state.
class LexicalQuery {
 public:
  struct Term {
    std::string text;
    uint32_t query_frequency = 0;
    uint64_t chunks = 0;  // visible ones that have it
    double idf = 0;
    double weight = 0;  // query_frequency * idf * share
    // Where it stands for a term that no visible chunk has: that term, and how much of
    // the weight it gets. Else empty, and 1.
    std::string misspelt;
    double share = 1;
  };

  // `terms`: see QueryTerms. Errors: DataLoss (postings of a term couldn't be read),
  // Cancelled (polled between terms).
  static absl::StatusOr<LexicalQuery> Make(const CollectionState& state, const Visibility& visible,
                                           const std::map<std::string, uint32_t>& terms,
                                           const Bm25Options& options,
                                           const std::function<bool()>& cancelled);

  // Adds for each of `terms` that no visible chunk has those nearest to it that one has
  // (see similar_terms.h), three at most, those of most chunks, and does so for the
  // first 16 such terms; but nothing for terms that are `exact`, nor where one of the
  // nearest is in the query itself. Errors: as Make.
  absl::Status AddSimilar(const Visibility& visible, const std::map<std::string, uint32_t>& terms,
                          absl::FunctionRef<bool(absl::string_view)> exact,
                          const std::function<bool()>& cancelled);

  const LexicalIndex& index() const { return state_->words(); }
  const Bm25Options& options() const { return options_; }
  // Ascending by text. None is of weight 0; one that no visible chunk has is left out.
  const std::vector<Term>& terms() const { return terms_; }
  double average_length() const { return average_length_; }
  // k1 * (1 - b + b * length / average): with Bm25TermScore a term's part of a score.
  double Saturation(uint32_t length) const {
    return length < saturations_.size() ? saturations_[length] : ComputeSaturation(length);
  }

  // The scores of `rows`, which ascend, in their order; 0: no term. To the bit what
  // any search gives them.
  std::vector<double> ScoreRows(absl::Span<const uint32_t> rows) const;

  // Why `rows`, in any order and visible, have their scores.
  std::vector<LexicalExplanation> Explain(absl::Span<const uint32_t> rows) const;

 private:
  LexicalQuery(const CollectionState* state, const Bm25Options& options, double average_length);
  absl::StatusOr<std::vector<Term>> Nearest(const Visibility& visible,
                                            const std::string& term) const;
  double ComputeSaturation(uint32_t length) const {
    return options_.k1 * Bm25LengthNorm(options_, length, average_length_);
  }

  const CollectionState* state_;
  Bm25Options options_;
  double average_length_;
  std::vector<Term> terms_;
  std::vector<double> saturations_;  // by length
};

}  // namespace footnote::retrieval

#endif  // FOOTNOTE_RETRIEVAL_SEARCH_LEXICAL_QUERY_H_
