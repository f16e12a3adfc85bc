#ifndef FOOTNOTE_RETRIEVAL_INDEX_BITMAP_H_
#define FOOTNOTE_RETRIEVAL_INDEX_BITMAP_H_

#include <bit>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace footnote::retrieval {

// A growing set of small integers. Copying copies the bits.
class Bitmap {
 public:
  // Bits beyond the size are clear.
  bool Test(size_t i) const { return i < size_ && (words_[i / 64] >> (i % 64) & 1) != 0; }
  size_t size() const { return size_; }

  // Appends `count` bits of one value.
  void Append(size_t count, bool value) {
    words_.resize((size_ + count + 63) / 64);
    size_ += count;
    if (value) SetRange(size_ - count, count, true);
  }

  // Precondition: begin + count <= size().
  void SetRange(size_t begin, size_t count, bool value) {
    for (size_t i = begin; i < begin + count; ++i) {
      const uint64_t bit = uint64_t{1} << (i % 64);
      words_[i / 64] = value ? words_[i / 64] | bit : words_[i / 64] & ~bit;
    }
  }

  size_t Count() const {
    size_t n = 0;
    for (const uint64_t word : words_) n += static_cast<size_t>(std::popcount(word));
    return n;
  }

  size_t MemoryBytes() const { return words_.size() * sizeof(uint64_t); }

 private:
  std::vector<uint64_t> words_;
  size_t size_ = 0;
};

}  // namespace footnote::retrieval

#endif  // FOOTNOTE_RETRIEVAL_INDEX_BITMAP_H_
