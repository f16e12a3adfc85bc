// Packing, products and gathering of every weight format against f64.
#include <algorithm>
#include <cstring>
#include <string>
#include <tuple>

#include "kernels/matrix_pack_blocks.h"
#include "tests/kernels/cuda/testing.h"
#include "tests/kernels/weight_blocks.h"

namespace footnote::kernels::cuda {
namespace {

using testing_blocks::Dequantize;
using testing_blocks::RandomBlocks;

struct Case {
  WeightFormat stored = WeightFormat::kF32;
  WeightFormat kept = WeightFormat::kF32;
  int64_t n = 1;
  int64_t k = 1;
};

std::ostream& operator<<(std::ostream& out, const Case& c) {
  return out << WeightFormatName(c.stored) << "_as_" << WeightFormatName(c.kept) << "_" << c.n
             << "x" << c.k;
}

// What a kept matrix means, [n, k].
std::vector<double> Kept(const Case& c, const std::vector<uint8_t>& data) {
  std::vector<double> w = Dequantize(c.stored, data.data(), c.n, c.k);
  if (c.kept == c.stored) return w;
  const int64_t width = (c.k + 31) / 32 * 32;
  for (int64_t r = 0; r < c.n; ++r) {
    double* row = &w[r * c.k];
    if (c.kept == WeightFormat::kInt8) {
      float largest = 0;
      for (int64_t i = 0; i < c.k; ++i) {
        largest = std::max(largest, std::fabs(static_cast<float>(row[i])));
      }
      const float scale = largest / 127.f;
      for (int64_t i = 0; i < c.k; ++i) {
        row[i] = scale * std::nearbyint(static_cast<float>(row[i]) / scale);
      }
    } else if (c.kept == WeightFormat::kInt4) {
      std::vector<float> padded(width);
      for (int64_t i = 0; i < c.k; ++i) padded[i] = static_cast<float>(row[i]);
      std::vector<uint8_t> blocks(width / 32 * BlockOf(WeightFormat::kQ4_0).bytes);
      EXPECT_TRUE(internal::QuantizeQ4(padded.data(), width, blocks.data()));
      const std::vector<double> q = Dequantize(WeightFormat::kQ4_0, blocks.data(), 1, width);
      std::copy_n(q.begin(), c.k, row);
    }
  }
  return w;
}

class MatMulTest : public testing::TestWithParam<Case> {
 protected:
  void SetUp() override {
    const Case& c = GetParam();
    ops_ = NewOps();
    ASSERT_NE(ops_, nullptr);
    data_ = RandomBlocks(c.stored, c.n, c.k, 7);
    Pack(*ops_, &matrix_);
    weights_ = Kept(c, data_);
  }
  void Pack(CudaOps& ops, std::unique_ptr<const Matrix>* matrix) {
    const Case& c = GetParam();
    MatrixPart part;
    part.format = c.stored;
    part.data = data_.data();
    part.rows = c.n;
    part.cols = c.k;
    auto packed = ops.Pack({&part, 1}, c.kept);
    ASSERT_TRUE(packed.ok()) << packed.status();
    *matrix = *std::move(packed);
    EXPECT_EQ((*matrix)->n(), c.n);
    EXPECT_EQ((*matrix)->k(), c.k);
    EXPECT_EQ((*matrix)->format(), c.kept);
    EXPECT_GT((*matrix)->bytes(), 0u);
  }
  bool Blocks() const {
    const WeightFormat kept = GetParam().kept;
    return kept != WeightFormat::kF32 && kept != WeightFormat::kF16 && kept != WeightFormat::kBf16;
  }
  // The rows' products with f64 sums, and of magnitudes: what errors are proportional to.
  void Expect(CudaOps& ops, const Matrix& matrix, int64_t rows, float scale, bool bias, bool add,
              int64_t pad, double tolerance) {
    const Case& c = GetParam();
    const int64_t ldx = c.k + pad;
    const int64_t ldy = c.n + pad;
    // Whole numbers of which every group's largest is 127: exact in all activations' formats.
    std::mt19937 rng(static_cast<unsigned>(rows));
    std::uniform_int_distribution<int> number(-127, 127);
    std::vector<float> x(rows * ldx, NAN);
    for (int64_t r = 0; r < rows; ++r) {
      for (int64_t i = 0; i < c.k; ++i) {
        x[r * ldx + i] = i % 32 == 0 ? 127.f : static_cast<float>(number(rng));
      }
    }
    const std::vector<float> b = Normal(c.n, 3);
    const std::vector<float> before = Normal(rows * ldy, 4);
    const OnDevice dx(ops, x);
    const OnDevice db(ops, b);
    const OnDevice dy(ops, before);
    MatMulArgs args;
    args.w = &matrix;
    args.x = dx.data();
    args.ldx = ldx;
    args.rows = rows;
    args.bias = bias ? db.data() : nullptr;
    args.y = dy.data();
    args.ldy = ldy;
    args.add = add;
    args.scale = scale;
    ops.MatMul(args);
    const std::vector<float> y = dy.Read();
    for (int64_t r = 0; r < rows; ++r) {
      for (int64_t n = 0; n < ldy; ++n) {
        const float got = y[r * ldy + n];
        if (n >= c.n) {
          ASSERT_EQ(got, before[r * ldy + n]) << "written past row " << r;
          continue;
        }
        double sum = 0;
        double size = 0;
        for (int64_t i = 0; i < c.k; ++i) {
          const double product = weights_[n * c.k + i] * x[r * ldx + i];
          sum += product;
          size += std::fabs(product);
        }
        double want = scale * sum;
        if (bias) want += b[n];
        if (add) want += before[r * ldy + n];
        ASSERT_NEAR(got, want, tolerance * (std::fabs(scale) * size + std::fabs(want)) + 1e-6)
            << "row " << r << " output " << n << " of " << rows << " rows";
      }
    }
  }

  std::unique_ptr<CudaOps> ops_;
  std::vector<uint8_t> data_;
  std::unique_ptr<const Matrix> matrix_;
  std::vector<double> weights_;
};

TEST_P(MatMulTest, FewRowsAreExactUpToSums) {
  for (const int64_t rows : {1, 2, 4, 5, 8})
    Expect(*ops_, *matrix_, rows, 1, false, false, 0, 2e-6);
  Expect(*ops_, *matrix_, 3, 0.5f, true, true, 3, 2e-6);
}

TEST_P(MatMulTest, ManyRows) {
  // Blocks go through bf16 weights then; their activations are exact in bf16.
  const double tolerance = Blocks()                                ? 1.0 / 256
                           : GetParam().kept == WeightFormat::kF32 ? 2e-6
                                                                   : 1e-5;
  Expect(*ops_, *matrix_, 9, 1, false, false, 0, tolerance);
  Expect(*ops_, *matrix_, 35, 2, true, false, 5, tolerance);
  Expect(*ops_, *matrix_, 33, 1, true, true, 0, tolerance);
}

TEST_P(MatMulTest, DeterministicRowsDontDependOnTheirNeighbours) {
  const Case& c = GetParam();
  const auto ops = NewOps(true);
  ASSERT_NE(ops, nullptr);
  std::unique_ptr<const Matrix> matrix;
  Pack(*ops, &matrix);
  ASSERT_NE(matrix, nullptr);
  const int64_t rows = 19;
  const OnDevice x(*ops, Normal(rows * c.k, 5));
  const OnDevice all(*ops, rows * c.n, 0.f);
  const OnDevice one(*ops, rows * c.n, 0.f);
  MatMulArgs args;
  args.w = matrix.get();
  args.ldx = c.k;
  args.ldy = c.n;
  args.x = x.data();
  args.y = all.data();
  args.rows = rows;
  ops->MatMul(args);
  args.rows = 1;
  for (int64_t r = 0; r < rows; ++r) {
    args.x = x.data() + r * c.k;
    args.y = one.data() + r * c.n;
    ops->MatMul(args);
  }
  EXPECT_EQ(all.Read(), one.Read());
}

TEST_P(MatMulTest, GatherGivesTheStoredNumbers) {
  const Case& c = GetParam();
  std::vector<int32_t> ids;
  for (int64_t r = 0; r < 5; ++r) ids.push_back(static_cast<int32_t>((r * 7 + c.n - 1) % c.n));
  const int64_t ldy = c.k + 2;
  const OnDevice y(*ops_, ids.size() * ldy, 42.f);
  ops_->Gather(*matrix_, ids, y.data(), ldy);
  const std::vector<float> got = y.Read();
  for (size_t r = 0; r < ids.size(); ++r) {
    for (int64_t i = 0; i < c.k; ++i) {
      const double want = weights_[ids[r] * c.k + i];
      ASSERT_NEAR(got[r * ldy + i], want, 3e-6 * std::fabs(want) + 1e-7) << r << " " << i;
    }
    ASSERT_EQ(got[r * ldy + c.k], 42.f);
  }
}

std::vector<Case> Cases() {
  std::vector<Case> cases;
  using F = WeightFormat;
  for (const F f : {F::kF32, F::kF16, F::kBf16}) {
    for (const auto& [n, k] :
         {std::pair<int64_t, int64_t>{1, 1}, {7, 8}, {9, 33}, {2, 255}, {17, 256}, {8, 1030}}) {
      cases.push_back({f, f, n, k});
    }
  }
  for (const F f : {F::kQ8_0, F::kQ4_0, F::kQ4_1, F::kQ5_0, F::kQ5_1}) {
    for (const auto& [n, k] : {std::pair<int64_t, int64_t>{1, 32}, {9, 96}, {8, 1024}, {3, 1056}}) {
      cases.push_back({f, f, n, k});
    }
  }
  for (const F f : {F::kQ4_K, F::kQ5_K, F::kQ6_K}) {
    for (const auto& [n, k] : {std::pair<int64_t, int64_t>{1, 256}, {9, 512}, {3, 1280}}) {
      cases.push_back({f, f, n, k});
    }
  }
  for (const F made : {F::kInt8, F::kInt4}) {
    cases.push_back({F::kF32, made, 9, 40});
    cases.push_back({F::kBf16, made, 7, 256});
    cases.push_back({F::kQ6_K, made, 3, 256});
  }
  return cases;
}

INSTANTIATE_TEST_SUITE_P(Formats, MatMulTest, testing::ValuesIn(Cases()));

TEST(Pack, PartsOrdersAndTransposedData) {
  const auto ops = NewOps();
  ASSERT_NE(ops, nullptr);
  const std::vector<float> a = {1, 2, 3, 4, 5, 6};     // [2, 3]
  const std::vector<float> b = {7, 8, 9, 10, 11, 12};  // [3, 2]: transposed [2, 3]
  const std::vector<int32_t> order = {1, 0};
  MatrixPart parts[2];
  parts[0].data = a.data();
  parts[0].rows = 2;
  parts[0].cols = 3;
  parts[0].row_order = order.data();
  parts[1].data = b.data();
  parts[1].rows = 2;
  parts[1].cols = 3;
  parts[1].transposed = true;
  const auto matrix = ops->Pack(parts, WeightFormat::kBf16);
  ASSERT_TRUE(matrix.ok()) << matrix.status();
  const OnDevice y(*ops, 12, 0.f);
  ops->Gather(**matrix, {0, 1, 2, 3}, y.data(), 3);
  EXPECT_EQ(y.Read(), (std::vector<float>{4, 5, 6, 1, 2, 3, 7, 9, 11, 8, 10, 12}));
}

TEST(Pack, RefusesWhatIsNotFinite) {
  const auto ops = NewOps();
  ASSERT_NE(ops, nullptr);
  for (const WeightFormat kept : {WeightFormat::kF32, WeightFormat::kF16, WeightFormat::kInt8}) {
    const std::vector<float> values = {1, NAN};
    MatrixPart part;
    part.data = values.data();
    part.rows = 1;
    part.cols = 2;
    const auto matrix = ops->Pack({&part, 1}, kept);
    EXPECT_EQ(matrix.status().code(), absl::StatusCode::kDataLoss) << WeightFormatName(kept);
  }
  const std::vector<float> large = {1e6f, 1};
  MatrixPart part;
  part.data = large.data();
  part.rows = 1;
  part.cols = 2;
  EXPECT_EQ(ops->Pack({&part, 1}, WeightFormat::kF16).status().code(), absl::StatusCode::kDataLoss);
  EXPECT_EQ(ops->Pack({&part, 1}, WeightFormat::kQ4_0).status().code(),
            absl::StatusCode::kInvalidArgument);
}

// A NaN among the activations must reach the result: callers look for it there.
TEST(MatMul, NotANumberStays) {
  const auto ops = NewOps();
  ASSERT_NE(ops, nullptr);
  for (const WeightFormat format :
       {WeightFormat::kBf16, WeightFormat::kQ8_0, WeightFormat::kQ4_0}) {
    const std::vector<uint8_t> data = RandomBlocks(format, 4, 64, 1);
    MatrixPart part;
    part.format = format;
    part.data = data.data();
    part.rows = 4;
    part.cols = 64;
    const auto matrix = ops->Pack({&part, 1}, format);
    ASSERT_TRUE(matrix.ok()) << matrix.status();
    std::vector<float> x = Normal(64, 2);
    x[40] = NAN;
    const OnDevice dx(*ops, x);
    const OnDevice dy(*ops, 4, 0.f);
    MatMulArgs args;
    args.w = matrix->get();
    args.x = dx.data();
    args.ldx = 64;
    args.rows = 1;
    args.y = dy.data();
    args.ldy = 4;
    ops->MatMul(args);
    for (const float v : dy.Read()) EXPECT_TRUE(std::isnan(v)) << WeightFormatName(format);
  }
}

}  // namespace
}  // namespace footnote::kernels::cuda
