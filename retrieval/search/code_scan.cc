#include "retrieval/search/code_scan.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>

#include "kernels/dot.h"

namespace footnote::retrieval {
namespace {

constexpr size_t kBlock = 256;
// Candidates that are kept before the first look for those that have dropped out.
constexpr size_t kFirstPurge = 4096;
constexpr float kLowest = -std::numeric_limits<float>::infinity();
// Vectors that are on their way from memory while one is scored.
constexpr size_t kVectorsAhead = 4;

void Prefetch(const float* vector, int dim) {
  for (int i = 0; i < dim; i += 16) __builtin_prefetch(vector + i);
}

// Leaves the best `wanted` > 0, unordered, and every one whose score equals the last
// one's.
void KeepBest(size_t wanted, std::vector<DenseMatch>* found) {
  if (found->size() <= wanted) return;
  const auto higher = [](const DenseMatch& a, const DenseMatch& b) { return a.score > b.score; };
  const auto last = found->begin() + static_cast<ptrdiff_t>(wanted) - 1;
  std::nth_element(found->begin(), last, found->end(), higher);
  const float limit = last->score;
  found->erase(
      std::partition(last, found->end(), [limit](const DenseMatch& s) { return s.score >= limit; }),
      found->end());
}

}  // namespace

CodeScan::CodeScan(const GrowingIndex& vectors, const float* query, size_t wanted)
    : vectors_(vectors),
      query_(query),
      wanted_(wanted),
      limit_(kLowest),
      purge_at_(std::max(kFirstPurge, 4 * std::min(wanted, SIZE_MAX / 8))) {}

void CodeScan::Consider(uint32_t row, float least, float most) {
  if (most < limit_) return;
  // A bound that isn't a number (sums beyond f32) keeps its row.
  if (std::isnan(most)) most = std::numeric_limits<float>::infinity();
  candidates_.push_back({most, row});
  if (least_.size() < wanted_) {
    least_.push_back(std::isnan(least) ? kLowest : least);
    std::push_heap(least_.begin(), least_.end(), std::greater<>());
    if (least_.size() == wanted_) limit_ = least_.front();
  } else if (least > limit_) {
    std::pop_heap(least_.begin(), least_.end(), std::greater<>());
    least_.back() = least;
    std::push_heap(least_.begin(), least_.end(), std::greater<>());
    limit_ = least_.front();
  }
  if (candidates_.size() >= purge_at_) {
    candidates_.erase(std::remove_if(candidates_.begin(), candidates_.end(),
                                     [this](const Candidate& c) { return c.most < limit_; }),
                      candidates_.end());
    purge_at_ = std::max(purge_at_, 2 * candidates_.size());
  }
}

void CodeScan::AddCodes(const RowCodes& codes, size_t first, const Bitmap& selected) {
  const QueryCodes query(query_, codes.dim(), codes.stride());
  uint32_t ids[kBlock];
  float scores[kBlock], errors[kBlock];
  const size_t end = std::min(first + codes.rows(), selected.size());
  for (size_t begin = selected.NextSet(first); begin < end;) {
    const size_t stop = std::min(begin + kBlock, end);
    const bool whole = selected.NextClear(begin) >= stop;
    size_t count = 0;
    if (whole) {
      count = stop - begin;
    } else {
      for (size_t row = begin; row < stop; row = selected.NextSet(row + 1)) {
        ids[count++] = static_cast<uint32_t>(row - first);
      }
    }
    codes.Estimate(query, RowCodes::Part::kHigh, whole ? nullptr : ids, begin - first, count,
                   scores, errors);
    size_t left = 0;
    for (size_t i = 0; i < count; ++i) {
      if (scores[i] + errors[i] < limit_) continue;
      ids[left++] = whole ? static_cast<uint32_t>(begin - first + i) : ids[i];
    }
    // A closer look at the few that are left.
    codes.Estimate(query, RowCodes::Part::kBoth, ids, 0, left, scores, errors);
    for (size_t i = 0; i < left; ++i) {
      Consider(static_cast<uint32_t>(first + ids[i]), scores[i] - errors[i], scores[i] + errors[i]);
    }
    begin = selected.NextSet(stop);
  }
}

void CodeScan::AddVectors(size_t begin, size_t end, const Bitmap& selected) {
  std::vector<float> scores;
  end = std::min(end, selected.size());
  for (size_t row = selected.NextSet(begin); row < end;) {
    const auto at = static_cast<faiss::Index::idx_t>(row);
    const size_t stop = std::min({selected.NextClear(row), row + vectors_.RunAt(at), end});
    scores.resize(stop - row);
    kernels::DotRows(query_, vectors_.row(at), static_cast<int64_t>(stop - row), vectors_.d,
                     scores.data());
    for (size_t i = 0; i < scores.size(); ++i) {
      Consider(static_cast<uint32_t>(row + i), scores[i], scores[i]);
    }
    row = selected.NextSet(stop);
  }
}

float CodeScan::Score(size_t row) const {
  float score = 0;
  kernels::DotRows(query_, vectors_.row(static_cast<faiss::Index::idx_t>(row)), 1, vectors_.d,
                   &score);
  return score;
}

void CodeScan::AddRows(const std::vector<uint32_t>& rows) {
  for (size_t i = 0; i < std::min(kVectorsAhead, rows.size()); ++i) {
    Prefetch(vectors_.row(rows[i]), vectors_.d);
  }
  for (size_t i = 0; i < rows.size(); ++i) {
    if (i + kVectorsAhead < rows.size())
      Prefetch(vectors_.row(rows[i + kVectorsAhead]), vectors_.d);
    const float score = Score(rows[i]);
    Consider(rows[i], score, score);
  }
}

std::vector<DenseMatch> CodeScan::Finish() {
  candidates_.erase(std::remove_if(candidates_.begin(), candidates_.end(),
                                   [this](const Candidate& c) { return c.most < limit_; }),
                    candidates_.end());
  std::sort(candidates_.begin(), candidates_.end(),
            [](const Candidate& a, const Candidate& b) { return a.most > b.most; });
  std::vector<DenseMatch> found;
  std::vector<float> best;  // a heap of the best scores, the worst in front
  for (size_t i = 0; i < candidates_.size(); ++i) {
    if (best.size() == wanted_ && candidates_[i].most < best.front()) break;
    if (i + kVectorsAhead < candidates_.size()) {
      Prefetch(vectors_.row(candidates_[i + kVectorsAhead].row), vectors_.d);
    }
    const float score = Score(candidates_[i].row);
    found.push_back({candidates_[i].row, score});
    if (best.size() < wanted_) {
      best.push_back(score);
      std::push_heap(best.begin(), best.end(), std::greater<>());
    } else if (score > best.front()) {
      std::pop_heap(best.begin(), best.end(), std::greater<>());
      best.back() = score;
      std::push_heap(best.begin(), best.end(), std::greater<>());
    }
  }
  KeepBest(wanted_, &found);
  return found;
}

}  // namespace footnote::retrieval
