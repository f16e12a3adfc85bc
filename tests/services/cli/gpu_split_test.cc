#include "services/cli/gpu_split.h"

#include "gtest/gtest.h"

namespace footnote::services::cli {
namespace {

TEST(GpuSplitTest, SharesAreInProportionToTheRoom) {
  const GpuParts parts = {32, 100, 50};
  EXPECT_EQ(SplitOverTwo(parts, 2050, 2050), 16);
  EXPECT_EQ(SplitOverTwo(parts, 3050, 1050), 24);
  EXPECT_EQ(SplitOverTwo(parts, 1000000, 1000000), 16);
}

TEST(GpuSplitTest, WhatDoesNotFitIsNotSplit) {
  const GpuParts parts = {32, 100, 50};
  EXPECT_EQ(SplitOverTwo(parts, 1650, 1650), 16);
  EXPECT_EQ(SplitOverTwo(parts, 1649, 1650), std::nullopt);
  EXPECT_EQ(SplitOverTwo(parts, 100000, 100), std::nullopt);
  EXPECT_EQ(SplitOverTwo(parts, 0, 100000), std::nullopt);
  EXPECT_EQ(SplitOverTwo({1, 100, 50}, 1000, 1000), std::nullopt);
}

// Whatever the sizes: both shares fit, and nothing is left over.
TEST(GpuSplitTest, EverySplitFits) {
  for (int64_t layers = 1; layers < 12; ++layers) {
    for (uint64_t a = 0; a < 1500; a += 37) {
      for (uint64_t b = 0; b < 1500; b += 41) {
        const GpuParts parts = {layers, 100, 50};
        const auto first = SplitOverTwo(parts, a, b);
        if (!first.has_value()) continue;
        EXPECT_GE(*first, 1);
        EXPECT_LT(*first, layers);
        EXPECT_LE(50 + 100 * static_cast<uint64_t>(*first), a);
        EXPECT_LE(50 + 100 * static_cast<uint64_t>(layers - *first), b);
      }
    }
  }
}

}  // namespace
}  // namespace footnote::services::cli
