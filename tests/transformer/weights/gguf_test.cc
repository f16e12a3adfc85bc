#include "transformer/weights/gguf.h"

#include <cstring>
#include <fstream>
#include <iterator>
#include <limits>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/transformer/weights/weight_bytes.h"

namespace footnote::transformer {
namespace {

using namespace testing_bytes;  // NOLINT: a vocabulary for bytes
using testing::ElementsAre;
using testing::HasSubstr;

constexpr uint64_t kMax = std::numeric_limits<uint64_t>::max();
// Numbers of types in the file.
constexpr uint32_t kU32 = 4, kBool = 7, kText = 8, kArray = 9, kU64 = 10;
constexpr uint32_t kF32 = 0, kQ8_0 = 8, kQ4_K = 12;

std::string ReadAll(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return std::string((std::istreambuf_iterator<char>(in)), {});
}

// The file is the `gguf` package's own: tests/golden/gguf_blocks.py.
TEST(GgufTest, ReadsAFileOfTheGgufPackage) {
  const auto file = OpenWeights(FOOTNOTE_TESTDATA "/golden/blocks.gguf");
  ASSERT_TRUE(file.ok()) << file.status();
  EXPECT_EQ((*file)->format(), "gguf");
  ASSERT_NE((*file)->gguf(), nullptr);
  const GgufMetadata& metadata = *(*file)->gguf();
  EXPECT_EQ(*metadata.String("general.architecture"), "test");
  EXPECT_EQ(*metadata.Int("test.u8"), 255);
  EXPECT_EQ(*metadata.Int("test.i8"), -128);
  EXPECT_EQ(*metadata.Int("test.u16"), 65535);
  EXPECT_EQ(*metadata.Int("test.i16"), -32768);
  EXPECT_EQ(*metadata.Int("test.u32"), 4294967295);
  EXPECT_EQ(*metadata.Int("test.i32"), std::numeric_limits<int32_t>::min());
  EXPECT_EQ(metadata.Find("test.u64")->u, kMax);
  EXPECT_EQ(*metadata.Int("test.i64"), std::numeric_limits<int64_t>::min());
  EXPECT_EQ(*metadata.Number("test.f32"), 0.5);
  EXPECT_EQ(*metadata.Number("test.f64"), 0.1);
  EXPECT_EQ(*metadata.Number("test.i8"), -128);
  EXPECT_EQ(metadata.Find("test.bool")->kind, GgufValue::Kind::kBool);
  EXPECT_EQ(metadata.Find("test.bool")->u, 1u);
  EXPECT_EQ(*metadata.String("test.string"), "größer");
  EXPECT_THAT(metadata.Find("test.strings")->ss, ElementsAre("a", "", "bc"));
  EXPECT_THAT(metadata.Find("test.ints")->is, ElementsAre(1, -2, 3));
  EXPECT_THAT(metadata.Find("test.floats")->fs, ElementsAre(0.5f, -1.5f));
  EXPECT_EQ(metadata.Find("test.bools")->element, GgufValue::Kind::kBool);
  EXPECT_THAT(metadata.Find("test.bools")->us, ElementsAre(1, 0));

  const TensorView* source = (*file)->Find("source");
  ASSERT_NE(source, nullptr);
  EXPECT_EQ(source->dtype, DType::kF32);
  EXPECT_EQ(source->shape, (std::vector<int64_t>{5, 256}));  // the outermost first
  const TensorView* q6 = (*file)->Find("Q6_K");
  EXPECT_EQ(q6->dtype, DType::kQ6_K);
  EXPECT_EQ(q6->shape, (std::vector<int64_t>{5, 256}));
  EXPECT_EQ(q6->bytes, 5u * 210);
  EXPECT_EQ((*file)->names().size(), 21u);
}

TEST(GgufTest, WrongKindsAreNamed) {
  const auto contents = ParseGguf(Gguf(
      {GgufPair("s", kText, GgufString("x")), GgufPair("n", kU64, LittleEndian(kMax, 8))}, {}, ""));
  ASSERT_TRUE(contents.ok()) << contents.status();
  const GgufMetadata& metadata = contents->metadata;
  for (const absl::Status& status :
       {metadata.Int("s").status(), metadata.Number("s").status(), metadata.String("n").status(),
        metadata.Int("n").status(), metadata.Int("absent").status(),
        metadata.Number("absent").status(), metadata.String("absent").status()}) {
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << status;
  }
  EXPECT_THAT(metadata.Int("s").status().message(), HasSubstr("\"s\" is not an integer"));
  EXPECT_THAT(metadata.Int("absent").status().message(), HasSubstr("lack \"absent\""));
}

TEST(GgufTest, BothVersionsAndOtherAlignmentsAreRead) {
  const std::string x = LittleEndian(0x3F800000, 4);
  for (const uint32_t version : {2u, 3u}) {
    for (const uint64_t alignment : {1u, 8u, 64u, 4096u}) {
      const std::string gap((alignment - 4 % alignment) % alignment, '\0');
      const auto file =
          Gguf({GgufPair("general.alignment", kU32, LittleEndian(alignment, 4))},
               {GgufTensor("a", {1}, kF32, 0), GgufTensor("b", {1}, kF32, 4 + gap.size())},
               x + gap + x, alignment, version);
      const auto contents = ParseGguf(file);
      ASSERT_TRUE(contents.ok()) << contents.status();
      float value = 0;
      std::memcpy(&value, contents->tensors.at("b").data, 4);
      EXPECT_EQ(value, 1.0f) << alignment;
    }
  }
}

struct BadCase {
  std::string name;
  std::string file;
  std::string message;
  absl::StatusCode code = absl::StatusCode::kDataLoss;
};

class BadGgufTest : public testing::TestWithParam<BadCase> {};

TEST_P(BadGgufTest, IsRefusedWithTheReason) {
  const auto contents = ParseGguf(GetParam().file);
  ASSERT_FALSE(contents.ok());
  EXPECT_EQ(contents.status().code(), GetParam().code) << contents.status();
  EXPECT_THAT(contents.status().message(), HasSubstr(GetParam().message));
}

// A file with one tensor of F32s, its description and data as given.
std::string One(const std::string& tensor, size_t data_bytes) {
  return Gguf({}, {tensor}, std::string(data_bytes, 'x'));
}
std::string Two(uint64_t first, uint64_t second, size_t data_bytes) {
  return Gguf({}, {GgufTensor("a", {8}, kF32, first), GgufTensor("b", {8}, kF32, second)},
              std::string(data_bytes, 'x'));
}
std::string Pairs(const std::vector<std::string>& pairs) { return Gguf(pairs, {}, ""); }
std::string Aligned(uint32_t type, uint64_t alignment, int width) {
  return Pairs({GgufPair("general.alignment", type, LittleEndian(alignment, width))});
}
std::string Array(uint32_t element, uint64_t n, absl::string_view elements) {
  return Pairs({GgufPair("k", kArray,
                         absl::StrCat(LittleEndian(element, 4), LittleEndian(n, 8), elements))});
}
const std::string kPair = GgufPair("k", kU32, LittleEndian(1, 4));  // NOLINT(cert-err58-cpp)
const std::string kTensor = GgufTensor("a", {8}, kF32, 0);          // NOLINT(cert-err58-cpp)
const std::string kData(32, 'x');                                   // NOLINT(cert-err58-cpp)
constexpr absl::StatusCode kUnsupported = absl::StatusCode::kUnimplemented;

// Lengths and counts: see the GGUF rows of known failures (TALOS-2024-1912 to
// 1916, CVE-2025-53630, CVE-2026-33298, CVE-2026-7482).
INSTANTIATE_TEST_SUITE_P(
    Lengths, BadGgufTest,
    testing::Values(
        BadCase{"Empty", "", "begin with \"GGUF\""}, BadCase{"FourBytes", "GGUF", "its version"},
        BadCase{"OtherMagic", "GGML" + std::string(60, '\0'), "begin with \"GGUF\""},
        BadCase{"Version1", GgufHeader(0, 0, 1), "version 1", kUnsupported},
        BadCase{"Version4", GgufHeader(0, 0, 4), "version 4", kUnsupported},
        BadCase{"BigEndian", GgufHeader(0, 0, 0x03000000), "big-endian", kUnsupported},
        BadCase{"TensorCountMax", GgufHeader(kMax, 0), "18446744073709551615 as the number"},
        BadCase{"TensorCountWraps", GgufHeader(kMax / 24 + 1, 0), "the number of tensors"},
        BadCase{"TensorCountPlusOne", GgufHeader(2, 0) + kTensor, "the number of tensors"},
        BadCase{"TensorCountMinusOne", GgufHeader(1, 0) + kTensor + kTensor + std::string(92, 'x'),
                "bytes after its last tensor"},
        BadCase{"PairCountMax", GgufHeader(0, kMax), "the number of metadata values"},
        BadCase{"PairCountWraps", GgufHeader(0, kMax / 13 + 1), "the number of metadata values"},
        BadCase{"PairCountPlusOne", GgufHeader(0, 2) + kPair, "the number of metadata values"},
        BadCase{"PairCountMinusOne", GgufHeader(1, 1) + kPair + kPair + kTensor,
                "ends within tensor"},
        BadCase{"KeyLengthMax", GgufHeader(0, 1) + LittleEndian(kMax, 8) + std::string(30, 'x'),
                "has 18446744073709551615 bytes"},
        BadCase{"KeyLengthWraps",
                GgufHeader(0, 1) + LittleEndian(kMax - 7, 8) + std::string(30, 'x'), "bytes"},
        BadCase{"KeyLengthPlusOne", GgufHeader(0, 1) + LittleEndian(14, 8) + std::string(13, 'x'),
                "has 14 bytes; 13"},
        BadCase{"KeyEmpty", Pairs({GgufPair("", kU32, LittleEndian(1, 4))}), "key of 0 bytes"},
        BadCase{"KeyTooLong", Pairs({GgufPair(std::string(65536, 'k'), kU32, LittleEndian(1, 4))}),
                "key of 65536 bytes"},
        BadCase{"KeyTwice", Pairs({kPair, kPair}), "\"k\" twice"},
        BadCase{"UnknownValueType", Pairs({GgufPair("k", 13, LittleEndian(1, 4))}),
                "unknown value type 13"},
        BadCase{"BoolIsTwo", Pairs({GgufPair("k", kBool, "\x02")}), "the boolean 2"},
        BadCase{"ValueCut", GgufHeader(0, 1) + GgufPair("kkk", kU32, "xx"),
                "ends within the metadata value \"kkk\""},
        BadCase{"StringLengthMax", Pairs({GgufPair("k", kText, LittleEndian(kMax, 8))}),
                "has 18446744073709551615 bytes"},
        BadCase{"ArrayLengthMax", Array(kU32, kMax, "xxxx"), "the length of"},
        BadCase{"ArrayLengthWraps", Array(kU32, kMax / 4 + 2, "xxxx"), "the length of"},
        BadCase{"ArrayOfStringsWraps", Array(kText, kMax / 8 + 2, GgufString("x")),
                "the length of"},
        BadCase{"ArrayOfStringsCut",
                GgufHeader(0, 1) + GgufPair("k", kArray,
                                            LittleEndian(kText, 4) + LittleEndian(1, 8) +
                                                LittleEndian(2, 8) + "x"),
                "has 2 bytes; 1"},
        BadCase{"ArrayOfUnknown", Array(13, 0, ""), "unknown value type 13"},
        BadCase{"NestedArray", Array(kArray, 1, std::string(64, '\0')), "array of arrays",
                kUnsupported},
        BadCase{"Split", Pairs({GgufPair("split.count", 2, LittleEndian(3, 2))}), "one of 3 parts",
                kUnsupported}),
    [](const auto& info) { return info.param.name; });

INSTANTIATE_TEST_SUITE_P(
    Tensors, BadGgufTest,
    testing::Values(
        BadCase{"NameLengthMax", GgufHeader(1, 0) + LittleEndian(kMax, 8) + std::string(60, 'x'),
                "the name of tensor 0 has 18446744073709551615 bytes"},
        BadCase{"FiveDimensions", One(GgufTensor("a", {1, 1, 1, 1, 1}, kF32, 0), 32),
                "5 dimensions"},
        BadCase{
            "DimensionCountMax",
            GgufHeader(1, 0) + GgufString("a") + LittleEndian(0xFFFFFFFF, 4) + std::string(60, 'x'),
            "4294967295 dimensions"},
        BadCase{"DimensionMax", One(GgufTensor("a", {kMax}, kF32, 0), 32), "dimension"},
        BadCase{"DimensionMinusOneOf63Bits", One(GgufTensor("a", {kMax / 2 + 1}, kF32, 0), 32),
                "dimension"},
        // 2^32 * 2^32 elements wrap to 0; 2^62 * 4 bytes too; the last to 64 bytes.
        BadCase{"ElementsWrap", One(GgufTensor("a", {1ull << 32, 1ull << 32}, kF32, 0), 32),
                "does not fit"},
        BadCase{"BytesWrap", One(GgufTensor("a", {1ull << 62}, kF32, 0), 32), "does not fit"},
        BadCase{"BytesWrapTo64", One(GgufTensor("a", {(1ull << 62) + 16}, kF32, 0), 64),
                "does not fit"},
        BadCase{"BlocksWrap", One(GgufTensor("a", {256, 1ull << 56}, kQ4_K, 0), 64),
                "does not fit"},
        BadCase{"WrapHiddenByZero", One(GgufTensor("a", {1ull << 32, 1ull << 32, 0}, kF32, 0), 0),
                "does not fit"},
        BadCase{"PartOfABlock", One(GgufTensor("a", {33}, kQ8_0, 0), 68), "whole number of Q8_0"},
        BadCase{"UnknownElementType", One(GgufTensor("a", {8}, 4, 0), 32), "type number 4",
                kUnsupported},
        BadCase{"UnsupportedElementType", One(GgufTensor("a", {256}, 10, 0), 256), "Q2_K",
                kUnsupported},
        BadCase{"ElementTypeMax", One(GgufTensor("a", {8}, 0xFFFFFFFF, 0), 32), "4294967295",
                kUnsupported},
        BadCase{"BeyondTheFile", One(kTensor, 31), "32 bytes at byte 0 of 31"},
        BadCase{"NoData", Gguf({}, {kTensor}, ""), "32 bytes at byte 0 of 0"},
        BadCase{"HeaderFillsTheFile", GgufHeader(1, 0) + kTensor, "ends before its data"},
        BadCase{"OffsetBeyondTheFile", One(GgufTensor("a", {8}, kF32, 64), 32), "at byte 64 of 32"},
        BadCase{"OffsetPlusSizeWraps", One(GgufTensor("a", {8}, kF32, kMax - 31), 32), "at byte"},
        // 2^63 + 2^63 + 64: the sum of both sizes would be 64.
        BadCase{"SumWrapsTo64", Two(1ull << 63, 64, 64), "bytes of data"},
        BadCase{"OffsetNotAligned", One(GgufTensor("a", {8}, kF32, 4), 36), "not a multiple of 32"},
        BadCase{"SameBytes", Two(0, 0, 64), "on the bytes of another"},
        BadCase{"Overlap",
                Gguf({}, {GgufTensor("a", {16}, kF32, 0), GgufTensor("b", {8}, kF32, 32)},
                     std::string(64, 'x')),
                "\"b\" is on the bytes of another"},
        BadCase{"Gap", Two(0, 64, 96), "belong to no tensor"},
        BadCase{"TrailingBytes", One(kTensor, 33), "1 bytes after its last tensor"},
        BadCase{"GapBefore", One(GgufTensor("a", {8}, kF32, 32), 64), "belong to no tensor"},
        BadCase{"NameTwice",
                Gguf({}, {kTensor, GgufTensor("a", {8}, kF32, 32)}, std::string(64, 'x')),
                "\"a\" twice"},
        BadCase{"Alignment0", Aligned(kU32, 0, 4), "0 as \"general.alignment\""},
        BadCase{"Alignment48", Aligned(kU32, 48, 4), "not a power of two"},
        BadCase{"AlignmentTooLarge", Aligned(kU64, 1ull << 62, 8), "not a power of two below"},
        BadCase{"AlignmentMax", Aligned(kU64, kMax, 8), "below 2^63"},
        BadCase{"AlignmentNegative", Aligned(5, 0xFFFFFFFF, 4), "-1 as"},
        BadCase{"AlignmentIsText", Pairs({GgufPair("general.alignment", kText, GgufString("32"))}),
                "not an integer"},
        BadCase{
            "AlignmentBeyondTheFile",
            Gguf({GgufPair("general.alignment", kU32, LittleEndian(1 << 30, 4))}, {kTensor}, kData),
            "ends before its data"}),
    [](const auto& info) { return info.param.name; });

TEST(GgufTest, TooManyArrayElementsAreRefused) {
  const uint64_t n = (uint64_t{1} << 24) + 1;
  const auto contents = ParseGguf(Array(0, n, std::string(n, 'x')));
  EXPECT_EQ(contents.status().code(), absl::StatusCode::kDataLoss) << contents.status();
  EXPECT_THAT(contents.status().message(), HasSubstr("more than 16777216 elements"));
}

// Every file cut short, and every bit of a header turned over: an error or a
// table that is still inside the file, never a crash.
TEST(GgufTest, CutAndFlippedFilesAreHandled) {
  const std::string good = Gguf(
      {kPair, GgufPair("s", kText, GgufString("text")),
       GgufPair("a", kArray,
                LittleEndian(kText, 4) + LittleEndian(2, 8) + GgufString("x") + GgufString("yz"))},
      {kTensor, GgufTensor("b", {32, 2}, kQ8_0, 32)}, std::string(32 + 68, 'x'));
  ASSERT_TRUE(ParseGguf(good).ok()) << ParseGguf(good).status();
  for (size_t n = 0; n < good.size(); ++n) {
    EXPECT_FALSE(ParseGguf(absl::string_view(good).substr(0, n)).ok()) << n;
  }
  const size_t header_end = good.size() - 100;
  for (size_t bit = 0; bit < 8 * header_end; ++bit) {
    std::string bad = good;
    bad[bit / 8] = static_cast<char>(bad[bit / 8] ^ (1 << (bit % 8)));
    const auto contents = ParseGguf(bad);
    if (!contents.ok()) continue;
    for (const auto& [name, view] : contents->tensors) {
      EXPECT_GE(view.data, bad.data());
      EXPECT_LE(view.data + view.bytes, bad.data() + bad.size());
    }
  }
}

TEST(GgufTest, TheGoldenFileCutAnywhereIsRefused) {
  const std::string good = ReadAll(FOOTNOTE_TESTDATA "/golden/blocks.gguf");
  ASSERT_GT(good.size(), 10'000u);
  // The last tensor may be followed by padding.
  for (size_t n = 0; n < good.size() - 32; n += 7) {
    EXPECT_FALSE(ParseGguf(absl::string_view(good).substr(0, n)).ok()) << n;
  }
}

}  // namespace
}  // namespace footnote::transformer
