#ifndef FOOTNOTE_RETRIEVAL_INDEX_HNSW_WALK_H_
#define FOOTNOTE_RETRIEVAL_INDEX_HNSW_WALK_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "kernels/code_dot.h"
#include "retrieval/index/hnsw_links.h"
#include "retrieval/index/row_codes.h"

// Steps through an HNSW graph that its builder and its searches share.
namespace footnote::retrieval {

// The rows that a walk has met. Clearing costs what was marked.
class VisitedRows {
 public:
  explicit VisitedRows(size_t rows) : words_((rows + 63) / 64) {}
  // Whether it wasn't there before.
  bool Mark(uint32_t row) {
    uint64_t& word = words_[row / 64];
    const uint64_t bit = uint64_t{1} << (row % 64);
    if ((word & bit) != 0) return false;
    if (word == 0) touched_.push_back(row / 64);
    word |= bit;
    return true;
  }
  void Clear() {
    for (const uint32_t word : touched_) words_[word] = 0;
    touched_.clear();
  }

 private:
  std::vector<uint64_t> words_;
  std::vector<uint32_t> touched_;
};

// A row and its estimated inner product with what is sought.
struct ScoredRow {
  float score = 0;
  uint32_t row = 0;
};

// The best rows that a walk has met, best first, and which of them it has left to
// go on from.
class WalkPool {
 public:
  explicit WalkPool(size_t size) : size_(size) { rows_.reserve(size + 1); }

  bool Full() const { return rows_.size() == size_; }
  // No row with a lower score is taken.
  bool Takes(float score) const { return !Full() || score > rows_.back().scored.score; }
  void Add(ScoredRow scored) {
    if (!Takes(scored.score)) return;
    if (Full()) rows_.pop_back();
    const auto at =
        std::upper_bound(rows_.begin(), rows_.end(), scored.score,
                         [](float score, const Entry& e) { return score > e.scored.score; });
    next_ = std::min(next_, static_cast<size_t>(at - rows_.begin()));
    rows_.insert(at, {scored, false});
  }
  // The best row that wasn't taken yet, and marks it so. False: none is left.
  bool TakeNext(uint32_t* row) {
    while (next_ < rows_.size() && rows_[next_].taken) ++next_;
    if (next_ == rows_.size()) return false;
    rows_[next_].taken = true;
    *row = rows_[next_++].scored.row;
    return true;
  }
  size_t size() const { return rows_.size(); }
  size_t capacity() const { return size_; }
  const ScoredRow& operator[](size_t i) const { return rows_[i].scored; }

 private:
  struct Entry {
    ScoredRow scored;
    bool taken = false;
  };
  size_t size_;
  size_t next_ = 0;  // all before it are taken
  std::vector<Entry> rows_;
};

// Estimates what is sought against rows, from the high part of its codes alone.
class RowScorer {
 public:
  // `code` has codes.stride() bytes and must outlive the scorer.
  RowScorer(const RowCodes& codes, const int8_t* code, float unit)
      : codes_(codes), code_(code), unit_(unit) {}

  // scores: [ids.size()].
  void Score(const std::vector<uint32_t>& ids, std::vector<float>* scores) {
    // The whole of the rows that come first: the rest is fetched on the way.
    for (size_t i = 0; i < std::min(ids.size(), kRowsFetched); ++i) {
      const uint8_t* row = codes_.row(ids[i]);
      for (size_t line = 0; line < codes_.stride(); line += kernels::kCodeBlock) {
        __builtin_prefetch(row + line);
      }
    }
    for (const uint32_t id : ids) __builtin_prefetch(codes_.scales() + id);
    sums_.resize(ids.size());
    scores->resize(ids.size());
    kernels::CodeDotArgs args;
    args.high = code_;
    args.rows = codes_.data();
    args.ids = ids.data();
    args.stride = static_cast<int64_t>(codes_.stride());
    args.n = static_cast<int64_t>(ids.size());
    args.high_sums = sums_.data();
    kernels::CodeDots(args);
    for (size_t i = 0; i < ids.size(); ++i) {
      (*scores)[i] = unit_ * codes_.scale(ids[i]) * static_cast<float>(sums_[i]);
    }
  }

 private:
  static constexpr size_t kRowsFetched = 8;
  const RowCodes& codes_;
  const int8_t* code_;
  float unit_;
  std::vector<int32_t> sums_;
};

}  // namespace footnote::retrieval

#endif  // FOOTNOTE_RETRIEVAL_INDEX_HNSW_WALK_H_
