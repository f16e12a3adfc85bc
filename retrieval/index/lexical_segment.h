#ifndef FOOTNOTE_RETRIEVAL_INDEX_LEXICAL_SEGMENT_H_
#define FOOTNOTE_RETRIEVAL_INDEX_LEXICAL_SEGMENT_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "retrieval/index/lexical_format.h"

namespace footnote::retrieval {

// An immutable inverted index over the rows [first_row, end_row) of a collection, in one
// flat buffer (see lexical_format.h). Thread-safe.
class LexicalSegment {
 public:
  // Takes bytes from anywhere. Everything is checked first, each block decoded and its
  // bounds compared, so that nothing that reads a segment need check anything.
  // Errors: DataLoss.
  static absl::StatusOr<std::shared_ptr<const LexicalSegment>> Open(std::vector<uint8_t> bytes);

  uint32_t first_row() const { return Header<uint32_t>(8); }
  uint32_t rows() const { return Header<uint32_t>(12); }
  uint64_t end_row() const { return uint64_t{first_row()} + rows(); }
  size_t terms() const { return Header<uint64_t>(16); }
  uint64_t postings() const { return Header<uint64_t>(24); }
  // Of row first_row() + i, in terms.
  uint32_t length(uint32_t i) const {
    return lexical::Load<uint32_t>(At(lexical::kLengths) + 4ull * i);
  }

  // Terms are numbered from 0, ascending.
  absl::string_view term(size_t i) const;
  std::optional<size_t> Find(absl::string_view term) const;
  // The first term that isn't before `text`; terms() if there is none.
  size_t LowerBound(absl::string_view text) const;
  uint32_t chunks(size_t term) const { return lexical::Load<uint32_t>(Entry(term) + 24); }
  // See lexical_format.h. chunks - removed, summed over all segments, is how many living
  // passages have the term.
  int64_t removed(size_t term) const { return lexical::Load<int64_t>(Entry(term) + 16); }

  // The positions of a block of a term's postings; see lexical_format.h. For
  // PositionCursor.
  const uint8_t* positions(size_t term, uint32_t block) const;

  const std::vector<uint8_t>& bytes() const { return bytes_; }
  size_t MemoryBytes() const { return sizeof(*this) + bytes_.capacity(); }

 private:
  friend class LexicalSegmentBuilder;
  friend class PostingList;
  explicit LexicalSegment(std::vector<uint8_t> bytes);

  // Where a term's entry has the offsets of its parts.
  static constexpr size_t kTextAt = 0, kDataAt = 8, kPositionsAt = 32;

  template <typename T>
  T Header(size_t at) const {
    return lexical::Load<T>(bytes_.data() + at);
  }
  uint64_t Offset(lexical::Section section) const {
    return Header<uint64_t>(lexical::kSectionsAt + 8 * size_t{section});
  }
  const uint8_t* At(lexical::Section section) const { return sections_[section]; }
  const uint8_t* Entry(size_t term) const {
    return At(lexical::kEntries) + lexical::kEntryBytes * term;
  }
  // Where a term's part of a section is; `field`: the entry's offset of it.
  absl::string_view Part(lexical::Section section, size_t field, size_t term) const;
  uint64_t Prefix(size_t term) const {
    return lexical::Load<uint64_t>(At(lexical::kPrefixes) + 8 * term);
  }

  absl::Status CheckSections() const;
  absl::Status CheckTerms() const;
  absl::Status CheckPostings(size_t term) const;

  std::vector<uint8_t> bytes_;
  const uint8_t* sections_[lexical::kEnd + 1];
};

// The postings of one term in one segment, block by block; rows are counted from the
// segment's first. Must not outlive the segment.
class PostingList {
 public:
  PostingList(const LexicalSegment& segment, size_t term);

  uint32_t size() const { return size_; }
  uint32_t blocks() const { return blocks_; }
  uint32_t BlockSize(uint32_t block) const {
    return block + 1 < blocks_ ? lexical::kBlock
                               : size_ - block * static_cast<uint32_t>(lexical::kBlock);
  }
  // Whether blocks have last rows and bounds. Without there is one block at most.
  bool has_table() const { return size_ >= lexical::kBlock; }
  // Precondition of these two: has_table(). Bounds are as ScoreBounds::Write gives them.
  uint32_t last(uint32_t block) const { return lexical::Load<uint32_t>(Record(block)); }
  const uint8_t* bounds(uint32_t block) const { return Record(block) + 12; }
  const uint8_t* list_bounds() const { return begin_; }

  // Write BlockSize(block) numbers, into arrays of kBlock.
  void DecodeRows(uint32_t block, uint32_t* rows) const;
  void DecodeFrequencies(uint32_t block, uint32_t* frequencies) const;

 private:
  friend class LexicalSegment;
  const uint8_t* Record(uint32_t block) const {
    return begin_ + lexical::kBoundsBytes + lexical::kRecordBytes * size_t{block};
  }
  const uint8_t* Block(uint32_t block) const;
  bool IsPacked(uint32_t block) const { return BlockSize(block) == lexical::kBlock; }

  const uint8_t* begin_;
  const uint8_t* end_;
  uint32_t size_;
  uint32_t blocks_;
};

}  // namespace footnote::retrieval

#endif  // FOOTNOTE_RETRIEVAL_INDEX_LEXICAL_SEGMENT_H_
