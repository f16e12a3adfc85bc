#include "retrieval/index/vector_segment.h"

#include <utility>

namespace footnote::retrieval {

std::optional<SegmentStep> NextStep(
    const std::vector<std::shared_ptr<const VectorSegment>>& segments, size_t rows,
    const VectorIndexOptions& options) {
  const size_t sealed = segments.empty() ? 0 : segments.back()->end();
  if (rows > sealed && rows - sealed >= options.seal_rows) {
    // With it those that aren't larger than what is sealed anew.
    size_t first = sealed;
    for (size_t i = segments.size(); i > 0 && segments[i - 1]->codes->rows() <= rows - first; --i) {
      first = segments[i - 1]->first;
    }
    return SegmentStep{first, rows, false};
  }
  for (const auto& segment : segments) {
    if (segment->graph == nullptr && segment->codes->rows() >= options.graph_rows) {
      return SegmentStep{segment->first, segment->end(), true};
    }
  }
  return std::nullopt;
}

std::shared_ptr<const VectorSegment> BuildFlat(const GrowingIndex& vectors, size_t first,
                                               size_t end, const std::atomic<bool>& stop) {
  auto segment = std::make_shared<VectorSegment>();
  segment->first = first;
  segment->codes = RowCodes::Build(vectors, first, end - first, stop);
  return segment->codes == nullptr ? nullptr : segment;
}

std::shared_ptr<const VectorSegment> WithGraph(const VectorSegment& segment,
                                               const HnswOptions& options,
                                               const std::atomic<bool>& stop) {
  auto out = std::make_shared<VectorSegment>(segment);
  out->graph = HnswGraph::Build(segment.codes, options, stop);
  return out->graph == nullptr ? nullptr : out;
}

}  // namespace footnote::retrieval
