#include "transformer/tokenizer/bpe_merger.h"

#include <algorithm>

namespace footnote::transformer {
namespace {

// Up to so many parts, looking through all pairs is faster than a heap.
constexpr size_t kShort = 24;

}  // namespace

MergeTable::MergeTable(size_t count) {
  size_t size = 16;
  while (size < 2 * count + 2) size *= 2;
  entries_.resize(size);
  mask_ = size - 1;
}

void MergeTable::Add(int32_t left, int32_t right, Merge merge) {
  const uint64_t key = Key(left, right);
  size_t i = Slot(key);
  while (entries_[i].key != kFree && entries_[i].key != key) i = (i + 1) & mask_;
  entries_[i] = {key, merge};
}

void BpeMerger::Merge(const MergeTable& table, std::vector<int32_t>* ids) {
  if (ids->size() < 2) return;
  if (ids->size() <= kShort) {
    MergeShort(table, ids);
  } else {
    MergeLong(table, ids);
  }
}

void BpeMerger::MergeShort(const MergeTable& table, std::vector<int32_t>* ids) {
  int32_t* const id = ids->data();
  size_t n = ids->size();
  pairs_.resize(n);
  MergeTable::Merge* const pair = pairs_.data();
  for (size_t i = 0; i + 1 < n; ++i) pair[i] = table.Find(id[i], id[i + 1]);
  while (n > 1) {
    size_t best = 0;
    for (size_t i = 1; i + 1 < n; ++i) {
      if (pair[i].rank < pair[best].rank) best = i;
    }
    if (pair[best].rank == MergeTable::kNone) break;
    id[best] = pair[best].id;
    std::copy(id + best + 2, id + n, id + best + 1);
    if (best + 2 < n) std::copy(pair + best + 2, pair + n - 1, pair + best + 1);
    --n;
    if (best > 0) pair[best - 1] = table.Find(id[best - 1], id[best]);
    if (best + 1 < n) pair[best] = table.Find(id[best], id[best + 1]);
  }
  ids->resize(n);
}

void BpeMerger::MergeLong(const MergeTable& table, std::vector<int32_t>* ids) {
  const auto later = [](const Candidate& a, const Candidate& b) { return a.order > b.order; };
  const int32_t n = static_cast<int32_t>(ids->size());
  symbols_.resize(ids->size());
  heap_.clear();
  for (int32_t i = 0; i < n; ++i) {
    symbols_[i] = {(*ids)[i], i - 1, i + 1 < n ? i + 1 : -1};
    if (i + 1 == n) break;
    const MergeTable::Merge merge = table.Find((*ids)[i], (*ids)[i + 1]);
    if (merge.rank != MergeTable::kNone) {
      heap_.push_back({uint64_t{merge.rank} << 32 | static_cast<uint32_t>(i), merge.id});
    }
  }
  std::make_heap(heap_.begin(), heap_.end(), later);
  const auto offer = [&](int32_t left, int32_t right) {
    const MergeTable::Merge merge = table.Find(symbols_[left].id, symbols_[right].id);
    if (merge.rank == MergeTable::kNone) return;
    heap_.push_back({uint64_t{merge.rank} << 32 | static_cast<uint32_t>(left), merge.id});
    std::push_heap(heap_.begin(), heap_.end(), later);
  };
  while (!heap_.empty()) {
    std::pop_heap(heap_.begin(), heap_.end(), later);
    const Candidate top = heap_.back();
    heap_.pop_back();
    const int32_t at = static_cast<int32_t>(top.order & UINT32_MAX);
    Symbol& left = symbols_[at];
    if (left.id < 0 || left.next < 0) continue;
    Symbol& right = symbols_[left.next];
    // The pair may have changed since it was offered.
    const MergeTable::Merge now = table.Find(left.id, right.id);
    if (now.rank == MergeTable::kNone || now.id != top.id) continue;
    left.id = now.id;
    left.next = right.next;
    right.id = -1;
    if (left.next >= 0) symbols_[left.next].previous = at;
    if (left.previous >= 0) offer(left.previous, at);
    if (left.next >= 0) offer(at, left.next);
  }
  ids->clear();
  for (int32_t i = 0; i >= 0; i = symbols_[i].next) ids->push_back(symbols_[i].id);
}

}  // namespace footnote::transformer
