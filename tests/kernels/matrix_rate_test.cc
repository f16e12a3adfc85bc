#include "kernels/matrix_rate.h"

#include "gtest/gtest.h"

namespace footnote::kernels {
namespace {

TEST(MatrixRateTest, IsANumberOfThisWorld) {
  const auto ops = MakeCpuOps({1});
  MatrixRateOptions options;
  options.rows = 8;
  options.n = options.k = 64;
  options.passes = 1;
  for (const WeightFormat format : {WeightFormat::kF32, WeightFormat::kBf16, WeightFormat::kInt8}) {
    const auto rate = MeasureMatrixRate(*ops, format, options);
    ASSERT_TRUE(rate.ok()) << rate.status();
    EXPECT_GT(*rate, 1e3);
    EXPECT_LT(*rate, 1e15);
  }
}

TEST(MatrixRateTest, AFormatThatIsNotMadeIsAnError) {
  const auto ops = MakeCpuOps({1});
  EXPECT_FALSE(MeasureMatrixRate(*ops, WeightFormat::kQ4_K).ok());
}

}  // namespace
}  // namespace footnote::kernels
