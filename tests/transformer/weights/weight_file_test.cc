#include "transformer/weights/weight_file.h"

#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/transformer/weights/weight_bytes.h"
#include "transformer/weights/pytorch.h"

namespace footnote::transformer {
namespace {

using namespace testing_bytes;  // NOLINT: a vocabulary for bytes
using testing::ElementsAre;
using testing::HasSubstr;

std::string ReadAll(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return std::string((std::istreambuf_iterator<char>(in)), {});
}

class WeightFileTest : public testing::Test {
 protected:
  void SetUp() override {
    dir_ = std::string(testing::TempDir()) + "/weights_" +
           testing::UnitTest::GetInstance()->current_test_info()->name();
    std::filesystem::remove_all(dir_);
    std::filesystem::create_directories(dir_);
  }
  void TearDown() override { std::filesystem::remove_all(dir_); }

  std::string Write(const std::string& name, const std::string& bytes) {
    const std::string path = dir_ + "/" + name;
    std::ofstream(path, std::ios::binary) << bytes;
    return path;
  }

  std::string dir_;
};

template <typename T>
std::vector<T> Values(const TensorView* view) {
  std::vector<T> out(view->bytes / sizeof(T));
  std::memcpy(out.data(), view->data, view->bytes);
  return out;
}

// The file is torch.save's own: tests/golden/weights.py.
TEST_F(WeightFileTest, ReadsAFileOfTorchSave) {
  const auto file = OpenWeights(FOOTNOTE_TESTDATA "/golden/state_dict.bin");
  ASSERT_TRUE(file.ok()) << file.status();
  EXPECT_EQ((*file)->format(), "pytorch");
  EXPECT_THAT((*file)->names(),
              ElementsAre("a.row", "a.tied", "a.weight", "b", "empty", "half", "ids", "scalar"));
  EXPECT_THAT(Values<float>((*file)->Find("a.weight")), ElementsAre(0, 1, 2, 3, 4, 5));
  EXPECT_EQ((*file)->Find("a.weight")->shape, (std::vector<int64_t>{2, 3}));
  EXPECT_EQ((*file)->Find("a.tied")->data, (*file)->Find("a.weight")->data);
  EXPECT_THAT(Values<float>((*file)->Find("a.row")), ElementsAre(3, 4, 5));
  EXPECT_EQ((*file)->Find("b")->dtype, DType::kBF16);
  EXPECT_THAT(Values<uint16_t>((*file)->Find("b")), ElementsAre(0x3FC0, 0xC000));
  EXPECT_EQ((*file)->Find("half")->dtype, DType::kF16);
  EXPECT_THAT(Values<int64_t>((*file)->Find("ids")), ElementsAre(0, 1, 2, 3));
  EXPECT_EQ((*file)->Find("empty")->bytes, 0u);
  EXPECT_THAT(Values<float>((*file)->Find("scalar")), ElementsAre(3));
  EXPECT_EQ((*file)->Find("missing"), nullptr);
}

TEST_F(WeightFileTest, AFileOfTorchSaveCutOrFlippedIsHandled) {
  const std::string good = ReadAll(FOOTNOTE_TESTDATA "/golden/state_dict.bin");
  ASSERT_GT(good.size(), 1000u);
  for (size_t n = 0; n < good.size(); ++n) {
    EXPECT_FALSE(ParsePytorch(absl::string_view(good).substr(0, n)).ok()) << n;
  }
  for (size_t bit = 0; bit < 8 * good.size(); ++bit) {
    std::string bad = good;
    bad[bit / 8] = static_cast<char>(bad[bit / 8] ^ (1 << (bit % 8)));
    const auto tensors = ParsePytorch(bad);
    if (!tensors.ok()) continue;
    for (const auto& [name, view] : *tensors) {
      ASSERT_GE(view.data, bad.data());
      ASSERT_LE(view.data + view.bytes, bad.data() + bad.size());
    }
  }
}

TEST_F(WeightFileTest, AFolderPrefersSafetensors) {
  Write("pytorch_model.bin", ReadAll(FOOTNOTE_TESTDATA "/golden/state_dict.bin"));
  auto file = OpenWeights(dir_);
  ASSERT_TRUE(file.ok()) << file.status();
  EXPECT_EQ((*file)->format(), "pytorch");
  Write("model.safetensors", Safetensors("{}", ""));
  file = OpenWeights(dir_);
  ASSERT_TRUE(file.ok()) << file.status();
  EXPECT_EQ((*file)->format(), "safetensors");
  EXPECT_EQ((*file)->path(), dir_ + "/model.safetensors");
}

TEST_F(WeightFileTest, ErrorsNameTheFile) {
  EXPECT_EQ(OpenWeights(dir_).status().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(OpenWeights(dir_ + "/none").status().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(OpenWeights(dir_ + "/none.bin").status().code(), absl::StatusCode::kNotFound);

  const std::string other = Write("weights.onnx", "ONNX");
  EXPECT_EQ(OpenWeights(other).status().code(), absl::StatusCode::kUnimplemented);
  EXPECT_THAT(OpenWeights(other).status().message(), HasSubstr(other));

  const std::string index = Write("model.safetensors.index.json", "{}");
  EXPECT_EQ(OpenWeights(dir_).status().code(), absl::StatusCode::kDataLoss);
  EXPECT_THAT(OpenWeights(dir_).status().message(), HasSubstr(index));

  const std::string damaged = Write("model.safetensors", "");
  EXPECT_EQ(OpenWeights(dir_).status().code(), absl::StatusCode::kDataLoss);
  EXPECT_THAT(OpenWeights(dir_).status().message(), HasSubstr(damaged + " is damaged"));

  std::filesystem::create_directories(dir_ + "/folder.safetensors/model.safetensors");
  EXPECT_FALSE(OpenWeights(dir_ + "/folder.safetensors").ok());
}

TEST_F(WeightFileTest, TheHashChangesWithAnyByte) {
  const std::string a = Write("a.safetensors", Safetensors("{}", ""));
  const std::string b = Write("b.safetensors", Safetensors("{} ", ""));
  EXPECT_EQ((*OpenWeights(a))->ContentHash(), (*OpenWeights(a))->ContentHash());
  EXPECT_NE((*OpenWeights(a))->ContentHash(), (*OpenWeights(b))->ContentHash());
}

// Archives whose pickle is right and whose rest is not.
struct BadCase {
  std::string name;
  std::string file;
  absl::StatusCode code;
  std::string message;
};

class BadPytorchTest : public testing::TestWithParam<BadCase> {};

TEST_P(BadPytorchTest, IsRefusedWithTheReason) {
  const auto tensors = ParsePytorch(GetParam().file);
  ASSERT_FALSE(tensors.ok());
  EXPECT_EQ(tensors.status().code(), GetParam().code) << tensors.status();
  EXPECT_THAT(tensors.status().message(), HasSubstr(GetParam().message));
}

std::string Archive(const std::string& elements, const std::string& offset,
                    const std::vector<std::string>& shape, const std::vector<std::string>& stride,
                    size_t data_bytes) {
  return Zip({{"m/data.pkl",
               PickledDict({{"w", PickledTensor(PickledStorage("FloatStorage", "0", elements),
                                                offset, Tuple(shape), Tuple(stride))}})},
              {"m/data/0", std::string(data_bytes, 'x')}});
}

std::string Replace(std::string text, const std::string& from, const std::string& to) {
  return text.replace(text.find(from), from.size(), to);
}

constexpr absl::StatusCode kDamaged = absl::StatusCode::kDataLoss;
constexpr absl::StatusCode kUnsupported = absl::StatusCode::kUnimplemented;

INSTANTIATE_TEST_SUITE_P(
    Cases, BadPytorchTest,
    testing::Values(
        BadCase{"Empty", "", kDamaged, "too few"},
        BadCase{"FourBytes", std::string("PK\x03\x04"), kDamaged, "too few"},
        BadCase{"OldFormat", "\x80\x02\x8a\x0a" + std::string(40, 'x'), kUnsupported, "before 1.6"},
        BadCase{"NoPickle", Zip({{"m/x", ""}}), kDamaged, "0 entries data.pkl"},
        BadCase{"TwoPickles", Zip({{"a/data.pkl", ""}, {"b/data.pkl", ""}}), kDamaged, "2 entries"},
        BadCase{"BigEndian", Zip({{"m/data.pkl", ""}, {"m/byteorder", "big"}}), kUnsupported,
                "little-endian"},
        BadCase{
            "StorageMissing",
            Zip({{"m/data.pkl",
                  PickledDict({{"w", PickledTensor(PickledStorage("FloatStorage", "../7", Int(1)),
                                                   Int(0), ")", ")")}})}}),
            kDamaged, "\"../7\", which is missing"},
        BadCase{"StorageTooShort", Archive(Int(6), Int(0), {Int(6)}, {Int(1)}, 23), kDamaged,
                "23 bytes"},
        BadCase{"StorageTooLong", Archive(Int(6), Int(0), {Int(6)}, {Int(1)}, 28), kDamaged,
                "28 bytes"},
        BadCase{"ElementsWrap", Archive(Long(int64_t{1} << 62), Int(0), {Int(6)}, {Int(1)}, 0),
                kDamaged, "0 bytes"},
        BadCase{"BeyondStorage", Archive(Int(6), Int(0), {Int(7)}, {Int(1)}, 24), kDamaged,
                "beyond its storage"},
        BadCase{"OffsetBeyondStorage", Archive(Int(6), Int(7), {Int(0)}, {Int(1)}, 24), kDamaged,
                "beyond its storage"},
        BadCase{"OffsetPlusSizeWraps", Archive(Int(6), Long(INT64_MAX), {Int(6)}, {Int(1)}, 24),
                kDamaged, "beyond its storage"},
        BadCase{"ShapeWraps",
                Archive(Int(6), Int(0), {Long(int64_t{1} << 32), Long(int64_t{1} << 32)},
                        {Int(1), Int(1)}, 24),
                kDamaged, "does not fit"},
        BadCase{"Transposed", Archive(Int(6), Int(0), {Int(3), Int(2)}, {Int(1), Int(3)}, 24),
                kUnsupported, "row-major"},
        BadCase{"ZeroStride", Archive(Int(6), Int(0), {Int(6)}, {Int(0)}, 24), kUnsupported,
                "row-major"},
        BadCase{"Compressed", Zip({{"m/data.pkl", "", 8}}), kUnsupported, "compressed (method 8)"},
        BadCase{"Encrypted", Zip({{"m/data.pkl", "", 0, 1}}), kUnsupported, "encrypted"},
        BadCase{"NameTwice", Zip({{"m/data.pkl", ""}, {"m/data.pkl", ""}}), kDamaged, "twice"},
        BadCase{"BytesAfterEnd", Zip({{"m/data.pkl", ""}}) + "x", kDamaged, "no end"},
        BadCase{"BytesBeforeDirectory",
                Replace(Zip({{"m/data.pkl", ""}}), "PK\x01\x02", "xPK\x01\x02"), kDamaged,
                "central directory"},
        BadCase{"LocalNameDiffers", Replace(Zip({{"m/data.pkl", ""}}), "m/data.pkl", "m/data.pkx"),
                kDamaged, "contradicts the directory"},
        BadCase{"EntryCountTooLarge",
                Replace(Zip({{"m/data.pkl", ""}}), LittleEndian(1, 2) + LittleEndian(1, 2),
                        LittleEndian(2, 2) + LittleEndian(2, 2)),
                kDamaged, "damaged central directory"},
        BadCase{"EntryCountTooSmall",
                Replace(Zip({{"m/data.pkl", ""}}), LittleEndian(1, 2) + LittleEndian(1, 2),
                        LittleEndian(0, 2) + LittleEndian(0, 2)),
                kDamaged, "after the last of 0 entries"},
        BadCase{"SeveralParts",
                Replace(Zip({{"m/data.pkl", ""}}), std::string("PK\x05\x06\0\0", 6),
                        std::string("PK\x05\x06\x01\0", 6)),
                kUnsupported, "several parts"}),
    [](const auto& info) { return info.param.name; });

TEST(PytorchTest, EntriesOnTheSameBytesAreRefused) {
  // The second entry's header is inside the first entry's data.
  const std::string inner = Zip({{"m/data/0", "abcd"}});
  std::string zip = Zip({{"m/data.pkl", inner}, {"m/data/0", "abcd"}});
  const size_t second = zip.rfind("PK\x01\x02");
  zip.replace(second + 42, 4, LittleEndian(30 + 10, 4));
  const auto tensors = ParsePytorch(zip);
  EXPECT_EQ(tensors.status().code(), kDamaged);
  EXPECT_THAT(tensors.status().message(), HasSubstr("on the same bytes"));
}

}  // namespace
}  // namespace footnote::transformer
