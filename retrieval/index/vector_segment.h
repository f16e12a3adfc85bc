#ifndef FOOTNOTE_RETRIEVAL_INDEX_VECTOR_SEGMENT_H_
#define FOOTNOTE_RETRIEVAL_INDEX_VECTOR_SEGMENT_H_

#include <atomic>
#include <cstddef>
#include <memory>
#include <optional>
#include <vector>

#include "retrieval/index/growing_index.h"
#include "retrieval/index/hnsw_graph.h"
#include "retrieval/index/row_codes.h"
#include "retrieval/index/vector_index_options.h"

namespace footnote::retrieval {

// A sealed run of a collection's rows, [first, first + codes->rows()): their codes
// and, where they are many, a graph. Derived from the vectors, which stay where
// they are. Immutable.
struct VectorSegment {
  size_t first = 0;
  std::shared_ptr<const RowCodes> codes;
  std::shared_ptr<const HnswGraph> graph;  // null: a flat segment

  size_t end() const { return first + codes->rows(); }
  size_t MemoryBytes() const {
    return codes->MemoryBytes() + (graph == nullptr ? 0 : graph->MemoryBytes());
  }
};

// What there is to build next for a collection's vectors, so that few segments hold
// nearly all rows and a row is built anew only as often as they double.
struct SegmentStep {
  size_t first = 0;  // of a new segment of rows [first, end), or of the one
  size_t end = 0;    // that is to get a graph
  bool graph = false;
};

// `segments` lie one after the other from row 0. nullopt: nothing.
std::optional<SegmentStep> NextStep(
    const std::vector<std::shared_ptr<const VectorSegment>>& segments, size_t rows,
    const VectorIndexOptions& options);

// Null: `stop` became true. Throws std::bad_alloc.
std::shared_ptr<const VectorSegment> BuildFlat(const GrowingIndex& vectors, size_t first,
                                               size_t end, const std::atomic<bool>& stop);
// The segment with a graph. The same of null and errors.
std::shared_ptr<const VectorSegment> WithGraph(const VectorSegment& segment,
                                               const HnswOptions& options,
                                               const std::atomic<bool>& stop);

}  // namespace footnote::retrieval

#endif  // FOOTNOTE_RETRIEVAL_INDEX_VECTOR_SEGMENT_H_
