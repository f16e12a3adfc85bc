#include "retrieval/index/growing_index.h"

#include <algorithm>
#include <cstring>
#include <limits>
#include <utility>

#include "faiss/impl/FaissException.h"
#include "kernels/dot.h"

namespace footnote::retrieval {
namespace {

using Scored = std::pair<float, faiss::Index::idx_t>;

// Higher scores first, then lower rows.
bool Better(const Scored& a, const Scored& b) {
  return a.first != b.first ? a.first > b.first : a.second < b.second;
}

}  // namespace

GrowingIndex::GrowingIndex(int dim) : faiss::Index(dim, faiss::METRIC_INNER_PRODUCT) {}

void GrowingIndex::add(idx_t n, const float* x) {
  for (idx_t done = 0; done < n;) {
    const idx_t at = ntotal % kBlockRows;
    if (at == 0) blocks_.push_back(std::shared_ptr<float[]>(new float[kBlockRows * d]));
    const idx_t take = std::min(n - done, kBlockRows - at);
    std::memcpy(blocks_.back().get() + at * d, x + done * d, sizeof(float) * take * d);
    done += take;
    ntotal += take;
  }
}

void GrowingIndex::reset() {
  blocks_.clear();
  ntotal = 0;
}

void GrowingIndex::reconstruct(idx_t key, float* recons) const {
  if (key < 0 || key >= ntotal) throw faiss::FaissException("GrowingIndex: no such row");
  std::memcpy(recons, row(key), sizeof(float) * d);
}

// Fills scores for the selected rows of a block, run by run of neighbours.
void GrowingIndex::ScanBlock(const float* query, idx_t block, const faiss::IDSelector* selector,
                             std::vector<float>* scores) const {
  const idx_t base = block * kBlockRows;
  const idx_t rows = std::min(kBlockRows, ntotal - base);
  scores->assign(static_cast<size_t>(rows), -std::numeric_limits<float>::infinity());
  for (idx_t begin = 0; begin < rows;) {
    if (selector != nullptr && !selector->is_member(base + begin)) {
      ++begin;
      continue;
    }
    idx_t end = selector == nullptr ? rows : begin + 1;
    while (end < rows && selector->is_member(base + end)) ++end;
    kernels::DotRows(query, row(base + begin), end - begin, d, scores->data() + begin);
    begin = end;
  }
}

void GrowingIndex::search(idx_t n, const float* x, idx_t k, float* distances, idx_t* labels,
                          const faiss::SearchParameters* params) const {
  const faiss::IDSelector* selector = params == nullptr ? nullptr : params->sel;
  std::vector<float> scores;
  for (idx_t q = 0; q < n; ++q) {
    // A heap of the best k, the worst of them in front.
    std::vector<Scored> heap;
    heap.reserve(static_cast<size_t>(std::min(k, ntotal)));
    for (idx_t block = 0; block * kBlockRows < ntotal; ++block) {
      ScanBlock(x + q * d, block, selector, &scores);
      for (size_t i = 0; i < scores.size(); ++i) {
        const Scored candidate(scores[i], block * kBlockRows + static_cast<idx_t>(i));
        // -inf: not selected. NaN can't be: vectors are checked on their way in.
        if (scores[i] == -std::numeric_limits<float>::infinity()) continue;
        if (static_cast<idx_t>(heap.size()) < k) {
          heap.push_back(candidate);
          std::push_heap(heap.begin(), heap.end(), Better);
        } else if (k > 0 && Better(candidate, heap.front())) {
          std::pop_heap(heap.begin(), heap.end(), Better);
          heap.back() = candidate;
          std::push_heap(heap.begin(), heap.end(), Better);
        }
      }
    }
    std::sort(heap.begin(), heap.end(), Better);
    for (idx_t i = 0; i < k; ++i) {
      const bool found = i < static_cast<idx_t>(heap.size());
      distances[q * k + i] = found ? heap[i].first : -std::numeric_limits<float>::infinity();
      labels[q * k + i] = found ? heap[i].second : -1;
    }
  }
}

}  // namespace footnote::retrieval
