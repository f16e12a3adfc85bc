#include "kernels/matrix_cpu.h"

#include <bit>
#include <cmath>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/kernels/weight_blocks.h"

namespace footnote::kernels {
namespace {

using testing_blocks::Dequantize;
using testing_blocks::RandomBlocks;

constexpr WeightFormat kStored[] = {WeightFormat::kF32,  WeightFormat::kF16,  WeightFormat::kBf16,
                                    WeightFormat::kQ8_0, WeightFormat::kQ4_0, WeightFormat::kQ4_1,
                                    WeightFormat::kQ5_0, WeightFormat::kQ5_1, WeightFormat::kQ4_K,
                                    WeightFormat::kQ5_K, WeightFormat::kQ6_K};
constexpr WeightFormat kMade[] = {WeightFormat::kInt8, WeightFormat::kInt4};

std::vector<WeightFormat> AllFormats() {
  std::vector<WeightFormat> all(std::begin(kStored), std::end(kStored));
  all.insert(all.end(), std::begin(kMade), std::end(kMade));
  return all;
}

std::vector<float> Random(int64_t n, int seed) {
  std::mt19937 rng(seed);
  std::normal_distribution<float> normal(0, 1);
  std::vector<float> v(n);
  for (float& x : v) x = normal(rng);
  return v;
}

// A random matrix in `format`, and what it holds in f64.
struct Weights {
  std::unique_ptr<const Matrix> matrix;
  std::vector<double> values;
};

Weights MakeWeights(ThreadTeam& team, WeightFormat format, int64_t n, int64_t k) {
  const bool made = format == WeightFormat::kInt8 || format == WeightFormat::kInt4;
  const WeightFormat stored = made ? WeightFormat::kF32 : format;
  const std::vector<uint8_t> data = RandomBlocks(stored, n, k, static_cast<int>(n * 7 + k));
  const MatrixPart part = {.format = stored, .data = data.data(), .rows = n, .cols = k};
  auto matrix = PackCpuMatrix(team, ActiveCpuLevel(), {&part, 1}, format);
  EXPECT_TRUE(matrix.ok()) << matrix.status();
  Weights weights;
  weights.matrix = *std::move(matrix);
  weights.values = Dequantize(stored, data.data(), n, k);
  if (!made) return weights;
  // The rounded numbers; that they are near is another test's.
  std::vector<float> row(k);
  for (int32_t j = 0; j < n; ++j) {
    CpuGather(*weights.matrix, {&j, 1}, row.data(), k);
    std::copy(row.begin(), row.end(), weights.values.begin() + j * k);
  }
  return weights;
}

std::vector<float> Multiply(ThreadTeam& team, CpuLevel level, const Matrix& w,
                            const std::vector<float>& x, int64_t rows) {
  std::vector<float> y(rows * w.n(), -7);
  MatMulScratch scratch;
  CpuMatMul(team, level,
            {.w = &w, .x = x.data(), .ldx = w.k(), .rows = rows, .y = y.data(), .ldy = w.n()},
            &scratch);
  return y;
}

// x as the plain implementation of the same precision has it.
std::vector<double> Rounded(WeightFormat format, const std::vector<float>& x, int64_t k) {
  std::vector<double> out(x.begin(), x.end());
  if (format == WeightFormat::kF32 || format == WeightFormat::kF16) return out;
  for (size_t row = 0; row < x.size(); row += k) {
    for (int64_t i = 0; i < k; i += 32) {
      const int64_t count = std::min<int64_t>(32, k - i);
      double* v = &out[row + i];
      double greatest = 0;
      for (int64_t j = 0; j < count; ++j) greatest = std::max(greatest, std::abs(v[j]));
      for (int64_t j = 0; j < count; ++j) {
        if (format == WeightFormat::kBf16) {
          int exponent;
          const double fraction = std::frexp(v[j], &exponent);
          v[j] = std::ldexp(std::nearbyint(std::ldexp(fraction, 8)), exponent - 8);
        } else if (greatest > 0) {
          v[j] = std::nearbyint(v[j] / greatest * 127) * greatest / 127;
        }
      }
    }
  }
  return out;
}

bool SameBits(const float* a, const float* b, size_t n) {
  for (size_t i = 0; i < n; ++i) {
    if (std::bit_cast<uint32_t>(a[i]) != std::bit_cast<uint32_t>(b[i])) return false;
  }
  return true;
}

struct Shape {
  int64_t rows, n, k;
};

// Around the edges of tiles of rows, panels (16, 32 outputs), groups (32) and
// chunks (64, 256) of inputs. k is rounded up to what the format can store.
const Shape kShapes[] = {{1, 1, 1},    {1, 16, 32},   {2, 17, 64},   {3, 31, 96},   {4, 32, 31},
                         {5, 33, 33},  {7, 48, 63},   {8, 15, 65},   {11, 64, 256}, {12, 40, 257},
                         {13, 65, 32}, {14, 16, 512}, {25, 100, 96}, {29, 33, 768}};

int64_t StorableK(WeightFormat format, int64_t k) {
  const int64_t block = BlockOf(format).elements;
  return format == WeightFormat::kInt4 ? k : (k + block - 1) / block * block;
}

class MatrixTest : public testing::TestWithParam<std::tuple<CpuLevel, WeightFormat>> {
 protected:
  CpuLevel level() const { return std::get<0>(GetParam()); }
  WeightFormat format() const { return std::get<1>(GetParam()); }
  ThreadTeam team_{2};
};

TEST_P(MatrixTest, ProductsAgreeWithTheReference) {
  for (const Shape& s : kShapes) {
    const int64_t k = StorableK(format(), s.k);
    const Weights w = MakeWeights(team_, format(), s.n, k);
    const std::vector<float> x = Random(s.rows * k, 3);
    const std::vector<double> rounded = Rounded(format(), x, k);
    const std::vector<float> y = Multiply(team_, level(), *w.matrix, x, s.rows);
    double error = 0, plain_error = 0, size = 0;
    for (int64_t r = 0; r < s.rows; ++r) {
      for (int64_t j = 0; j < s.n; ++j) {
        double want = 0, plain = 0, magnitude = 0;
        for (int64_t i = 0; i < k; ++i) {
          const double v = w.values[j * k + i];
          want += v * x[r * k + i];
          plain += v * rounded[r * k + i];
          magnitude += std::abs(v * rounded[r * k + i]);
        }
        const float got = y[r * s.n + j];
        // On the same rounded inputs only f32 sums are left.
        ASSERT_NEAR(got, plain, 2e-6 * magnitude + 1e-6)
            << s.rows << "x" << s.n << "x" << k << " at " << r << ", " << j;
        error += (got - want) * (got - want);
        plain_error += (plain - want) * (plain - want);
        size += magnitude * magnitude;
      }
    }
    EXPECT_LE(std::sqrt(error), 2 * std::sqrt(plain_error) + 1e-6 * std::sqrt(size));
  }
}

TEST_P(MatrixTest, ScaleBiasAndResidualAreFused) {
  const int64_t rows = 5, n = 37, k = StorableK(format(), 64);
  const Weights w = MakeWeights(team_, format(), n, k);
  const std::vector<float> x = Random(rows * k, 4), bias = Random(n, 5);
  const std::vector<float> plain = Multiply(team_, level(), *w.matrix, x, rows);
  const int64_t ldx = k + 5, ldy = n + 3;  // what lies between the rows must stay
  std::vector<float> wide(rows * ldx, NAN);
  for (int64_t r = 0; r < rows; ++r) std::copy_n(&x[r * k], k, &wide[r * ldx]);
  MatMulScratch scratch;
  for (const bool add : {false, true}) {
    std::vector<float> y(rows * ldy, 0.5f);
    CpuMatMul(team_, level(),
              {.w = w.matrix.get(),
               .x = wide.data(),
               .ldx = ldx,
               .rows = rows,
               .bias = bias.data(),
               .y = y.data(),
               .ldy = ldy,
               .add = add,
               .scale = 0.125f},
              &scratch);
    for (int64_t r = 0; r < rows; ++r) {
      for (int64_t j = 0; j < n; ++j) {
        const float scaled = plain[r * n + j] * 0.125f;
        ASSERT_EQ(y[r * ldy + j], scaled + bias[j] + (add ? 0.5f : 0.f));
      }
      for (int64_t j = n; j < ldy; ++j) ASSERT_EQ(y[r * ldy + j], 0.5f);
    }
  }
}

// The promise of Ops: the bits of a row depend on nothing but the row.
TEST_P(MatrixTest, ARowsBitsDependOnTheRowAlone) {
  const int64_t n = 130, k = StorableK(format(), 320), most = 64;
  const Weights w = MakeWeights(team_, format(), n, k);
  std::vector<float> x = Random(most * k, 6);
  std::copy_n(&x[0], k, &x[9 * k]);
  ThreadTeam one(1), three(3);
  const std::vector<float> all = Multiply(team_, level(), *w.matrix, x, most);
  EXPECT_TRUE(SameBits(&all[0], &all[9 * n], n));
  for (ThreadTeam* team : {&one, &team_, &three}) {
    for (const int64_t rows : {1, 2, 3, 4, 5, 6, 7, 9, 11, 12, 13, 14, 15, 16, 31, 64}) {
      const std::vector<float> some = Multiply(*team, level(), *w.matrix, x, rows);
      ASSERT_TRUE(SameBits(some.data(), all.data(), some.size()))
          << rows << " rows, " << team->size() << " threads";
    }
  }
}

TEST_P(MatrixTest, ZerosAndLargeInputsAreExactEnough) {
  const int64_t n = 16, k = StorableK(format(), 64);
  const Weights w = MakeWeights(team_, format(), n, k);
  const std::vector<float> zeros(k);
  for (const float v : Multiply(team_, level(), *w.matrix, zeros, 1)) EXPECT_EQ(v, 0);
  // One input alone, the greatest of its group, is kept but for its rounding.
  std::vector<float> x(k);
  x[k / 2] = 1e6f;
  const std::vector<float> y = Multiply(team_, level(), *w.matrix, x, 1);
  for (int64_t j = 0; j < n; ++j) {
    const double want = w.values[j * k + k / 2] * 1e6;
    EXPECT_NEAR(y[j], want, std::abs(want) * 5e-3 + 0.2);
  }
}

INSTANTIATE_TEST_SUITE_P(All, MatrixTest,
                         testing::Combine(testing::ValuesIn(SupportedCpuLevels()),
                                          testing::ValuesIn(AllFormats())),
                         [](const auto& info) {
                           return std::string(CpuLevelName(std::get<0>(info.param))) + "_" +
                                  std::string(WeightFormatName(std::get<1>(info.param)));
                         });

class GatherTest : public testing::TestWithParam<WeightFormat> {};

TEST_P(GatherTest, GivesTheStoredNumbers) {
  ThreadTeam team(2);
  const int64_t n = 50, k = StorableK(GetParam(), 96);
  const Weights w = MakeWeights(team, GetParam(), n, k);
  const int32_t ids[] = {0, 49, 15, 16, 17, 31, 32, 33, 0};
  const int64_t ldy = k + 2;
  std::vector<float> y(std::size(ids) * ldy, -7);
  CpuGather(*w.matrix, ids, y.data(), ldy);
  for (size_t r = 0; r < std::size(ids); ++r) {
    for (int64_t i = 0; i < k; ++i) {
      const double want = w.values[ids[r] * k + i];
      ASSERT_NEAR(y[r * ldy + i], want, 1e-6 * std::abs(want) + 1e-6) << r << ", " << i;
    }
    EXPECT_EQ(y[r * ldy + k], -7);
  }
}

INSTANTIATE_TEST_SUITE_P(All, GatherTest, testing::ValuesIn(AllFormats()), [](const auto& info) {
  return std::string(WeightFormatName(info.param));
});

}  // namespace
}  // namespace footnote::kernels
