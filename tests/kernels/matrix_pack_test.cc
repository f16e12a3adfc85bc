// What PackCpuMatrix makes of its parts; tests/kernels/matrix_cpu_test.cc has the products.
#include <cmath>
#include <limits>
#include <numeric>
#include <string>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "kernels/matrix_cpu.h"
#include "tests/kernels/weight_blocks.h"

namespace footnote::kernels {
namespace {

using testing::HasSubstr;
using testing_blocks::Dequantize;
using testing_blocks::RandomBlocks;

constexpr WeightFormat kFloats[] = {WeightFormat::kF32, WeightFormat::kF16, WeightFormat::kBf16};

class PackTest : public testing::Test {
 protected:
  absl::StatusOr<std::unique_ptr<const Matrix>> Pack(const std::vector<MatrixPart>& parts,
                                                     WeightFormat format) {
    return PackCpuMatrix(team_, ActiveCpuLevel(), parts, format);
  }
  // All numbers of a matrix.
  static std::vector<float> Numbers(const Matrix& m) {
    std::vector<int32_t> ids(m.n());
    std::iota(ids.begin(), ids.end(), 0);
    std::vector<float> y(m.n() * m.k());
    CpuGather(m, ids, y.data(), m.k());
    return y;
  }
  // In steps of the format: what rounding to it may change.
  static double Step(WeightFormat format, const double* row, int64_t i, int64_t k) {
    double row_most = 0, group_most = 0;
    for (int64_t j = 0; j < k; ++j) row_most = std::max(row_most, std::abs(row[j]));
    for (int64_t j = i / 32 * 32; j < std::min(k, i / 32 * 32 + 32); ++j) {
      group_most = std::max(group_most, std::abs(row[j]));
    }
    switch (format) {
      case WeightFormat::kF16:
        return std::max(std::abs(row[i]) * 0x1p-10, 0x1p-24);
      case WeightFormat::kBf16:
        return std::abs(row[i]) * 0x1p-7;
      case WeightFormat::kInt8:
        return row_most / 127;
      case WeightFormat::kInt4:
        // The greatest number of the other sign may be a whole step too far; d is rounded to f16.
        return group_most / 8 * 2.01;
      default:
        return 0;
    }
  }
  ThreadTeam team_{2};
};

TEST_F(PackTest, EveryFormatBecomesEveryOther) {
  const WeightFormat from[] = {WeightFormat::kF32,  WeightFormat::kF16,  WeightFormat::kBf16,
                               WeightFormat::kQ8_0, WeightFormat::kQ4_0, WeightFormat::kQ4_1,
                               WeightFormat::kQ5_0, WeightFormat::kQ5_1, WeightFormat::kQ4_K,
                               WeightFormat::kQ5_K, WeightFormat::kQ6_K};
  const WeightFormat to[] = {WeightFormat::kF32, WeightFormat::kF16, WeightFormat::kBf16,
                             WeightFormat::kInt8, WeightFormat::kInt4};
  const int64_t n = 37, k = 256;
  for (const WeightFormat stored : from) {
    const auto data = RandomBlocks(stored, n, k, 11);
    const auto values = Dequantize(stored, data.data(), n, k);
    for (const WeightFormat format : to) {
      auto matrix = Pack({{.format = stored, .data = data.data(), .rows = n, .cols = k}}, format);
      ASSERT_TRUE(matrix.ok()) << matrix.status();
      EXPECT_EQ((*matrix)->format(), format);
      EXPECT_EQ((*matrix)->n(), n);
      EXPECT_EQ((*matrix)->k(), k);
      const std::vector<float> numbers = Numbers(**matrix);
      for (int64_t i = 0; i < n * k; ++i) {
        const double step = Step(format, &values[i / k * k], i % k, k);
        ASSERT_NEAR(numbers[i], values[i], 0.501 * step + 1e-6 * std::abs(values[i]) + 1e-9)
            << WeightFormatName(stored) << " to " << WeightFormatName(format) << " at " << i;
      }
    }
  }
}

TEST_F(PackTest, PartsLieOneUnderAnother) {
  const int64_t k = 64;
  const auto a = RandomBlocks(WeightFormat::kQ8_0, 5, k, 1);
  const auto b = RandomBlocks(WeightFormat::kQ8_0, 30, k, 2);
  const auto c = RandomBlocks(WeightFormat::kF16, 1, k, 3);
  auto want = Dequantize(WeightFormat::kQ8_0, a.data(), 5, k);
  for (double v : Dequantize(WeightFormat::kQ8_0, b.data(), 30, k)) want.push_back(v);
  const MatrixPart first = {.format = WeightFormat::kQ8_0, .data = a.data(), .rows = 5, .cols = k};
  const MatrixPart second = {
      .format = WeightFormat::kQ8_0, .data = b.data(), .rows = 30, .cols = k};
  auto same = Pack({first, second}, WeightFormat::kQ8_0);
  ASSERT_TRUE(same.ok()) << same.status();
  EXPECT_THAT(Numbers(**same), testing::Pointwise(testing::DoubleNear(1e-6), want));
  for (double v : Dequantize(WeightFormat::kF16, c.data(), 1, k)) want.push_back(v);
  auto mixed =
      Pack({first, second, {.format = WeightFormat::kF16, .data = c.data(), .rows = 1, .cols = k}},
           WeightFormat::kF32);
  ASSERT_TRUE(mixed.ok()) << mixed.status();
  EXPECT_THAT(Numbers(**mixed), testing::Pointwise(testing::DoubleNear(1e-6), want));
}

TEST_F(PackTest, TransposedPartsAndRowOrders) {
  const int64_t stored = 40, k = 33;
  const std::vector<int32_t> order = {39, 0, 7, 7, 12};
  for (const WeightFormat format : kFloats) {
    const auto data = RandomBlocks(format, stored, k, 5);
    const auto values = Dequantize(format, data.data(), stored, k);
    MatrixPart part = {.format = format,
                       .data = data.data(),
                       .rows = 5,
                       .cols = k,
                       .row_order = order.data(),
                       .stored_rows = stored};
    for (const bool transposed : {false, true}) {
      part.transposed = transposed;
      auto matrix = Pack({part}, format);
      ASSERT_TRUE(matrix.ok()) << matrix.status();
      const auto numbers = Numbers(**matrix);
      for (int64_t r = 0; r < 5; ++r) {
        for (int64_t i = 0; i < k; ++i) {
          const int64_t at = transposed ? i * stored + order[r] : order[r] * k + i;
          ASSERT_FLOAT_EQ(numbers[r * k + i], values[at]);
        }
      }
    }
    const MatrixPart whole = {
        .format = format, .data = data.data(), .rows = stored, .cols = k, .transposed = true};
    auto matrix = Pack({whole}, format);
    ASSERT_TRUE(matrix.ok()) << matrix.status();
    const auto numbers = Numbers(**matrix);
    for (int64_t i = 0; i < stored * k; ++i) {
      ASSERT_FLOAT_EQ(numbers[i], values[i % k * stored + i / k]);
    }
  }
  const auto blocks = RandomBlocks(WeightFormat::kQ5_1, stored, 64, 6);
  const auto values = Dequantize(WeightFormat::kQ5_1, blocks.data(), stored, 64);
  auto matrix = Pack({{.format = WeightFormat::kQ5_1,
                       .data = blocks.data(),
                       .rows = 5,
                       .cols = 64,
                       .row_order = order.data(),
                       .stored_rows = stored}},
                     WeightFormat::kQ5_1);
  ASSERT_TRUE(matrix.ok()) << matrix.status();
  const auto numbers = Numbers(**matrix);
  for (int64_t i = 0; i < 5 * 64; ++i) {
    ASSERT_NEAR(numbers[i], values[order[i / 64] * 64 + i % 64], 1e-6);
  }
}

// What a product at one row reads is what a file holds, or little more.
TEST_F(PackTest, TakesLittleMoreThanTheFile) {
  const int64_t n = 64, k = 1024;
  for (const WeightFormat format :
       {WeightFormat::kF32, WeightFormat::kF16, WeightFormat::kBf16, WeightFormat::kQ8_0,
        WeightFormat::kQ4_0, WeightFormat::kQ4_1, WeightFormat::kQ5_0, WeightFormat::kQ5_1,
        WeightFormat::kQ4_K, WeightFormat::kQ5_K, WeightFormat::kQ6_K}) {
    const auto data = RandomBlocks(format, n, k, 7);
    auto matrix = Pack({{.format = format, .data = data.data(), .rows = n, .cols = k}}, format);
    ASSERT_TRUE(matrix.ok()) << matrix.status();
    EXPECT_LE((*matrix)->bytes(), data.size() * 1.03) << WeightFormatName(format);
    EXPECT_GE((*matrix)->bytes(), data.size()) << WeightFormatName(format);
  }
  const auto data = RandomBlocks(WeightFormat::kF32, n, k, 7);
  const MatrixPart part = {.format = WeightFormat::kF32, .data = data.data(), .rows = n, .cols = k};
  EXPECT_LE((*Pack({part}, WeightFormat::kInt8))->bytes(), n * k * 1.01);
  EXPECT_LE((*Pack({part}, WeightFormat::kInt4))->bytes(), n * k * 4.5 / 8);
}

TEST_F(PackTest, RefusesWhatIsNoMatrix) {
  const std::vector<float> data(64 * 64);
  const MatrixPart good = {
      .format = WeightFormat::kF32, .data = data.data(), .rows = 4, .cols = 64};
  ASSERT_TRUE(Pack({good}, WeightFormat::kF32).ok());
  const auto refuse = [&](const MatrixPart& part, WeightFormat format, const char* why) {
    const auto matrix = Pack({good, part}, format);
    EXPECT_EQ(matrix.status().code(), absl::StatusCode::kInvalidArgument) << why;
    EXPECT_THAT(std::string(matrix.status().message()), HasSubstr(why));
  };
  EXPECT_EQ(Pack({}, WeightFormat::kF32).status().code(), absl::StatusCode::kInvalidArgument);
  const int64_t top = std::numeric_limits<int64_t>::max(), least = -top - 1;
  for (const int64_t bad : {int64_t{0}, int64_t{-1}, least, top}) {
    MatrixPart part = good;
    part.rows = bad;
    refuse(part, WeightFormat::kF32, "part of");
    part = good;
    part.cols = bad;
    refuse(part, WeightFormat::kF32, "part of");
  }
  MatrixPart part = good;
  part.cols = 32;
  refuse(part, WeightFormat::kF32, "parts of 64 and of 32 columns");
  part = good;
  part.data = nullptr;
  refuse(part, WeightFormat::kF32, "without data");
  part = good;
  part.format = WeightFormat::kInt8;
  refuse(part, WeightFormat::kInt8, "INT8 is made at load time");
  part.format = WeightFormat::kQ4_0;
  refuse(part, WeightFormat::kQ4_0, "F32 can't become Q4_0");
  refuse(part, WeightFormat::kQ4_K, "can't become Q4_K");
  part.transposed = true;
  refuse(part, WeightFormat::kF32, "transposed part of Q4_0");
  part = good;
  part.format = WeightFormat::kQ6_K;
  refuse(part, WeightFormat::kF32, "rows of 64 can't be cut");
  part = good;
  part.stored_rows = 3;
  refuse(part, WeightFormat::kF32, "4 rows of 3 stored");
  const std::vector<int32_t> high = {0, 1, 2, 4}, low = {0, -1, 2, 3};
  part = good;
  part.row_order = high.data();
  refuse(part, WeightFormat::kF32, "row 4 of a part with 4 rows");
  part.row_order = low.data();
  refuse(part, WeightFormat::kF32, "row -1");
}

TEST_F(PackTest, RefusesNumbersThatAreNotFinite) {
  for (const float bad : {std::numeric_limits<float>::infinity(),
                          std::numeric_limits<float>::quiet_NaN(), -INFINITY}) {
    std::vector<float> data(20 * 64, 1.f);
    data[17 * 64 + 5] = bad;
    const MatrixPart part = {
        .format = WeightFormat::kF32, .data = data.data(), .rows = 20, .cols = 64};
    for (const WeightFormat format : {WeightFormat::kF32, WeightFormat::kF16, WeightFormat::kBf16,
                                      WeightFormat::kInt8, WeightFormat::kInt4}) {
      EXPECT_EQ(Pack({part}, format).status().code(), absl::StatusCode::kDataLoss);
    }
  }
  const std::vector<float> large(64, 70000.f);
  const MatrixPart part = {
      .format = WeightFormat::kF32, .data = large.data(), .rows = 1, .cols = 64};
  EXPECT_EQ(Pack({part}, WeightFormat::kF16).status().code(), absl::StatusCode::kDataLoss);
  EXPECT_TRUE(Pack({part}, WeightFormat::kBf16).ok());
  for (const WeightFormat format :
       {WeightFormat::kQ8_0, WeightFormat::kQ4_0, WeightFormat::kQ4_1, WeightFormat::kQ5_0,
        WeightFormat::kQ5_1, WeightFormat::kQ4_K, WeightFormat::kQ5_K, WeightFormat::kQ6_K}) {
    auto data = RandomBlocks(format, 3, 256, 9);
    const size_t scale = format == WeightFormat::kQ6_K ? data.size() - 1 : 1;
    data[scale] = 0x7C;
    EXPECT_EQ(Pack({{.format = format, .data = data.data(), .rows = 3, .cols = 256}}, format)
                  .status()
                  .code(),
              absl::StatusCode::kDataLoss)
        << WeightFormatName(format);
  }
}

TEST(WeightFormatTest, NamesAndBlocks) {
  EXPECT_EQ(WeightFormatName(WeightFormat::kBf16), "BF16");
  EXPECT_EQ(WeightFormatName(WeightFormat::kInt8), "INT8");
  EXPECT_EQ(WeightFormatName(WeightFormat::kQ4_K), "Q4_K");
  EXPECT_EQ(BlockOf(WeightFormat::kQ6_K).elements, 256);
  EXPECT_EQ(BlockOf(WeightFormat::kQ6_K).bytes, 210);
  EXPECT_EQ(BlockOf(WeightFormat::kQ5_1).elements, 32);
  EXPECT_EQ(BlockOf(WeightFormat::kQ5_1).bytes, 24);
  EXPECT_EQ(BlockOf(WeightFormat::kF16).elements, 1);
  EXPECT_EQ(BlockOf(WeightFormat::kF16).bytes, 2);
}

}  // namespace
}  // namespace footnote::kernels
