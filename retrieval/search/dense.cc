#include "retrieval/search/dense.h"

#include <algorithm>

#include "kernels/dot.h"
#include "retrieval/index/vector_segment.h"

namespace footnote::retrieval {
namespace {

// Run by run of neighbours, which the kernel scores at once where they lie together.
std::vector<DenseMatch> ScoreEach(const CollectionState& state, const std::vector<float>& query,
                                  const Bitmap& selected, size_t count) {
  const auto dim = static_cast<int64_t>(state.record().dim);
  std::vector<DenseMatch> out;
  out.reserve(count);
  std::vector<float> scores;
  for (size_t begin = selected.NextSet(0); begin < selected.size();) {
    const auto first = static_cast<faiss::Index::idx_t>(begin);
    const size_t end = std::min(selected.NextClear(begin), begin + state.vectors().RunAt(first));
    scores.resize(end - begin);
    kernels::DotRows(query.data(), state.vectors().row(first), static_cast<int64_t>(end - begin),
                     dim, scores.data());
    for (size_t i = 0; i < scores.size(); ++i) {
      out.push_back({static_cast<uint32_t>(begin + i), scores[i]});
    }
    begin = selected.NextSet(end);
  }
  return out;
}

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
  if (plan != DensePlan::kExact && std::min(wanted, count) > 0) {
    return SearchSegments(state, query, selected, std::min(wanted, count),
                          plan == DensePlan::kGraph, options);
  }
  std::vector<DenseMatch> out = ScoreEach(state, query, selected, count);
  KeepBest(wanted, &out);
  return out;
}

}  // namespace footnote::retrieval
