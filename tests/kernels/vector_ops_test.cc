#include "kernels/vector_ops.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <functional>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include "gtest/gtest.h"

namespace footnote::kernels {
namespace {

constexpr float kInf = std::numeric_limits<float>::infinity();
constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
constexpr int64_t kSizes[] = {1, 7, 8, 9, 15, 16, 17, 31, 33, 64, 255, 256, 257, 2048, 4099};

std::vector<float> Normal(size_t n, float mean, float deviation, unsigned seed) {
  std::mt19937 rng(seed);
  std::normal_distribution<float> normal(mean, deviation);
  std::vector<float> x(n);
  for (float& v : x) v = normal(rng);
  return x;
}

// The definition, in f64 or as plain loops in f32.
template <typename T>
std::vector<T> PlainNorm(const NormArgs& a, const float* x) {
  T mean = 0, squares = 0;
  if (a.kind == NormKind::kLayer) {
    for (int64_t i = 0; i < a.dim; ++i) mean += x[i];
    mean /= static_cast<T>(a.dim);
  }
  for (int64_t i = 0; i < a.dim; ++i) squares += (x[i] - mean) * (x[i] - mean);
  const T inverse = 1 / std::sqrt(squares / static_cast<T>(a.dim) + static_cast<T>(a.eps));
  std::vector<T> y(a.dim);
  for (int64_t i = 0; i < a.dim; ++i) {
    y[i] = (x[i] - mean) * inverse;
    if (a.weight != nullptr) y[i] *= a.weight[i];
    if (a.bias != nullptr) y[i] += a.bias[i];
  }
  return y;
}

template <typename T>
T PlainUnary(Unary kind, T x) {
  switch (kind) {
    case Unary::kGelu:
      return x / 2 * (1 + std::erf(x * static_cast<T>(0.70710678118654752440)));
    case Unary::kGeluTanh:
      return x / 2 *
             (1 + std::tanh(static_cast<T>(0.79788456080286535588) *
                            (x + static_cast<T>(0.044715) * x * x * x)));
    case Unary::kGeluQuick:
      return x / (1 + std::exp(static_cast<T>(-1.702) * x));
    case Unary::kRelu:
      return std::max(x, T{0});
    case Unary::kSilu:
      return x / (1 + std::exp(-x));
    case Unary::kTanh:
      return std::tanh(x);
  }
  return 0;
}

constexpr Unary kUnaries[] = {Unary::kGelu, Unary::kGeluTanh, Unary::kGeluQuick,
                              Unary::kRelu, Unary::kSilu,     Unary::kTanh};

class VectorOpsTest : public testing::TestWithParam<CpuLevel> {};

TEST_P(VectorOpsTest, NormsAreAsExactAsPlainLoops) {
  for (const NormKind kind : {NormKind::kRms, NormKind::kLayer}) {
    for (const int64_t dim : kSizes) {
      for (const bool weighted : {true, false}) {
        const int64_t rows = 3, groups = 2, ld = groups * dim + 5;
        const std::vector<float> x = Normal(rows * ld, 1, 3, static_cast<unsigned>(dim));
        const std::vector<float> weight = Normal(dim, 1, 1, 1), bias = Normal(dim, 0, 1, 2);
        std::vector<float> y(rows * ld, -7);
        NormArgs args{kind, x.data(), ld, rows, groups, dim};
        args.eps = 1e-5f;
        args.y = y.data();
        args.ldy = ld;
        if (weighted) args.weight = weight.data();
        if (weighted && kind == NormKind::kLayer) args.bias = bias.data();
        Normalize(GetParam(), args);
        double worst = 0, plain_worst = 0, size = 0;
        for (int64_t r = 0; r < rows; ++r) {
          for (int64_t g = 0; g < groups; ++g) {
            const float* at = x.data() + r * ld + g * dim;
            const std::vector<double> want = PlainNorm<double>(args, at);
            const std::vector<float> plain = PlainNorm<float>(args, at);
            for (int64_t i = 0; i < dim; ++i) {
              size = std::max(size, std::abs(want[i]));
              worst = std::max(worst, std::abs(y[r * ld + g * dim + i] - want[i]));
              plain_worst = std::max(plain_worst, std::abs(plain[i] - want[i]));
            }
          }
          for (int64_t i = groups * dim; i < ld; ++i) ASSERT_EQ(y[r * ld + i], -7);
        }
        EXPECT_LE(worst, 2 * std::max(plain_worst, 1.2e-7 * size)) << "dim " << dim;
        std::vector<float> in_place = x;
        args.x = args.y = in_place.data();
        Normalize(GetParam(), args);
        for (int64_t r = 0; r < rows; ++r) {
          ASSERT_EQ(std::memcmp(&in_place[r * ld], &y[r * ld], groups * dim * sizeof(float)), 0);
        }
      }
    }
  }
}

TEST_P(VectorOpsTest, ActivationsAreAsExactAsTheLibraryInF32) {
  std::vector<float> x;
  for (float v = -30; v <= 30; v += 0.00731f) x.push_back(v);
  for (const float v : {0.f, -0.f, 1e-30f, -1e-30f, 100.f, -100.f, 1e30f, -1e30f}) x.push_back(v);
  std::vector<float> y(x.size());
  for (const Unary kind : kUnaries) {
    ApplyUnary(GetParam(), kind, x.data(), static_cast<int64_t>(x.size()), y.data());
    // In steps of the size of x: the error grows with it.
    double worst = 0, plain_worst = 0;
    for (size_t i = 0; i < x.size(); ++i) {
      const double step = std::max(1.0, std::abs(static_cast<double>(x[i])));
      const double want = PlainUnary<double>(kind, x[i]);
      worst = std::max(worst, std::abs(y[i] - want) / step);
      plain_worst = std::max(plain_worst, std::abs(PlainUnary<float>(kind, x[i]) - want) / step);
    }
    EXPECT_LE(worst, 2 * plain_worst) << "kind " << static_cast<int>(kind);
    EXPECT_LE(worst, 2.5e-7) << "kind " << static_cast<int>(kind);
  }
}

TEST_P(VectorOpsTest, ActivationsOfWhatIsNotFinite) {
  // Long enough that whole vectors and the rest are both there.
  std::vector<float> x(35, -kInf), y(35);
  for (const Unary kind : kUnaries) {
    std::fill(x.begin(), x.end(), -kInf);
    ApplyUnary(GetParam(), kind, x.data(), 35, y.data());
    for (const float v : y) {
      if (kind == Unary::kTanh) {
        EXPECT_EQ(v, -1);
      } else {
        EXPECT_NEAR(v, 0, 1e-30) << "kind " << static_cast<int>(kind);
      }
    }
    std::fill(x.begin(), x.end(), kInf);
    ApplyUnary(GetParam(), kind, x.data(), 35, y.data());
    for (const float v : y) EXPECT_EQ(v, kind == Unary::kTanh ? 1 : kInf);
    std::fill(x.begin(), x.end(), kNan);
    ApplyUnary(GetParam(), kind, x.data(), 35, y.data());
    for (const float v : y) EXPECT_TRUE(std::isnan(v)) << "kind " << static_cast<int>(kind);
  }
  std::fill(x.begin(), x.end(), kNan);
  SoftCapInPlace(GetParam(), 30, x.data(), 35);
  for (const float v : x) EXPECT_TRUE(std::isnan(v));
}

TEST_P(VectorOpsTest, GatedIsTheActivationTimesTheGate) {
  for (const int64_t n : kSizes) {
    const std::vector<float> x = Normal(n, 0, 2, 3), gate = Normal(n, 0, 2, 4);
    std::vector<float> plain(n), gated(n);
    for (const Unary kind : kUnaries) {
      ApplyUnary(GetParam(), kind, x.data(), n, plain.data());
      ApplyGated(GetParam(), kind, x.data(), gate.data(), n, gated.data());
      for (int64_t i = 0; i < n; ++i) ASSERT_EQ(gated[i], plain[i] * gate[i]);
    }
  }
}

TEST_P(VectorOpsTest, AnElementDependsOnItselfAlone) {
  const std::vector<float> x = Normal(100, 0, 2, 5);
  std::vector<float> whole(100), part(100);
  for (const Unary kind : kUnaries) {
    ApplyUnary(GetParam(), kind, x.data(), 100, whole.data());
    for (int64_t cut = 0; cut <= 100; cut += 13) {
      ApplyUnary(GetParam(), kind, x.data(), cut, part.data());
      ApplyUnary(GetParam(), kind, x.data() + cut, 100 - cut, part.data() + cut);
      ASSERT_EQ(std::memcmp(whole.data(), part.data(), whole.size() * sizeof(float)), 0) << cut;
    }
  }
}

TEST_P(VectorOpsTest, Combine) {
  for (const int64_t n : kSizes) {
    const std::vector<float> x = Normal(n, 0, 2, 6), before = Normal(n, 0, 2, 7);
    for (const auto& [a, b] : {std::pair{1.f, 1.f}, {0.5f, 0.f}, {-2.f, 1.f}, {0.25f, 0.75f}}) {
      std::vector<float> y = before;
      if (b == 0) std::fill(y.begin(), y.end(), kNan);
      CombineInto(GetParam(), a, x.data(), b, y.data(), n);
      for (int64_t i = 0; i < n; ++i) {
        const double want = static_cast<double>(a) * x[i] + static_cast<double>(b) * before[i];
        ASSERT_NEAR(y[i], want, 1.2e-7 * (std::abs(a * x[i]) + std::abs(b * before[i])));
      }
    }
  }
}

TEST_P(VectorOpsTest, SoftCap) {
  for (const int64_t n : kSizes) {
    std::vector<float> x = Normal(n, 0, 40, 8);
    x[0] = kInf;
    const std::vector<float> before = x;
    SoftCapInPlace(GetParam(), 30, x.data(), n);
    for (int64_t i = 0; i < n; ++i) {
      ASSERT_NEAR(x[i], 30 * std::tanh(before[i] / 30.0), 30 * 2.5e-7);
    }
  }
}

TEST_P(VectorOpsTest, QuantizeSymmetric) {
  for (const int64_t n : kSizes) {
    for (const float deviation : {1e-20f, 1.f, 1e20f}) {
      const std::vector<float> x = Normal(n, 0, deviation, 9);
      std::vector<int8_t> q(n);
      float scale = -1;
      QuantizeSymmetric(GetParam(), x.data(), n, q.data(), &scale);
      int most = 0;
      for (int64_t i = 0; i < n; ++i) {
        most = std::max(most, std::abs(static_cast<int>(q[i])));
        ASSERT_LE(std::abs(static_cast<double>(q[i]) * scale - x[i]), 0.50001 * scale);
      }
      EXPECT_EQ(most, 127);
    }
  }
  std::vector<float> x(40, 0);
  std::vector<int8_t> q(40, 5);
  float scale = -1;
  QuantizeSymmetric(GetParam(), x.data(), 40, q.data(), &scale);
  EXPECT_EQ(scale, 0);
  EXPECT_EQ(q, std::vector<int8_t>(40, 0));
  for (const float bad : {kInf, -kInf, kNan}) {
    for (const size_t at : {0, 20, 39}) {
      std::fill(x.begin(), x.end(), 1.f);
      x[at] = bad;
      QuantizeSymmetric(GetParam(), x.data(), 40, q.data(), &scale);
      EXPECT_TRUE(std::isnan(scale));
      EXPECT_EQ(q, std::vector<int8_t>(40, 0));
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Levels, VectorOpsTest, testing::ValuesIn(SupportedCpuLevels()),
                         [](const auto& info) { return std::string(CpuLevelName(info.param)); });

}  // namespace
}  // namespace footnote::kernels
