#include "kernels/code_dot.h"

#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include "gtest/gtest.h"

namespace footnote::kernels {
namespace {

class CodeDotsTest : public testing::TestWithParam<CpuLevel> {};

int64_t Plain(const int8_t* query, const uint8_t* row, int64_t stride) {
  int64_t sum = 0;
  for (int64_t i = 0; i < stride; ++i) sum += query[i] * (int64_t{row[i]} - 128);
  return sum;
}

TEST_P(CodeDotsTest, EqualsThePlainLoops) {
  std::mt19937 random(1);
  for (const int64_t stride : {0, 64, 128, 384, 1024}) {
    for (const int64_t n : {0, 1, 2, 3, 4, 5, 7, 8, 9, 33}) {
      constexpr int64_t kStored = 40;
      std::vector<uint8_t> rows(kStored * stride);
      // One more than is read: an empty one would be null, which means none.
      std::vector<int8_t> high(stride + 1), low(stride + 1);
      for (uint8_t& c : rows) c = static_cast<uint8_t>(random());
      for (int8_t& c : high) c = static_cast<int8_t>(random());
      for (int8_t& c : low) c = static_cast<int8_t>(random());
      std::vector<uint32_t> ids(n);
      for (uint32_t& id : ids) id = random() % kStored;
      for (const bool gathered : {false, true}) {
        for (const bool two : {false, true}) {
          std::vector<int32_t> high_sums(n + 1, 77), low_sums(n + 1, 77);
          CodeDotArgs args;
          args.high = high.data();
          args.low = two ? low.data() : nullptr;
          args.rows = rows.data();
          args.ids = gathered ? ids.data() : nullptr;
          args.stride = stride;
          args.n = n;
          args.high_sums = high_sums.data();
          args.low_sums = two ? low_sums.data() : nullptr;
          CodeDotsAt(GetParam(), args);
          for (int64_t r = 0; r < n; ++r) {
            const uint8_t* row = rows.data() + (gathered ? ids[r] : r) * stride;
            EXPECT_EQ(high_sums[r], Plain(high.data(), row, stride)) << stride << " " << r;
            EXPECT_EQ(low_sums[r], two ? Plain(low.data(), row, stride) : 77);
          }
          EXPECT_EQ(high_sums[n], 77) << "written beyond the last row";
          EXPECT_EQ(low_sums[n], 77);
        }
      }
    }
  }
}

// The longest rows of the largest codes stay within 32 bits, and don't saturate.
TEST_P(CodeDotsTest, ExtremesDoNotOverflow) {
  for (const int8_t q : {int8_t{-128}, int8_t{127}}) {
    for (const uint8_t c : {uint8_t{0}, uint8_t{255}}) {
      const std::vector<int8_t> query(kMaxCodes, q);
      const std::vector<uint8_t> row(kMaxCodes, c);
      int32_t sum = 0;
      CodeDotArgs args;
      args.high = query.data();
      args.rows = row.data();
      args.stride = kMaxCodes;
      args.n = 1;
      args.high_sums = &sum;
      CodeDotsAt(GetParam(), args);
      EXPECT_EQ(sum, Plain(query.data(), row.data(), kMaxCodes));
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Levels, CodeDotsTest, testing::ValuesIn(SupportedCpuLevels()),
                         [](const auto& info) { return std::string(CpuLevelName(info.param)); });

}  // namespace
}  // namespace footnote::kernels
