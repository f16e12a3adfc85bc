#ifndef FOOTNOTE_TRANSFORMER_TOKENIZER_BPE_MERGER_H_
#define FOOTNOTE_TRANSFORMER_TOKENIZER_BPE_MERGER_H_

#include <cstddef>
#include <cstdint>
#include <vector>

namespace footnote::transformer {

// Which pairs of tokens join, in which order, to which token. Immutable once
// filled.
class MergeTable {
 public:
  struct Merge {
    uint32_t rank = kNone;
    int32_t id = -1;
  };
  static constexpr uint32_t kNone = UINT32_MAX;

  // Room for `count` merges.
  explicit MergeTable(size_t count);

  // Of equal pairs the last wins. Precondition: at most `count` calls; left and
  // right are not negative.
  void Add(int32_t left, int32_t right, Merge merge);

  // rank == kNone where the pair doesn't join.
  Merge Find(int32_t left, int32_t right) const {
    const uint64_t key = Key(left, right);
    for (size_t i = Slot(key);; i = (i + 1) & mask_) {
      const Entry& entry = entries_[i];
      if (entry.key == key) return entry.merge;
      if (entry.key == kFree) return {};
    }
  }

 private:
  static constexpr uint64_t kFree = UINT64_MAX;
  struct Entry {
    uint64_t key = kFree;
    Merge merge;
  };
  static uint64_t Key(int32_t left, int32_t right) {
    return uint64_t{static_cast<uint32_t>(left)} << 32 | static_cast<uint32_t>(right);
  }
  size_t Slot(uint64_t key) const {
    return static_cast<size_t>((key * 0x9E3779B97F4A7C15) >> 20) & mask_;
  }

  size_t mask_ = 0;
  std::vector<Entry> entries_;
};

// Joins the parts of words. Keeps its buffers from word to word. Not
// thread-safe.
class BpeMerger {
 public:
  // Replaces `ids` by what is left when nothing joins any more: always the pair
  // of the lowest rank, and of equal ones the leftmost. O(n log n).
  void Merge(const MergeTable& table, std::vector<int32_t>* ids);

 private:
  void MergeShort(const MergeTable& table, std::vector<int32_t>* ids);
  void MergeLong(const MergeTable& table, std::vector<int32_t>* ids);

  struct Symbol {
    int32_t id;
    int32_t previous, next;  // -1: none; a symbol that was joined has id -1
  };
  struct Candidate {
    uint64_t order;  // rank, then position
    int32_t id;
  };
  std::vector<MergeTable::Merge> pairs_;
  std::vector<Symbol> symbols_;
  std::vector<Candidate> heap_;
};

}  // namespace footnote::transformer

#endif  // FOOTNOTE_TRANSFORMER_TOKENIZER_BPE_MERGER_H_
