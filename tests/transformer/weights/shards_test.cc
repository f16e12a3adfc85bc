#include <cstring>
#include <filesystem>
#include <fstream>
#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/transformer/weights/weight_bytes.h"
#include "transformer/weights/shard_index.h"
#include "transformer/weights/weight_file.h"

namespace footnote::transformer {
namespace {

using namespace testing_bytes;  // NOLINT: a vocabulary for bytes
using testing::ElementsAre;
using testing::HasSubstr;

constexpr char kFirst[] = "model-00001-of-00002.safetensors";
constexpr char kSecond[] = "model-00002-of-00002.safetensors";

// A file with one byte tensor per name.
std::string Bytes(const std::vector<std::string>& names, char value) {
  std::string header = "{";
  for (size_t i = 0; i < names.size(); ++i) {
    absl::StrAppend(&header, i > 0 ? "," : "", "\"", names[i],
                    "\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[", i, ",", i + 1, "]}");
  }
  return Safetensors(header + "}", std::string(names.size(), value));
}

class ShardsTest : public testing::Test {
 protected:
  void SetUp() override {
    dir_ = std::string(testing::TempDir()) + "/shards_" +
           testing::UnitTest::GetInstance()->current_test_info()->name();
    std::filesystem::remove_all(dir_);
    std::filesystem::create_directories(dir_);
    Write(kFirst, Bytes({"a", "b"}, 1));
    Write(kSecond, Bytes({"c"}, 2));
    Map({{"a", kFirst}, {"b", kFirst}, {"c", kSecond}});
  }
  void TearDown() override { std::filesystem::remove_all(dir_); }

  void Write(const std::string& name, const std::string& bytes) {
    std::ofstream(dir_ + "/" + name, std::ios::binary) << bytes;
  }
  void Map(const std::vector<std::pair<std::string, std::string>>& map) {
    std::string json = "{\"metadata\":{\"total_size\":3},\"weight_map\":{";
    for (size_t i = 0; i < map.size(); ++i) {
      absl::StrAppend(&json, i > 0 ? "," : "", "\"", map[i].first, "\":\"", map[i].second, "\"");
    }
    Write("model.safetensors.index.json", json + "}}");
  }
  // The message of the error with which opening fails; it must be DataLoss.
  std::string Message() {
    const absl::Status status = OpenWeights(dir_).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kDataLoss) << status;
    return std::string(status.message());
  }

  std::string dir_;
};

TEST_F(ShardsTest, SeveralFilesAreOne) {
  const auto file = OpenWeights(dir_);
  ASSERT_TRUE(file.ok()) << file.status();
  EXPECT_THAT((*file)->names(), ElementsAre("a", "b", "c"));
  EXPECT_EQ((*file)->format(), "safetensors");
  EXPECT_EQ((*file)->path(), dir_ + "/model.safetensors.index.json");
  EXPECT_EQ(*(*file)->Find("b")->data, 1);
  EXPECT_EQ(*(*file)->Find("c")->data, 2);
  EXPECT_EQ((*file)->gguf(), nullptr);
  (*file)->Release(*(*file)->Find("c"));
  EXPECT_EQ(*(*file)->Find("c")->data, 2);

  const auto by_path = OpenWeights((*file)->path());
  ASSERT_TRUE(by_path.ok()) << by_path.status();
  EXPECT_EQ((*by_path)->ContentHash(), (*file)->ContentHash());
}

TEST_F(ShardsTest, TheHashChangesWithAnyFile) {
  const std::string before = (*OpenWeights(dir_))->ContentHash();
  Write(kSecond, Bytes({"c"}, 3));
  EXPECT_NE((*OpenWeights(dir_))->ContentHash(), before);
}

TEST_F(ShardsTest, OneFileIsPreferred) {
  Write("model.safetensors", Bytes({"z"}, 0));
  EXPECT_THAT((*OpenWeights(dir_))->names(), ElementsAre("z"));
}

TEST_F(ShardsTest, PicklesAreReadInPartsToo) {
  std::filesystem::remove(dir_ + "/model.safetensors.index.json");
  const auto pickle = [](const std::string& name) {
    return Zip({{"m/data.pkl",
                 PickledDict({{name, PickledTensor(PickledStorage("FloatStorage", "0", Int(1)),
                                                   Int(0), Tuple({Int(1)}), Tuple({Int(1)}))}})},
                {"m/data/0", "abcd"}});
  };
  Write("pytorch_model-1.bin", pickle("x"));
  Write("pytorch_model-2.bin", pickle("y"));
  Write("pytorch_model.bin.index.json",
        R"({"weight_map":{"x":"pytorch_model-1.bin","y":"pytorch_model-2.bin"}})");
  const auto file = OpenWeights(dir_);
  ASSERT_TRUE(file.ok()) << file.status();
  EXPECT_THAT((*file)->names(), ElementsAre("x", "y"));
  EXPECT_EQ((*file)->format(), "pytorch");
}

TEST_F(ShardsTest, MissingAndExtraTensorsAreNamed) {
  Map({{"a", kFirst}, {"b", kFirst}, {"c", kSecond}, {"d", kSecond}});
  EXPECT_THAT(Message(), HasSubstr(absl::StrCat(kSecond, " lacks the tensor \"d\"")));
  Map({{"a", kFirst}, {"c", kSecond}});
  EXPECT_THAT(Message(), HasSubstr(absl::StrCat(
                             kFirst, " has the tensor \"b\", which the index does not list")));
  Map({{"a", kFirst}, {"b", kSecond}, {"c", kSecond}});
  EXPECT_THAT(Message(), HasSubstr(absl::StrCat("\"b\", which the index puts into \"", kSecond)));
  Map({{"a", kFirst}, {"b", kFirst}, {"c", kSecond}});
  Write(kSecond, Bytes({"c", "a"}, 2));
  EXPECT_THAT(Message(), HasSubstr(absl::StrCat("\"a\", which the index puts into \"", kFirst)));
}

TEST_F(ShardsTest, AMissingOrDamagedFileIsNamed) {
  std::filesystem::remove(dir_ + "/" + kSecond);
  EXPECT_EQ(OpenWeights(dir_).status().code(), absl::StatusCode::kNotFound);
  EXPECT_THAT(OpenWeights(dir_).status().message(), HasSubstr(kSecond));
  Write(kSecond, "x");
  EXPECT_THAT(Message(), HasSubstr(absl::StrCat(kSecond, " is damaged")));
}

TEST_F(ShardsTest, FilesElsewhereAreRefused) {
  for (const char* name : {"../model.safetensors", "/etc/model.safetensors",
                           "sub/model.safetensors", "..", ".safetensors", "", "model.bin",
                           "a\\\\b.safetensors", "a\\u0000.safetensors", "a\\n.safetensors"}) {
    Map({{"a", name}});
    EXPECT_THAT(Message(), HasSubstr("not the plain name of a .safetensors file")) << name;
  }
}

TEST_F(ShardsTest, AnIndexOfAnotherShapeIsRefused) {
  for (const char* json :
       {"", "[]", "{}", R"({"weight_map":[]})", R"({"weight_map":{}})", R"({"weight_map":1})"}) {
    Write("model.safetensors.index.json", json);
    EXPECT_THAT(Message(), HasSubstr("model.safetensors.index.json")) << json;
  }
  Write("model.safetensors.index.json", R"({"weight_map":{"a":7}})");
  EXPECT_THAT(Message(), HasSubstr("the file of tensor \"a\""));
}

TEST(PlainFileNameTest, LengthIsBounded) {
  EXPECT_TRUE(IsPlainFileName(std::string(255, 'x')));
  EXPECT_FALSE(IsPlainFileName(std::string(256, 'x')));
}

}  // namespace
}  // namespace footnote::transformer
