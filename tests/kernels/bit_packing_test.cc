#include "kernels/bit_packing.h"

#include <random>
#include <vector>

#include "gtest/gtest.h"

namespace footnote::kernels {
namespace {

// Every width: what was packed comes back, in no more bytes than the width allows.
TEST(BitPackingTest, EveryWidthComesBack) {
  std::mt19937_64 random(7);
  for (int bits = 0; bits <= 32; ++bits) {
    const uint64_t limit = uint64_t{1} << bits;
    for (int round = 0; round < 20; ++round) {
      std::vector<uint32_t> values(kPackedBlock), out(kPackedBlock);
      for (uint32_t& v : values) v = static_cast<uint32_t>(random() % limit);
      values[random() % kPackedBlock] = static_cast<uint32_t>(limit - 1);
      ASSERT_EQ(BitsOf(values.data()), bits);
      std::vector<uint8_t> packed(PackedBytes(bits) + 1, 0xA5);
      PackBlock(values.data(), bits, packed.data());
      EXPECT_EQ(packed.back(), 0xA5) << "wrote beyond its bytes";
      UnpackBlock(packed.data(), bits, 3, out.data());
      uint32_t sum = 1000;
      std::vector<uint32_t> sums(kPackedBlock);
      UnpackAscending(packed.data(), bits, sum, sums.data());
      for (size_t i = 0; i < kPackedBlock; ++i) {
        ASSERT_EQ(out[i], values[i] + 3);
        sum += values[i] + 1;
        ASSERT_EQ(sums[i], sum);
      }
    }
  }
}

// Wider than needed is allowed: the reader is told the width.
TEST(BitPackingTest, AWidthMayBeLargerThanNeeded) {
  std::vector<uint32_t> values(kPackedBlock, 5), out(kPackedBlock);
  std::vector<uint8_t> packed(PackedBytes(17));
  PackBlock(values.data(), 17, packed.data());
  UnpackBlock(packed.data(), 17, 0, out.data());
  EXPECT_EQ(out, values);
}

// The layout is stored: value i is in lane i % 4, lower bits first.
TEST(BitPackingTest, TheBytesArePinned) {
  std::vector<uint32_t> values(kPackedBlock, 0);
  values[0] = 1;
  values[1] = 2;
  values[4] = 3;  // the second of lane 0
  std::vector<uint8_t> packed(PackedBytes(2));
  PackBlock(values.data(), 2, packed.data());
  std::vector<uint8_t> want(PackedBytes(2), 0);
  want[0] = 1 | 3 << 2;
  want[4] = 2;
  EXPECT_EQ(packed, want);
}

}  // namespace
}  // namespace footnote::kernels
