#include "retrieval/search/dense.h"

#include <algorithm>

#include "retrieval/index/vector_segment.h"

namespace footnote::retrieval {
namespace {

// The share of a segment's selected rows that a walk may look at before a scan of
// them is the cheaper way: rows that lie together are read twice as fast.
constexpr size_t kWalkShare = 2;
// What is scored from the vectors, per row that is wanted: enough that the codes'
// error costs nothing that can be measured.
constexpr size_t kRefined = 4;

// False: a scan is better.
bool WalkGraph(const VectorSegment& segment, const QueryCodes& query, const Bitmap& selected,
               size_t wanted, size_t pool, CodeScan* scan) {
  size_t count = 0;  // of the segment's selected rows
  for (size_t row = selected.NextSet(segment.first); row < segment.end();) {
    const size_t stop = std::min(selected.NextClear(row), segment.end());
    count += stop - row;
    row = selected.NextSet(stop);
  }
  const auto in = [&](uint32_t row) { return selected.Test(segment.first + row); };
  const HnswGraph::Selects selects = in;
  const bool all = count == segment.codes->rows();
  const auto found =
      segment.graph->Search(query, pool, count / kWalkShare, all ? nullptr : &selects);
  if (!found.has_value() || found->size() < std::min(wanted, count)) return false;
  // Rows with equal codes have equal estimates: none of them is cut off.
  std::vector<uint32_t> rows;
  for (const ScoredRow& s : *found) {
    if (rows.size() >= kRefined * wanted && s.score < (*found)[rows.size() - 1].score) break;
    rows.push_back(static_cast<uint32_t>(segment.first + s.row));
  }
  scan->AddRows(rows);
  return true;
}

std::vector<DenseMatch> SearchSegments(const CollectionState& state,
                                       const std::vector<float>& query, const Bitmap& selected,
                                       size_t wanted, bool walk,
                                       const VectorIndexOptions& options) {
  CodeScan scan(state.vectors(), query.data(), wanted);
  size_t end = 0;
  for (const auto& segment : state.segments()) end = std::max(end, segment->end());
  // The rows without codes first: their scores are known to the bit, which rules
  // out the more of the others.
  scan.AddVectors(end, state.rows(), selected);
  for (const auto& segment : state.segments()) {
    if (walk && segment->graph != nullptr) {
      const QueryCodes codes(query.data(), segment->codes->dim(), segment->codes->stride());
      const size_t pool = std::max(options.search_pool, 2 * wanted);
      if (WalkGraph(*segment, codes, selected, wanted, pool, &scan)) continue;
    }
    scan.AddCodes(*segment->codes, segment->first, selected);
  }
  return scan.Finish();
}

}  // namespace

std::vector<DenseMatch> SearchDense(const CollectionState& state, const std::vector<float>& query,
                                    const Bitmap& selected, size_t count, size_t wanted,
                                    DensePlan plan, const VectorIndexOptions& options) {
  wanted = std::min(wanted, count);
  if (wanted == 0) return {};
  if (plan != DensePlan::kExact) {
    return SearchSegments(state, query, selected, wanted, plan == DensePlan::kGraph, options);
  }
  CodeScan scan(state.vectors(), query.data(), wanted);
  scan.AddVectors(0, state.rows(), selected);
  return scan.Finish();
}

}  // namespace footnote::retrieval
