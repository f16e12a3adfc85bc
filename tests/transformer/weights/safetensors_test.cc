#include "transformer/weights/safetensors.h"

#include <cstring>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/transformer/weights/weight_bytes.h"

namespace footnote::transformer {
namespace {

using testing::HasSubstr;
using testing_bytes::LittleEndian;
using testing_bytes::Safetensors;

std::string Tensor(absl::string_view name, absl::string_view dtype, absl::string_view shape,
                   absl::string_view offsets) {
  return absl::StrCat("\"", name, "\":{\"dtype\":\"", dtype, "\",\"shape\":", shape,
                      ",\"data_offsets\":", offsets, "}");
}

TEST(SafetensorsTest, ReadsTensorsInAnyOrder) {
  const std::string file = Safetensors(
      "{\"__metadata__\":{\"format\":\"pt\"}," + Tensor("b", "F32", "[2,1]", "[4,12]") + "," +
          Tensor("a", "I16", "[2]", "[0,4]") + "," + Tensor("none", "F32", "[0,7]", "[12,12]") +
          "," + Tensor("scalar", "U8", "[]", "[12,13]") + "}  ",
      std::string("\x01\0\xFF\xFF\0\0\x80\x3F\0\0\0\xC0\x07", 13));
  const auto tensors = ParseSafetensors(file);
  ASSERT_TRUE(tensors.ok()) << tensors.status();
  ASSERT_EQ(tensors->size(), 4u);
  const TensorView& b = tensors->at("b");
  EXPECT_EQ(b.dtype, DType::kF32);
  EXPECT_EQ(b.shape, (std::vector<int64_t>{2, 1}));
  ASSERT_EQ(b.bytes, 8u);
  float values[2];
  std::memcpy(values, b.data, sizeof values);
  EXPECT_EQ(values[0], 1.0f);
  EXPECT_EQ(values[1], -2.0f);
  EXPECT_EQ(tensors->at("a").bytes, 4u);
  EXPECT_EQ(tensors->at("none").bytes, 0u);
  EXPECT_EQ(tensors->at("none").elements(), 0);
  EXPECT_EQ(tensors->at("scalar").elements(), 1);
  EXPECT_EQ(*tensors->at("scalar").data, 7);
}

TEST(SafetensorsTest, AFileWithoutTensorsIsValid) {
  const auto tensors = ParseSafetensors(Safetensors("{}", ""));
  ASSERT_TRUE(tensors.ok()) << tensors.status();
  EXPECT_TRUE(tensors->empty());
}

struct BadCase {
  std::string name;
  std::string file;
  std::string message;
};

class BadSafetensorsTest : public testing::TestWithParam<BadCase> {};

TEST_P(BadSafetensorsTest, IsRefusedWithTheReason) {
  const auto tensors = ParseSafetensors(GetParam().file);
  ASSERT_FALSE(tensors.ok());
  EXPECT_EQ(tensors.status().code(), absl::StatusCode::kDataLoss) << tensors.status();
  EXPECT_THAT(tensors.status().message(), HasSubstr(GetParam().message));
}

std::string One(absl::string_view shape, absl::string_view offsets, size_t data_bytes,
                absl::string_view dtype = "F32") {
  return Safetensors("{" + Tensor("a", dtype, shape, offsets) + "}", std::string(data_bytes, 'x'));
}

std::string Two(absl::string_view first, absl::string_view second, size_t data_bytes) {
  return Safetensors(
      "{" + Tensor("a", "U8", "[4]", first) + "," + Tensor("b", "U8", "[4]", second) + "}",
      std::string(data_bytes, 'x'));
}

std::string ManyTensors(int n) {
  std::string header = "{";
  for (int i = 0; i < n; ++i) {
    absl::StrAppend(&header, i > 0 ? "," : "", Tensor(absl::StrCat("t", i), "U8", "[0]", "[0,0]"));
  }
  return Safetensors(header + "}", "");
}

INSTANTIATE_TEST_SUITE_P(
    Cases, BadSafetensorsTest,
    testing::Values(
        BadCase{"Empty", "", "only 0 bytes"}, BadCase{"FourBytes", "abcd", "only 4 bytes"},
        BadCase{"HeaderAboveCap", LittleEndian(100'000'001, 8) + "{}", "header has 100000001"},
        BadCase{"HeaderWraps", std::string(8, '\xFF') + "{}", "header has 18446744073709551615"},
        BadCase{"HeaderBeyondFile", LittleEndian(100, 8) + "{}", "ends within its header"},
        BadCase{"HeaderOneTooLong", LittleEndian(3, 8) + "{}", "ends within its header"},
        BadCase{"NoHeader", LittleEndian(0, 8), "not a JSON object"},
        BadCase{"Array", Safetensors("[]", ""), "not a JSON object"},
        BadCase{"LeadingSpace", Safetensors(" {}", ""), "not a JSON object"},
        BadCase{"NotJson", Safetensors("{\"a\":", ""), "not valid JSON"},
        BadCase{"Nul", Safetensors(std::string("{}\0", 3), ""), "a NUL"},
        BadCase{"TwoObjects", Safetensors("{}{}", ""), "not valid JSON"},
        BadCase{"InvalidUtf8", Safetensors("{\"\xFF\":1}", ""), "not valid JSON"},
        BadCase{"TensorIsNumber", Safetensors("{\"a\":1}", ""), "a number in the wrong place"},
        BadCase{"UnknownField", Safetensors("{\"a\":{\"x\":1}}", ""), "unknown field \"x\""},
        BadCase{"NoShape", Safetensors("{\"a\":{\"dtype\":\"F32\"}}", ""), "lacks dtype, shape"},
        BadCase{"DTypeTwice", Safetensors("{\"a\":{\"dtype\":\"F32\",\"dtype\":\"F16\"}}", ""),
                "\"dtype\" twice"},
        BadCase{"DTypeIsNumber", Safetensors("{\"a\":{\"dtype\":1}}", ""), "wrong place"},
        BadCase{"NestedShape", One("[[1]]", "[0,4]", 4), "wrong place"},
        BadCase{"NegativeDimension", One("[-1]", "[0,4]", 4), "a negative number"},
        BadCase{"FloatDimension", One("[1.0]", "[0,4]", 4), "not a 64-bit integer"},
        BadCase{"DimensionAbove64Bits", One("[18446744073709551616]", "[0,4]", 4),
                "not a 64-bit integer"},
        BadCase{"DimensionAbove63Bits", One("[18446744073709551615]", "[0,4]", 4), "dimension"},
        BadCase{"NineDimensions", One("[1,1,1,1,1,1,1,1,1]", "[0,4]", 4), "more than 8"},
        // 2^32 * 2^32 wraps to 0, 2^31 * 2^31 * 4 too.
        BadCase{"ProductWraps", One("[4294967296,4294967296]", "[0,0]", 0), "does not fit"},
        BadCase{"BytesWrap", One("[2147483648,2147483648]", "[0,0]", 0), "does not fit"},
        BadCase{"WrapHiddenByZero", One("[4294967296,4294967296,0]", "[0,0]", 0), "does not fit"},
        BadCase{"OneOffset", One("[1]", "[0]", 4), "1 data_offsets"},
        BadCase{"ThreeOffsets", One("[1]", "[0,4,4]", 4), "more than two"},
        BadCase{"OffsetsSwapped", One("[1]", "[4,0]", 4), "at bytes 4 to 0"},
        BadCase{"BeyondFile", One("[1]", "[0,4]", 3), "at bytes 0 to 4 of 3"},
        BadCase{"OffsetWraps", One("[1]", "[18446744073709551612,18446744073709551616]", 4),
                "not a 64-bit integer"},
        BadCase{"SizeTooSmall", One("[2]", "[0,4]", 4), "need 8"},
        BadCase{"SizeTooLarge", One("[1]", "[0,8]", 8), "need 4"},
        BadCase{"TrailingByte", One("[1]", "[0,4]", 5), "1 bytes after its last tensor"},
        BadCase{"OnlyTrailing", Safetensors("{}", "x"), "1 bytes after its last tensor"},
        BadCase{"GapBefore", One("[1]", "[1,5]", 5), "belong to no tensor"},
        BadCase{"GapBetween", Two("[0,4]", "[5,9]", 9), "belong to no tensor"},
        BadCase{"Overlap", Two("[0,4]", "[3,7]", 7), "same bytes"},
        BadCase{"SameRange", Two("[0,4]", "[0,4]", 4), "same bytes"},
        BadCase{"NameTwice",
                Safetensors("{" + Tensor("a", "U8", "[1]", "[0,1]") + "," +
                                Tensor("a", "U8", "[1]", "[1,2]") + "}",
                            "xy"),
                "\"a\" twice"},
        BadCase{"MetadataTwice", Safetensors("{\"__metadata__\":{},\"__metadata__\":{}}", ""),
                "twice"},
        BadCase{"MetadataNested", Safetensors("{\"__metadata__\":{\"a\":{}}}", ""), "wrong place"},
        BadCase{"DeepNesting", Safetensors("{\"a\":" + std::string(100'000, '[') + "}", ""),
                "wrong place"},
        BadCase{"TooManyTensors", ManyTensors(100'001), "more than 100000 tensors"}),
    [](const auto& info) { return info.param.name; });

TEST(SafetensorsTest, AnUnknownElementTypeIsNamed) {
  const auto tensors = ParseSafetensors(One("[1]", "[0,1]", 1, "F8_E4M3"));
  EXPECT_EQ(tensors.status().code(), absl::StatusCode::kUnimplemented);
  EXPECT_THAT(tensors.status().message(), HasSubstr("F8_E4M3"));
}

// Every file cut short, and every bit of a header turned over: an error or a
// table that is still inside the file, never a crash.
TEST(SafetensorsTest, CutAndFlippedFilesAreHandled) {
  const std::string good = Safetensors("{" + Tensor("a", "F32", "[2,2]", "[0,16]") + "," +
                                           Tensor("b", "F16", "[3]", "[16,22]") + "}",
                                       std::string(22, 'x'));
  ASSERT_TRUE(ParseSafetensors(good).ok());
  for (size_t n = 0; n < good.size(); ++n) {
    EXPECT_FALSE(ParseSafetensors(absl::string_view(good).substr(0, n)).ok()) << n;
  }
  const size_t header_end = good.size() - 22;
  for (size_t bit = 0; bit < 8 * header_end; ++bit) {
    std::string bad = good;
    bad[bit / 8] = static_cast<char>(bad[bit / 8] ^ (1 << (bit % 8)));
    const auto tensors = ParseSafetensors(bad);
    if (!tensors.ok()) continue;
    for (const auto& [name, view] : *tensors) {
      EXPECT_GE(view.data, bad.data());
      EXPECT_LE(view.data + view.bytes, bad.data() + bad.size());
    }
  }
}

}  // namespace
}  // namespace footnote::transformer
