// Norms, activations and element-wise ops against f64.
#include <algorithm>
#include <functional>
#include <limits>
#include <tuple>

#include "tests/kernels/cuda/testing.h"

namespace footnote::kernels::cuda {
namespace {

class NormTest : public testing::TestWithParam<std::tuple<NormKind, int64_t, int64_t>> {};

TEST_P(NormTest, EqualsTheReference) {
  const auto [kind, groups, dim] = GetParam();
  const auto ops = NewOps();
  ASSERT_NE(ops, nullptr);
  const int64_t rows = 3;
  const int64_t ld = groups * dim + 5;
  const std::vector<float> x = Normal(rows * ld, 1, 3);
  const std::vector<float> weight = Normal(dim, 2);
  const std::vector<float> bias = Normal(dim, 3);
  const OnDevice dx(*ops, x);
  const OnDevice dw(*ops, weight);
  const OnDevice db(*ops, bias);
  NormArgs args;
  args.kind = kind;
  args.x = args.y = dx.data();
  args.ldx = args.ldy = ld;
  args.rows = rows;
  args.groups = groups;
  args.dim = dim;
  args.weight = dw.data();
  args.bias = kind == NormKind::kLayer ? db.data() : nullptr;
  args.eps = 1e-5f;
  ops->Norm(args);
  const std::vector<float> y = dx.Read();
  for (int64_t v = 0; v < rows * groups; ++v) {
    const float* in = &x[v / groups * ld + v % groups * dim];
    const float* out = &y[v / groups * ld + v % groups * dim];
    double mean = 0;
    double squares = 0;
    for (int64_t i = 0; i < dim; ++i) mean += in[i] / static_cast<double>(dim);
    if (kind == NormKind::kRms) mean = 0;
    for (int64_t i = 0; i < dim; ++i) squares += (in[i] - mean) * (in[i] - mean);
    const double inverse = 1 / std::sqrt(squares / static_cast<double>(dim) + 1e-5f);
    for (int64_t i = 0; i < dim; ++i) {
      double want = (in[i] - mean) * inverse * weight[i];
      if (kind == NormKind::kLayer) want += bias[i];
      ASSERT_NEAR(out[i], want, 2e-5) << v << " " << i;
    }
  }
  EXPECT_EQ(y.back(), x.back());
}

INSTANTIATE_TEST_SUITE_P(Shapes, NormTest,
                         testing::Combine(testing::Values(NormKind::kRms, NormKind::kLayer),
                                          testing::Values(1, 3),
                                          testing::Values(1, 31, 32, 33, 128, 129, 512, 2049)));

double Exact(Unary kind, double x) {
  switch (kind) {
    case Unary::kGelu:
      return x * 0.5 * std::erfc(-x / std::sqrt(2.0));
    case Unary::kGeluTanh:
      return 0.5 * x * (1 + std::tanh(std::sqrt(2 / M_PI) * (x + 0.044715 * x * x * x)));
    case Unary::kGeluQuick:
      return x / (1 + std::exp(-1.702 * x));
    case Unary::kRelu:
      return std::max(x, 0.0);
    case Unary::kSilu:
      return x / (1 + std::exp(-x));
    case Unary::kTanh:
      return std::tanh(x);
  }
  return NAN;
}

class UnaryTest : public testing::TestWithParam<Unary> {};

TEST_P(UnaryTest, PlainAndGated) {
  const auto ops = NewOps();
  ASSERT_NE(ops, nullptr);
  const int64_t rows = 3;
  for (const int64_t dim : {1, 4, 7, 1025}) {
    const int64_t ld = 2 * dim + 1;
    std::vector<float> x = Normal(rows * ld, 1, 4);
    x[0] = 100;
    x[rows * ld - 1 - ld] = -100;
    const OnDevice dx(*ops, x);
    const OnDevice dy(*ops, rows * (dim + 2), 7.f);
    ops->Activate(GetParam(), dx.data(), ld, rows, dim, dy.data(), dim + 2);
    const std::vector<float> y = dy.Read();
    ops->GatedActivate(GetParam(), dx.data(), ld, rows, dim, dx.data(), ld);  // in place
    const std::vector<float> z = dx.Read();
    for (int64_t r = 0; r < rows; ++r) {
      for (int64_t i = 0; i < dim; ++i) {
        const double want = Exact(GetParam(), x[r * ld + i]);
        ASSERT_NEAR(y[r * (dim + 2) + i], want, 2e-6 * (1 + std::fabs(x[r * ld + i])));
        const double gated = want * x[r * ld + dim + i];
        ASSERT_NEAR(z[r * ld + i], gated,
                    5e-6 * (1 + std::fabs(gated) + std::fabs(x[r * ld + dim + i])));
      }
      ASSERT_EQ(y[r * (dim + 2) + dim], 7.f);
    }
  }
}

TEST_P(UnaryTest, WhatIsNotFinite) {
  const auto ops = NewOps();
  ASSERT_NE(ops, nullptr);
  const std::vector<float> x = {-INFINITY, -std::numeric_limits<float>::max(), INFINITY, NAN};
  const OnDevice dx(*ops, x);
  ops->Activate(GetParam(), dx.data(), 4, 1, 4, dx.data(), 4);
  const std::vector<float> y = dx.Read();
  const bool tanh = GetParam() == Unary::kTanh;
  EXPECT_NEAR(y[0], tanh ? -1 : 0, 1e-30);
  EXPECT_NEAR(y[1], tanh ? -1 : 0, 1e-30);
  EXPECT_EQ(y[2], tanh ? 1 : INFINITY);
  EXPECT_TRUE(std::isnan(y[3]));
}

INSTANTIATE_TEST_SUITE_P(Kinds, UnaryTest,
                         testing::Values(Unary::kGelu, Unary::kGeluTanh, Unary::kGeluQuick,
                                         Unary::kRelu, Unary::kSilu, Unary::kTanh));

TEST(RowOps, CombineSoftCapAndGatherRows) {
  const auto ops = NewOps();
  ASSERT_NE(ops, nullptr);
  const int64_t rows = 5;
  const int64_t dim = 131;
  const int64_t ld = dim + 3;
  const std::vector<float> a = Normal(rows * ld, 1, 20);
  const std::vector<float> b = Normal(rows * ld, 2);
  const OnDevice da(*ops, a);
  const OnDevice db(*ops, b);
  const OnDevice nothing(*ops, rows * ld, NAN);
  const OnDevice picked(*ops, rows * ld, 9.f);
  ops->Combine(2.f, da.data(), ld, 0.5f, db.data(), ld, rows, dim);
  ops->Combine(3.f, da.data(), ld, 0.f, nothing.data(), ld, rows, dim);  // b = 0 reads nothing
  ops->GatherRows(da.data(), ld, dim, {4, 0, 0, 2}, picked.data(), ld);
  ops->SoftCap(30.f, da.data(), ld, rows, dim);
  const std::vector<float> combined = db.Read();
  const std::vector<float> scaled = nothing.Read();
  const std::vector<float> rows_picked = picked.Read();
  const std::vector<float> capped = da.Read();
  const int64_t sources[] = {4, 0, 0, 2};
  for (int64_t r = 0; r < rows; ++r) {
    for (int64_t i = 0; i < dim; ++i) {
      const int64_t at = r * ld + i;
      ASSERT_NEAR(combined[at], 2.0 * a[at] + 0.5 * b[at], 1e-5);
      ASSERT_EQ(scaled[at], 3.f * a[at]);
      ASSERT_NEAR(capped[at], 30 * std::tanh(a[at] / 30.0), 1e-5);
      if (r < 4) {
        ASSERT_EQ(rows_picked[at], a[sources[r] * ld + i]);
      }
    }
    ASSERT_EQ(combined[r * ld + dim], b[r * ld + dim]);
    ASSERT_EQ(rows_picked[r * ld + dim], 9.f);
  }
}

// More than passes through the copy buffer at once, and many small pieces.
TEST(Copies, LargeAndMany) {
  const auto ops = NewOps();
  ASSERT_NE(ops, nullptr);
  const std::vector<float> large = Normal(3 << 20, 1);
  const OnDevice device(*ops, large);
  for (int i = 0; i < 9000; ++i) {  // comes round the buffer of 4 MiB
    const float v = static_cast<float>(i);
    ops->CopyIn(&v, sizeof(v), device.data() + i);
  }
  const std::vector<float> got = device.Read();
  for (int i = 0; i < 9000; ++i) ASSERT_EQ(got[i], static_cast<float>(i));
  EXPECT_TRUE(std::equal(large.begin() + 9000, large.end(), got.begin() + 9000));
}

TEST(Copies, MemoryIsZeroAtFirst) {
  const auto ops = NewOps();
  ASSERT_NE(ops, nullptr);
  const auto memory = ops->Allocate(1000);
  ASSERT_TRUE(memory.ok());
  std::vector<uint8_t> bytes(1000, 1);
  ASSERT_TRUE(ops->CopyOut(memory->get(), 1000, bytes.data()).ok());
  EXPECT_EQ(bytes, std::vector<uint8_t>(1000, 0));
  EXPECT_EQ(ops->Allocate(size_t{1} << 50).status().code(), absl::StatusCode::kResourceExhausted);
  EXPECT_TRUE(ops->Synchronize().ok()) << "a refused allocation must not spoil the rest";
}

}  // namespace
}  // namespace footnote::kernels::cuda
