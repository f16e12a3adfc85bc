#include "retrieval/search/dense.h"

#include <algorithm>

#include "kernels/dot.h"
#include "retrieval/index/growing_index.h"

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

void KeepBest(size_t wanted, std::vector<DenseMatch>* found) {
  if (wanted == 0 || found->size() <= wanted) return;
  const auto higher = [](const DenseMatch& a, const DenseMatch& b) { return a.score > b.score; };
  const auto last = found->begin() + static_cast<ptrdiff_t>(wanted) - 1;
  std::nth_element(found->begin(), last, found->end(), higher);
  const float limit = last->score;
  found->erase(
      std::partition(last, found->end(), [limit](const DenseMatch& s) { return s.score >= limit; }),
      found->end());
}

std::vector<DenseMatch> AskIndex(const CollectionState& state, const std::vector<float>& query,
                                 const Bitmap& selected, size_t count, size_t wanted) {
  BitmapSelector selector(&selected);
  faiss::SearchParameters parameters;
  parameters.sel = &selector;
  // Equal scores must not be cut by row: widen until the last is below the cut.
  for (size_t n = std::min(wanted + 1, count);; n = std::min(2 * n, count)) {
    std::vector<float> scores(n);
    std::vector<faiss::Index::idx_t> labels(n);
    if (n > 0) {
      state.vectors().search(1, query.data(), static_cast<faiss::Index::idx_t>(n), scores.data(),
                             labels.data(), &parameters);
    }
    if (n > 0 && n < count && scores[wanted - 1] == scores[n - 1]) continue;
    std::vector<DenseMatch> out;
    for (size_t i = 0; i < n && labels[i] >= 0; ++i) {
      out.push_back({static_cast<uint32_t>(labels[i]), scores[i]});
    }
    return out;
  }
}

}  // namespace

std::vector<DenseMatch> SearchDense(const CollectionState& state, const std::vector<float>& query,
                                    const Bitmap& selected, size_t count, size_t wanted,
                                    DensePlan plan) {
  if (plan == DensePlan::kIndex) return AskIndex(state, query, selected, count, wanted);
  std::vector<DenseMatch> out = ScoreEach(state, query, selected, count);
  KeepBest(wanted, &out);
  return out;
}

}  // namespace footnote::retrieval
