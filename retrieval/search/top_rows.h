#ifndef FOOTNOTE_RETRIEVAL_SEARCH_TOP_ROWS_H_
#define FOOTNOTE_RETRIEVAL_SEARCH_TOP_ROWS_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "absl/functional/function_ref.h"

namespace footnote::retrieval {

// Keeps the best `n` of the rows that are offered. Of equal scores the row that is
// `before` the other is better. `before` must outlive it.
template <typename Match>
class TopRows {
 public:
  TopRows(size_t n, absl::FunctionRef<bool(uint32_t, uint32_t)> before) : n_(n), before_(before) {}

  // What a row's score must reach to be kept. Scores are above 0.
  double threshold() const { return heap_.size() < n_ ? 0 : heap_.front().score; }

  void Offer(const Match& match) {
    const auto better = [this](const Match& a, const Match& b) {
      return a.score != b.score ? a.score > b.score : before_(a.row, b.row);
    };
    if (n_ == 0) return;
    if (heap_.size() == n_) {
      if (!better(match, heap_.front())) return;
      std::pop_heap(heap_.begin(), heap_.end(), better);
      heap_.back() = match;
    } else {
      heap_.push_back(match);
    }
    std::push_heap(heap_.begin(), heap_.end(), better);
  }

  // Best first.
  std::vector<Match> Take() && {
    std::sort(heap_.begin(), heap_.end(), [this](const Match& a, const Match& b) {
      return a.score != b.score ? a.score > b.score : before_(a.row, b.row);
    });
    return std::move(heap_);
  }

 private:
  size_t n_;
  absl::FunctionRef<bool(uint32_t, uint32_t)> before_;
  std::vector<Match> heap_;  // the worst in front
};

}  // namespace footnote::retrieval

#endif  // FOOTNOTE_RETRIEVAL_SEARCH_TOP_ROWS_H_
