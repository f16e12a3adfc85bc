#ifndef FOOTNOTE_RETRIEVAL_SEARCH_DIVERSITY_H_
#define FOOTNOTE_RETRIEVAL_SEARCH_DIVERSITY_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"

namespace footnote::retrieval {

// A candidate as diversity sees it.
struct DiversityItem {
  double score = 0;
  // Items of a lower tier come first, whatever their score: scores of two tiers
  // don't compare (those of a cross-encoder, and those of fusion).
  int tier = 0;
  uint64_t document = 0;
};

struct DiversityOptions {
  double lambda = 1;
  int max_per_document = 0;  // 0: any number
};

// At most `n` items, chosen one by one: of the lowest tier that has an item left
// whose document isn't full, the one of the greatest marginal relevance
//   lambda * relevance(i) - (1 - lambda) * max over chosen j of similarity(i, j)
// (Carbonell and Goldstein 1998, "The Use of MMR"), the earlier one where two are
// equal. relevance is the score scaled to 0..1 over its tier (1 where all scores
// are equal), so that lambda means the same for every ranking; the maximum over
// nothing is 0.
//
// With lambda 1 similarity isn't called; else n * items.size() times at most.
// `cancelled` is polled once per choice; may be null. Errors: Cancelled.
struct DiverseChoice {
  size_t item = 0;    // index into items
  double margin = 0;  // its marginal relevance when it was chosen
};
absl::StatusOr<std::vector<DiverseChoice>> ChooseDiverse(
    absl::Span<const DiversityItem> items, const DiversityOptions& options, size_t n,
    absl::FunctionRef<double(size_t, size_t)> similarity, const std::function<bool()>& cancelled);

}  // namespace footnote::retrieval

#endif  // FOOTNOTE_RETRIEVAL_SEARCH_DIVERSITY_H_
