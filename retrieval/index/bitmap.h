#ifndef FOOTNOTE_RETRIEVAL_INDEX_BITMAP_H_
#define FOOTNOTE_RETRIEVAL_INDEX_BITMAP_H_

#include <algorithm>
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
    const size_t end = begin + count;
    while (begin < end) {
      const size_t bits = std::min(end - begin, 64 - begin % 64);
      const uint64_t mask = (bits == 64 ? ~uint64_t{0} : (uint64_t{1} << bits) - 1) << (begin % 64);
      words_[begin / 64] = value ? words_[begin / 64] | mask : words_[begin / 64] & ~mask;
      begin += bits;
    }
  }

  // The first number at or after `from` that is in the set, or size().
  size_t NextSet(size_t from) const { return Next(from, 0); }
  // The first at or after `from` that isn't, or size().
  size_t NextClear(size_t from) const { return Next(from, ~uint64_t{0}); }

  size_t Count() const {
    size_t n = 0;
    for (const uint64_t word : words_) n += static_cast<size_t>(std::popcount(word));
    return n;
  }

  size_t MemoryBytes() const { return words_.size() * sizeof(uint64_t); }

 private:
  // The first bit at or after `from` that is set once `flip` has flipped it.
  size_t Next(size_t from, uint64_t flip) const {
    if (from >= size_) return size_;
    size_t w = from / 64;
    uint64_t word = (words_[w] ^ flip) & (~uint64_t{0} << (from % 64));
    while (word == 0 && ++w < words_.size()) word = words_[w] ^ flip;
    if (word == 0) return size_;
    return std::min(size_, w * 64 + static_cast<size_t>(std::countr_zero(word)));
  }

  std::vector<uint64_t> words_;
  size_t size_ = 0;
};

}  // namespace footnote::retrieval

#endif  // FOOTNOTE_RETRIEVAL_INDEX_BITMAP_H_
