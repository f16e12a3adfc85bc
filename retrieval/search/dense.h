#ifndef FOOTNOTE_RETRIEVAL_SEARCH_DENSE_H_
#define FOOTNOTE_RETRIEVAL_SEARCH_DENSE_H_

#include <cstddef>
#include <cstdint>
#include <vector>

#include "retrieval/index/bitmap.h"
#include "retrieval/index/collection_state.h"
#include "retrieval/index/vector_index_options.h"
#include "retrieval/search/code_scan.h"

namespace footnote::retrieval {

enum class DensePlan {
  kExact,  // score each selected row by itself
  kCodes,  // scan the segments' codes: exact as well
  kGraph,  // walk the segments' graphs where there are such: nearly all of the best
};

// Below this many selected rows each is scored by itself: that takes at most a
// few milliseconds and costs nothing for rows that aren't selected.
inline constexpr size_t kMaxExactRows = 20000;

// `sees_all`: nothing alive in the collection is hidden from the caller. What a
// graph finds depends on all of its rows, so that only who sees them all may walk
// it: to everybody else what is hidden must change nothing.
inline DensePlan PlanDense(size_t selected, bool sees_all, const VectorIndexOptions& options) {
  if (selected <= kMaxExactRows) return DensePlan::kExact;
  return sees_all && selected >= options.graph_rows ? DensePlan::kGraph : DensePlan::kCodes;
}

// The best `wanted` of the `count` rows in `selected`, unordered, and with them
// every row whose score equals the last one's: which of equals is better is the
// caller's to say. With kGraph these are the best of what was found. `query` has
// the collection's dimension. Throws std::bad_alloc.
std::vector<DenseMatch> SearchDense(const CollectionState& state, const std::vector<float>& query,
                                    const Bitmap& selected, size_t count, size_t wanted,
                                    DensePlan plan, const VectorIndexOptions& options = {});

}  // namespace footnote::retrieval

#endif  // FOOTNOTE_RETRIEVAL_SEARCH_DENSE_H_
