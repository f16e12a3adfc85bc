#include <algorithm>
#include <cmath>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "kernels/activation.h"
#include "kernels/bfloat16.h"
#include "kernels/bfloat16_portable.h"
#include "kernels/layer_norm.h"
#include "kernels/quantize.h"

namespace footnote::kernels {
namespace {

const int64_t kDims[] = {1, 2, 7, 8, 9, 15, 16, 17, 31, 33, 48, 312, 384, 1536, 1537};

std::vector<float> Random(int64_t n, int seed, float mean = 0, float deviation = 1) {
  std::mt19937 rng(seed);
  std::normal_distribution<float> normal(mean, deviation);
  std::vector<float> v(n);
  for (float& x : v) x = normal(rng);
  return v;
}

class RowOpsTest : public testing::TestWithParam<CpuLevel> {};

TEST_P(RowOpsTest, LayerNormAgreesWithTheReference) {
  for (const int64_t dim : kDims) {
    for (const bool with_residual : {false, true}) {
      const int64_t rows = 3;
      std::vector<float> x = Random(rows * dim, 1, 5, 2);
      const auto residual = Random(rows * dim, 2), gain = Random(dim, 3), bias = Random(dim, 4);
      std::vector<double> want(rows * dim);
      for (int64_t r = 0; r < rows; ++r) {
        double mean = 0, variance = 0;
        for (int64_t i = 0; i < dim; ++i) {
          want[r * dim + i] =
              x[r * dim + i] + (with_residual ? static_cast<double>(residual[r * dim + i]) : 0.0);
          mean += want[r * dim + i] / dim;
        }
        for (int64_t i = 0; i < dim; ++i) variance += std::pow(want[r * dim + i] - mean, 2) / dim;
        for (int64_t i = 0; i < dim; ++i) {
          want[r * dim + i] =
              (want[r * dim + i] - mean) / std::sqrt(variance + 1e-5) * gain[i] + bias[i];
        }
      }
      AddLayerNorm(GetParam(), x.data(), with_residual ? residual.data() : nullptr, gain.data(),
                   bias.data(), 1e-5f, rows, dim);
      for (size_t i = 0; i < want.size(); ++i) {
        ASSERT_NEAR(x[i], want[i], 4e-5) << "dim " << dim;
      }
    }
  }
}

TEST_P(RowOpsTest, LayerNormOfAConstantRowIsTheBias) {
  std::vector<float> x(384, 3.0f);
  const std::vector<float> gain(384, 2.0f), bias(384, 0.25f);
  AddLayerNorm(GetParam(), x.data(), nullptr, gain.data(), bias.data(), 1e-12f, 1, 384);
  for (float v : x) EXPECT_EQ(v, 0.25f);
}

double Gelu(double x) { return 0.5 * x * std::erfc(-x / std::sqrt(2.0)); }

double GeluTanh(double x) {
  return 0.5 * x * (1 + std::tanh(std::sqrt(2 / M_PI) * (x + 0.044715 * x * x * x)));
}

TEST_P(RowOpsTest, ActivationsStayWithinTheirBounds) {
  std::vector<float> inputs;
  for (int i = -24000; i <= 24000; ++i) inputs.push_back(static_cast<float>(i) / 2000);
  inputs.push_back(0.0f);
  const auto apply = [&](ActivationKind kind) {
    std::vector<float> y = inputs;
    Activate(GetParam(), kind, y.data(), static_cast<int64_t>(y.size()));
    return y;
  };
  const auto gelu = apply(ActivationKind::kGelu), fast = apply(ActivationKind::kGeluFast);
  const auto tanh = apply(ActivationKind::kGeluTanh), relu = apply(ActivationKind::kRelu);
  for (size_t i = 0; i < inputs.size(); ++i) {
    const double x = inputs[i];
    ASSERT_NEAR(gelu[i], Gelu(x), 2e-7 * std::max(1.0, std::abs(x))) << x;
    ASSERT_NEAR(fast[i], Gelu(x), 2e-4) << x;
    ASSERT_NEAR(tanh[i], GeluTanh(x), 1e-6 * std::max(1.0, std::abs(x))) << x;
    ASSERT_EQ(relu[i], std::max(inputs[i], 0.0f)) << x;
  }
}

TEST_P(RowOpsTest, ActivationsKeepNan) {
  for (const ActivationKind kind : {ActivationKind::kGelu, ActivationKind::kGeluFast,
                                    ActivationKind::kGeluTanh, ActivationKind::kRelu}) {
    std::vector<float> x(17, std::numeric_limits<float>::quiet_NaN());
    Activate(GetParam(), kind, x.data(), 17);
    for (float v : x) EXPECT_TRUE(std::isnan(v)) << static_cast<int>(kind);
  }
}

TEST_P(RowOpsTest, ActivationsHaveTheirLimitsAtInfinity) {
  constexpr float kInf = std::numeric_limits<float>::infinity();
  constexpr float kMost = std::numeric_limits<float>::max();
  for (const ActivationKind kind : {ActivationKind::kGelu, ActivationKind::kGeluFast,
                                    ActivationKind::kGeluTanh, ActivationKind::kRelu}) {
    std::vector<float> x(17, -kInf);
    x[1] = -kMost;
    x[2] = kInf;
    Activate(GetParam(), kind, x.data(), 17);
    EXPECT_EQ(x[2], kInf) << static_cast<int>(kind);
    for (const size_t i : {0, 1, 3, 16}) {
      EXPECT_NEAR(x[i], 0, kind == ActivationKind::kGeluFast ? 2e-4 : 1e-30)
          << static_cast<int>(kind) << " at " << i;
    }
  }
}

TEST_P(RowOpsTest, QuantizedRowsAreWithinHalfAStep) {
  for (const int64_t dim : kDims) {
    const int64_t rows = 4, ldx = dim + 2, extra = 3, ldq = dim + extra + 1;
    const auto x = Random(rows * ldx, 5, 1, 4);
    const auto center = Random(dim, 6);
    auto gain = Random(dim, 7);
    for (float& g : gain) g = std::abs(g) + 0.1f;
    const std::vector<int32_t> copies = {0, static_cast<int32_t>(dim - 1),
                                         static_cast<int32_t>(dim / 2)};
    for (const bool weighed : {false, true}) {
      std::vector<uint8_t> q(rows * ldq, 99);
      std::vector<float> scale(rows), offset(rows);
      QuantizeRows(GetParam(), {x.data(), ldx, rows, dim, weighed ? center.data() : nullptr,
                                weighed ? gain.data() : nullptr, copies.data(), extra, q.data(),
                                ldq, scale.data(), offset.data()});
      for (int64_t r = 0; r < rows; ++r) {
        int least = 255, most = 0;
        for (int64_t i = 0; i < dim; ++i) {
          const double v = weighed ? (static_cast<double>(x[r * ldx + i]) - center[i]) * gain[i]
                                   : static_cast<double>(x[r * ldx + i]);
          const int got = q[r * ldq + i];
          least = std::min(least, got);
          most = std::max(most, got);
          ASSERT_NEAR(scale[r] * got + offset[r], v, 0.501 * scale[r] + 1e-5) << "dim " << dim;
        }
        if (dim > 1) {
          EXPECT_EQ(least, 0);
          EXPECT_EQ(most, 255);
        }
        for (int64_t e = 0; e < extra; ++e) {
          EXPECT_EQ(q[r * ldq + dim + e], q[r * ldq + copies[e]]);
        }
        EXPECT_EQ(q[r * ldq + dim + extra], 99);  // the gap between rows stays
      }
    }
  }
}

TEST_P(RowOpsTest, QuantizedConstantRowIsExact) {
  const std::vector<float> x(40, -2.5f);
  std::vector<uint8_t> q(40, 7);
  float scale = -1, offset = -1;
  QuantizeRows(GetParam(),
               {x.data(), 40, 1, 40, nullptr, nullptr, nullptr, 0, q.data(), 40, &scale, &offset});
  EXPECT_EQ(scale, 0);
  EXPECT_EQ(offset, -2.5f);
  for (uint8_t v : q) EXPECT_EQ(v, 0);
}

TEST_P(RowOpsTest, Bf16RoundsToNearestEven) {
  auto x = Random(1000, 8, 0, 100);
  for (const float v : {1.00390625f, 1.01171875f, 0.0f, -0.0f, INFINITY, -INFINITY, 3.3895e38f}) {
    x.push_back(v);
  }
  std::vector<Bf16> y(x.size());
  ToBf16(GetParam(), x.data(), static_cast<int64_t>(x.size()), y.data());
  for (size_t i = 0; i < x.size(); ++i) EXPECT_EQ(y[i], internal::RoundToBf16(x[i])) << x[i];
  EXPECT_EQ(internal::RoundToBf16(1.00390625f), 0x3F80);  // a tie goes to the even value below
  EXPECT_EQ(internal::RoundToBf16(1.01171875f), 0x3F82);  // and to the even value above
  const float nan = std::numeric_limits<float>::quiet_NaN();
  Bf16 out = 0;
  ToBf16(GetParam(), &nan, 1, &out);
  EXPECT_TRUE(std::isnan(internal::Bf16ToFloat(out)));
}

INSTANTIATE_TEST_SUITE_P(Levels, RowOpsTest, testing::ValuesIn(SupportedCpuLevels()),
                         [](const auto& info) { return std::string(CpuLevelName(info.param)); });

}  // namespace
}  // namespace footnote::kernels
