#include "transformer/weights/block_quant.h"

#include <cmath>
#include <cstring>
#include <limits>
#include <memory>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "kernels/float16_portable.h"

namespace footnote::transformer {
namespace {

constexpr DType kRead[] = {DType::kF16,  DType::kBF16, DType::kQ8_0, DType::kQ4_0, DType::kQ4_1,
                           DType::kQ5_0, DType::kQ5_1, DType::kQ4_K, DType::kQ5_K, DType::kQ6_K};

constexpr DType kWritten[] = {DType::kF16,  DType::kBF16, DType::kQ8_0, DType::kQ4_0,
                              DType::kQ4_1, DType::kQ5_0, DType::kQ5_1};

class BlockQuantTest : public testing::TestWithParam<DType> {
 protected:
  // The file is the `gguf` package's own: tests/golden/gguf_blocks.py.
  void SetUp() override {
    auto file = OpenWeights(FOOTNOTE_TESTDATA "/golden/blocks.gguf");
    ASSERT_TRUE(file.ok()) << file.status();
    file_ = *std::move(file);
  }

  const TensorView& Tensor(const std::string& name) { return *file_->Find(name); }
  std::vector<float> Floats(const std::string& name) {
    const TensorView& view = Tensor(name);
    std::vector<float> out(static_cast<size_t>(view.elements()));
    std::memcpy(out.data(), view.data, view.bytes);
    return out;
  }

  std::unique_ptr<const WeightFile> file_;
};

TEST_P(BlockQuantTest, ReadsTheNumbersThatTheReferenceReads) {
  const std::string name(DTypeName(GetParam()));
  ASSERT_TRUE(CanDequantize(GetParam()));
  const TensorView& stored = Tensor(name);
  ASSERT_EQ(stored.dtype, GetParam());
  const std::vector<float> expected = Floats(name + ".values");
  ASSERT_EQ(static_cast<size_t>(stored.elements()), expected.size());
  std::vector<float> got(expected.size());
  DequantizeRow(GetParam(), stored.data, stored.elements(), got.data());
  for (size_t i = 0; i < got.size(); ++i) ASSERT_EQ(got[i], expected[i]) << name << " " << i;
}

class WriteTest : public BlockQuantTest {};

TEST_P(WriteTest, WritesTheBytesThatTheReferenceWrites) {
  ASSERT_TRUE(CanQuantize(GetParam()));
  const std::vector<float> source = Floats("source");
  const TensorView& expected = Tensor(std::string(DTypeName(GetParam())));
  std::string got(expected.bytes, '\0');
  QuantizeRow(GetParam(), source.data(), static_cast<int64_t>(source.size()), got.data());
  const size_t block = BlockOfDType(GetParam()).bytes;
  for (size_t i = 0; i < got.size(); i += block) {
    ASSERT_EQ(got.substr(i, block), std::string(expected.data + i, block)) << "block " << i / block;
  }
}

// A second pass over what was read loses nothing more than rounding of the scale.
TEST_P(WriteTest, WhatIsWrittenIsNearWhatWasGiven) {
  std::vector<float> x(256);
  for (size_t i = 0; i < x.size(); ++i) x[i] = std::sin(0.37f * static_cast<float>(i));
  std::vector<float> back(x.size());
  const DTypeBlock block = BlockOfDType(GetParam());
  std::string bytes(x.size() / static_cast<size_t>(block.elements) * block.bytes, '\0');
  QuantizeRow(GetParam(), x.data(), 256, bytes.data());
  DequantizeRow(GetParam(), bytes.data(), 256, back.data());
  const float bits = 8.0f * static_cast<float>(block.bytes) / static_cast<float>(block.elements);
  // The scales take half a bit to one and a half; a step is 2 / 2^bits or less.
  const float tolerance = block.elements == 1 ? 0.01f : 2.0f / std::exp2(std::floor(bits - 1));
  for (size_t i = 0; i < x.size(); ++i) EXPECT_NEAR(back[i], x[i], tolerance) << i;
}

INSTANTIATE_TEST_SUITE_P(Types, BlockQuantTest, testing::ValuesIn(kRead),
                         [](const auto& info) { return std::string(DTypeName(info.param)); });

INSTANTIATE_TEST_SUITE_P(Types, WriteTest, testing::ValuesIn(kWritten),
                         [](const auto& info) { return std::string(DTypeName(info.param)); });

TEST(BlockQuantTypesTest, IntegersAreNeither) {
  for (const DType dtype : {DType::kI64, DType::kI32, DType::kI8, DType::kU8, DType::kBool}) {
    EXPECT_FALSE(CanDequantize(dtype)) << DTypeName(dtype);
    EXPECT_FALSE(CanQuantize(dtype)) << DTypeName(dtype);
  }
}

// Every half is a float, and rounds back to itself.
TEST(Float16Test, EveryValueReturns) {
  using kernels::internal::HalfToFloat;
  using kernels::internal::RoundToHalf;
  for (uint32_t h = 0; h < 0x10000; ++h) {
    const float f = HalfToFloat(static_cast<uint16_t>(h));
    if ((h & 0x7C00) == 0x7C00 && (h & 0x3FF) != 0) {
      EXPECT_TRUE(std::isnan(f)) << h;
      EXPECT_TRUE(std::isnan(HalfToFloat(RoundToHalf(f)))) << h;
      continue;
    }
    ASSERT_EQ(RoundToHalf(f), h);
    const int exponent = static_cast<int>((h >> 10) & 31), fraction = static_cast<int>(h & 1023);
    double value =
        std::ldexp(exponent == 0 ? fraction : 1024 + fraction, (exponent == 0 ? 1 : exponent) - 25);
    if (exponent == 31) value = std::numeric_limits<double>::infinity();
    ASSERT_EQ(f, (h & 0x8000) != 0 ? -value : value) << h;
  }
}

// Between two neighbours: the middle goes to the even one, the rest to the nearer.
TEST(Float16Test, RoundsToNearestTiesToEven) {
  using kernels::internal::HalfToFloat;
  using kernels::internal::RoundToHalf;
  for (uint16_t h = 0; h < 0x7BFF; ++h) {
    const auto next = static_cast<uint16_t>(h + 1);
    const float middle = (HalfToFloat(h) + HalfToFloat(next)) / 2;
    ASSERT_EQ(RoundToHalf(middle), h % 2 == 0 ? h : next);
    ASSERT_EQ(RoundToHalf(std::nextafter(middle, 0.0f)), h);
    ASSERT_EQ(RoundToHalf(std::nextafter(middle, 1e9f)), next);
    ASSERT_EQ(RoundToHalf(-middle), (h % 2 == 0 ? h : next) | 0x8000);
  }
  EXPECT_EQ(RoundToHalf(65519.996f), 0x7BFF);
  EXPECT_EQ(RoundToHalf(65520.0f), 0x7C00);
  EXPECT_EQ(RoundToHalf(1e30f), 0x7C00);
}

}  // namespace
}  // namespace footnote::transformer
