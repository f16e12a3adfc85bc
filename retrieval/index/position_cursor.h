#ifndef FOOTNOTE_RETRIEVAL_INDEX_POSITION_CURSOR_H_
#define FOOTNOTE_RETRIEVAL_INDEX_POSITION_CURSOR_H_

#include <bit>
#include <cstdint>
#include <optional>
#include <vector>

#include "absl/types/span.h"
#include "retrieval/index/posting_cursor.h"

namespace footnote::retrieval {

// Reads where a term stands in the passages of one segment. Rows are counted from the
// segment's first and asked for in ascending order. Must not outlive the segment.
class PositionCursor {
 public:
  PositionCursor(const LexicalSegment& segment, size_t term)
      : segment_(&segment), term_(term), postings_(segment, term) {}

  PostingCursor& postings() { return postings_; }

  // The positions in `row`, ascending, valid until the next call; none: the term isn't there.
  absl::Span<const uint32_t> Find(uint32_t row) {
    const std::optional<uint32_t> index = postings_.IndexOf(row);
    if (!index.has_value()) return {};
    const uint32_t* frequencies = postings_.frequencies();
    if (block_ != postings_.block()) {
      block_ = postings_.block();
      index_ = 0;
      at_ = segment_->positions(term_, block_);
    }
    for (; index_ < *index; ++index_) Skip(frequencies[index_]);
    // What is read isn't passed: the same row may be asked for again.
    const uint8_t* at = at_;
    found_.resize(frequencies[*index]);
    uint32_t position = 0;
    for (uint32_t& p : found_) p = position += lexical::NextVarint(&at);
    return found_;
  }

 private:
  void Skip(uint32_t count) {
    // Each varint has at least a byte, so that 8 of them are there to be read.
    for (constexpr uint64_t kLast = 0x8080808080808080; count >= 8; at_ += 8) {
      count -= static_cast<uint32_t>(std::popcount(~lexical::Load<uint64_t>(at_) & kLast));
    }
    for (; count > 0; ++at_) count -= *at_ < 0x80 ? 1 : 0;
  }

  static constexpr uint32_t kNone = UINT32_MAX;
  const LexicalSegment* segment_;
  size_t term_;
  PostingCursor postings_;
  uint32_t block_ = kNone;  // that at_ is in
  uint32_t index_ = 0;      // in the block, of the posting whose positions are at at_
  const uint8_t* at_ = nullptr;
  std::vector<uint32_t> found_;
};

}  // namespace footnote::retrieval

#endif  // FOOTNOTE_RETRIEVAL_INDEX_POSITION_CURSOR_H_
