#include "kernels/linear.h"

#include <algorithm>
#include <cmath>
#include <random>
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "kernels/bfloat16_portable.h"
#include "kernels/quantize.h"

namespace footnote::kernels {
namespace {

struct Shape {
  int64_t rows, n, k;
};

// Around the edges of tiles (1, 2, 4, 5, 8, 14 rows), panels (32 outputs) and
// groups of inputs.
const Shape kShapes[] = {{0, 32, 8},   {1, 1, 4},    {1, 32, 4},   {2, 31, 8},   {3, 33, 12},
                         {4, 64, 32},  {5, 40, 16},  {7, 48, 20},  {8, 65, 28},  {13, 96, 64},
                         {14, 32, 36}, {15, 50, 40}, {29, 384, 8}, {43, 17, 384}};

std::vector<float> Random(int64_t n, int seed, float scale = 1) {
  std::mt19937 rng(seed);
  std::normal_distribution<float> normal(0, scale);
  std::vector<float> v(n);
  for (float& x : v) x = normal(rng);
  return v;
}

double Norm(const float* v, int64_t n) {
  double sum = 0;
  for (int64_t i = 0; i < n; ++i) sum += static_cast<double>(v[i]) * v[i];
  return std::sqrt(sum);
}

class LinearTest : public testing::TestWithParam<CpuLevel> {};

TEST_P(LinearTest, F32AgreesWithTheReference) {
  for (const Shape& s : kShapes) {
    const auto x = Random(s.rows * s.k, 1), w = Random(s.n * s.k, 2), b = Random(s.n, 3);
    const LinearF32 packed = PackLinearF32(w.data(), b.data(), s.n, s.k);
    const int64_t ld = s.n + 3;  // what lies between the rows must stay
    std::vector<float> y(s.rows * ld, -7);
    ApplyLinear(GetParam(), packed, x.data(), s.k, s.rows, {y.data(), nullptr, ld});
    for (int64_t r = 0; r < s.rows; ++r) {
      for (int64_t j = 0; j < s.n; ++j) {
        double want = b[j];
        for (int64_t i = 0; i < s.k; ++i) {
          want += static_cast<double>(x[r * s.k + i]) * w[j * s.k + i];
        }
        const double bound =
            1e-6 * std::sqrt(s.k) * Norm(&x[r * s.k], s.k) * Norm(&w[j * s.k], s.k) + 1e-6;
        ASSERT_NEAR(y[r * ld + j], want, bound) << s.rows << "x" << s.n << "x" << s.k;
      }
      for (int64_t j = s.n; j < ld; ++j) ASSERT_EQ(y[r * ld + j], -7);
    }
  }
}

TEST_P(LinearTest, Bf16AgreesWithTheReferenceOnRoundedValues) {
  for (const Shape& s : kShapes) {
    auto x = Random(s.rows * s.k, 4), w = Random(s.n * s.k, 5), b = Random(s.n, 6);
    std::vector<Bf16> x16(x.size());
    for (size_t i = 0; i < x.size(); ++i) {
      x16[i] = internal::RoundToBf16(x[i]);
      x[i] = internal::Bf16ToFloat(x16[i]);
    }
    for (float& v : w) v = internal::Bf16ToFloat(internal::RoundToBf16(v));
    const LinearBf16 packed = PackLinearBf16(w.data(), b.data(), s.n, s.k);
    std::vector<float> y(s.rows * s.n);
    std::vector<Bf16> y16(s.rows * s.n);
    ApplyLinear(GetParam(), packed, x16.data(), s.k, s.rows, {y.data(), nullptr, s.n});
    ApplyLinear(GetParam(), packed, x16.data(), s.k, s.rows, {nullptr, y16.data(), s.n});
    for (int64_t r = 0; r < s.rows; ++r) {
      for (int64_t j = 0; j < s.n; ++j) {
        double want = b[j];
        for (int64_t i = 0; i < s.k; ++i) {
          want += static_cast<double>(x[r * s.k + i]) * w[j * s.k + i];
        }
        const double bound =
            4e-6 * std::sqrt(s.k) * Norm(&x[r * s.k], s.k) * Norm(&w[j * s.k], s.k) + 1e-6;
        ASSERT_NEAR(y[r * s.n + j], want, bound) << s.rows << "x" << s.n << "x" << s.k;
        ASSERT_EQ(y16[r * s.n + j], internal::RoundToBf16(y[r * s.n + j]));
      }
    }
  }
}

// The sums are exact, so the reference is too, up to the scaling in f32.
TEST_P(LinearTest, Int8AgreesWithTheReferenceOnQuantizedValues) {
  for (const Shape& s : kShapes) {
    for (const int64_t extra : {0, 8}) {
      auto w = Random(s.n * s.k, 7);
      w[s.k / 2] *= 30;  // an outlier, for which copies are spent
      const auto b = Random(s.n, 8);
      const LinearInt8 packed = PackLinearInt8(w.data(), b.data(), s.n, s.k, extra);
      ASSERT_LE(packed.k_packed, s.k + extra);
      std::mt19937 rng(9);
      std::vector<uint8_t> q(s.rows * packed.k_packed);
      for (int64_t r = 0; r < s.rows; ++r) {
        uint8_t* row = &q[r * packed.k_packed];
        for (int64_t i = 0; i < s.k; ++i) row[i] = static_cast<uint8_t>(rng());
        if (r == 0) std::fill(row, row + s.k, 255);  // the greatest sums
        for (int64_t e = s.k; e < packed.k_packed; ++e) row[e] = row[packed.extra_inputs[e - s.k]];
      }
      std::vector<float> scale(s.rows, 0.01f), offset(s.rows, -1.25f), y(s.rows * s.n);
      ApplyLinear(GetParam(), packed, {q.data(), packed.k_packed, scale.data(), offset.data()},
                  s.rows, {y.data(), nullptr, s.n});
      for (int64_t r = 0; r < s.rows; ++r) {
        for (int64_t j = 0; j < s.n; ++j) {
          double want = b[j], magnitude = std::abs(b[j]);
          for (int64_t i = 0; i < s.k; ++i) {
            // No weight is further than half a step from what was packed.
            const double step = packed.scale[j];
            const double rounded = std::round(w[j * s.k + i] / packed.scale[j]) * step;
            ASSERT_NEAR(rounded, w[j * s.k + i], 0.501 * step);
            const double value = 0.01f * q[r * packed.k_packed + i] - 1.25;
            want += rounded * value;
            magnitude += std::abs(rounded) * 2.56;
          }
          ASSERT_NEAR(y[r * s.n + j], want, 1e-6 * magnitude)
              << s.rows << "x" << s.n << "x" << s.k << " extra " << extra;
        }
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Levels, LinearTest, testing::ValuesIn(SupportedCpuLevels()),
                         [](const auto& info) { return std::string(CpuLevelName(info.param)); });

TEST(PackLinearInt8Test, CopiesMakeTheOtherWeightsFiner) {
  const int64_t n = 4, k = 64;
  auto w = Random(n * k, 10);
  w[1 * k + 5] = 100;
  const std::vector<float> b(n);
  const LinearInt8 plain = PackLinearInt8(w.data(), b.data(), n, k, 0);
  const LinearInt8 split = PackLinearInt8(w.data(), b.data(), n, k, 32);
  EXPECT_FLOAT_EQ(plain.scale[1], 100.0f / 127);
  EXPECT_LT(split.scale[1], 20.0f / 127);
  EXPECT_GT(split.k_packed, k);
  EXPECT_LE(split.k_packed, k + 32);
}

TEST(PackLinearInt8Test, RowsOfZerosAndConstantsArePacked) {
  const std::vector<float> w = {0, 0, 0, 0, 2, 2, 2, 2}, b = {1, -1};
  const LinearInt8 packed = PackLinearInt8(w.data(), b.data(), 2, 4, 4);
  const std::vector<uint8_t> q(packed.k_packed, 10);
  const float scale = 0.5f, offset = 0;
  std::vector<float> y(2);
  ApplyLinear(CpuLevel::kPortable, packed, {q.data(), packed.k_packed, &scale, &offset}, 1,
              {y.data(), nullptr, 2});
  EXPECT_FLOAT_EQ(y[0], 1);
  EXPECT_FLOAT_EQ(y[1], 4 * 2 * 5 - 1);
}

}  // namespace
}  // namespace footnote::kernels
