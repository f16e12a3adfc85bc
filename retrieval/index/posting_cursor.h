#ifndef FOOTNOTE_RETRIEVAL_INDEX_POSTING_CURSOR_H_
#define FOOTNOTE_RETRIEVAL_INDEX_POSTING_CURSOR_H_

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>

#include "absl/types/span.h"
#include "retrieval/index/lexical_segment.h"

namespace footnote::retrieval {

// Walks a posting list forwards, and decodes a block only when its rows are asked for.
// Rows are counted from the segment's first. Must not outlive the segment.
class PostingCursor {
 public:
  PostingCursor(const LexicalSegment& segment, size_t term) : list_(segment, term) {}

  const PostingList& list() const { return list_; }
  // Whether there is a current block.
  bool Valid() const { return block_ < list_.blocks(); }
  uint32_t block() const { return block_; }
  void NextBlock() { ++block_; }
  // Of block `b`, which is the current one where the list has no table.
  uint32_t Last(uint32_t b) { return list_.has_table() ? list_.last(b) : rows().back(); }

  // Makes the first block that ends at or after `row` the current one, never going back.
  void SeekBlock(uint32_t row) {
    if (!Valid() || Last(block_) >= row) return;
    // Mostly it is one of the next; else steps that double, then halves.
    uint32_t step = 1, low = block_ + 1;
    while (low + step < list_.blocks() && list_.last(low + step - 1) < row) {
      low += step;
      step *= 2;
    }
    uint32_t high = std::min(low + step, list_.blocks());
    while (low < high) {
      const uint32_t middle = low + (high - low) / 2;
      if (list_.last(middle) < row) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    block_ = low;
  }

  // Of the current block.
  absl::Span<const uint32_t> rows() {
    if (rows_of_ != block_) {
      list_.DecodeRows(block_, rows_.data());
      rows_of_ = block_;
    }
    return {rows_.data(), list_.BlockSize(block_)};
  }
  const uint32_t* frequencies() {
    if (frequencies_of_ != block_) {
      list_.DecodeFrequencies(block_, frequencies_.data());
      frequencies_of_ = block_;
    }
    return frequencies_.data();
  }

  // The place of `row` in its block, which becomes the current one; none: the term isn't
  // in the row.
  std::optional<uint32_t> IndexOf(uint32_t row) {
    SeekBlock(row);
    if (!Valid()) return std::nullopt;
    const auto all = rows();
    const auto it = std::lower_bound(all.begin(), all.end(), row);
    if (it == all.end() || *it != row) return std::nullopt;
    return static_cast<uint32_t>(it - all.begin());
  }

  // How often the term stands in `row`; 0: not at all. Moves to the row's block.
  uint32_t FrequencyOf(uint32_t row) {
    const std::optional<uint32_t> index = IndexOf(row);
    return index.has_value() ? frequencies()[*index] : 0;
  }

 private:
  static constexpr uint32_t kNone = UINT32_MAX;
  PostingList list_;
  uint32_t block_ = 0;
  uint32_t rows_of_ = kNone;         // the block that rows_ has
  uint32_t frequencies_of_ = kNone;  // and the other
  std::array<uint32_t, lexical::kBlock> rows_, frequencies_;
};

}  // namespace footnote::retrieval

#endif  // FOOTNOTE_RETRIEVAL_INDEX_POSTING_CURSOR_H_
