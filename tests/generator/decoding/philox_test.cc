#include "generator/decoding/philox.h"

#include <set>

#include "gtest/gtest.h"

namespace footnote::generator {
namespace {

// Known answers of the authors' Random123 (kat_vectors, philox4x32 10).
TEST(PhiloxTest, KnownAnswers) {
  EXPECT_EQ(Philox({0, 0, 0, 0}, {0, 0}),
            (std::array<uint32_t, 4>{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}));
  EXPECT_EQ(Philox({0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff}, {0xffffffff, 0xffffffff}),
            (std::array<uint32_t, 4>{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}));
  EXPECT_EQ(Philox({0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, {0xa4093822, 0x299f31d0}),
            (std::array<uint32_t, 4>{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}));
}

TEST(PhiloxTest, UniformNumbersFillTheUnitInterval) {
  constexpr int kCount = 20000;
  double sum = 0;
  int tenths[10] = {};
  std::set<double> distinct;
  for (int i = 0; i < kCount; ++i) {
    const double u = UniformAt(7, i);
    ASSERT_GE(u, 0);
    ASSERT_LT(u, 1);
    sum += u;
    ++tenths[static_cast<int>(u * 10)];
    distinct.insert(u);
  }
  EXPECT_NEAR(sum / kCount, 0.5, 0.01);
  for (const int n : tenths) EXPECT_NEAR(n, kCount / 10, 250);  // about 6 sigma
  EXPECT_EQ(distinct.size(), kCount);
}

TEST(PhiloxTest, SeedsAndPlacesNameDifferentNumbers) {
  EXPECT_EQ(UniformAt(1, 2), UniformAt(1, 2));
  EXPECT_NE(UniformAt(1, 2), UniformAt(2, 1));
  EXPECT_NE(UniformAt(0, uint64_t{1} << 32), UniformAt(0, 1));
  EXPECT_NE(UniformAt(uint64_t{1} << 32, 0), UniformAt(1, 0));
}

}  // namespace
}  // namespace footnote::generator
