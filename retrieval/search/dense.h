#ifndef FOOTNOTE_RETRIEVAL_SEARCH_DENSE_H_
#define FOOTNOTE_RETRIEVAL_SEARCH_DENSE_H_

#include <cstddef>
#include <cstdint>
#include <vector>

#include "retrieval/index/bitmap.h"
#include "retrieval/index/collection_state.h"

namespace footnote::retrieval {

// A passage's row and its inner product with the query.
struct DenseMatch {
  uint32_t row = 0;
  float score = 0;
};

enum class DensePlan {
  kExact,  // score each selected row by itself
  kIndex,  // ask the vector index, with the selected rows as its selector
};

// Below this many selected rows each is scored by itself: that takes at most a
// few milliseconds, costs nothing for rows that aren't selected, and is exact
// whatever the index is, so that a narrow filter never loses a passage to an
// index that approximates.
inline constexpr size_t kMaxExactRows = 20000;

inline DensePlan PlanDense(size_t selected) {
  return selected <= kMaxExactRows ? DensePlan::kExact : DensePlan::kIndex;
}

// The best `wanted` of the `count` rows in `selected`, unordered, and with them
// every row whose score equals the last one's: which of equals is better is the
// caller's to say. `query` has the collection's dimension. Throws what FAISS does.
std::vector<DenseMatch> SearchDense(const CollectionState& state, const std::vector<float>& query,
                                    const Bitmap& selected, size_t count, size_t wanted,
                                    DensePlan plan);

}  // namespace footnote::retrieval

#endif  // FOOTNOTE_RETRIEVAL_SEARCH_DENSE_H_
