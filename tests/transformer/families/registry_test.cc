// Definitions from configurations with every number at its extremes: an error or
// a definition that the executor can rely on, at once, whatever a file claims.
#include "transformer/families/registry.h"

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"
#include "tests/fuzz/check_definition.h"
#include "tests/fuzz/memory_weights.h"
#include "tests/fuzz/temp_folder.h"
#include "transformer/weights/weight_file.h"

namespace footnote::transformer {
namespace {

using nlohmann::json;
using testing::HasSubstr;

constexpr char kModels[] = FOOTNOTE_TESTDATA "/golden/models";

json Read(const std::string& path) {
  std::ifstream in(path);
  return json::parse(in);
}

// Folders of the golden models: one of each decoder family at least.
std::vector<std::string> Models() {
  std::vector<std::string> out;
  for (const auto& entry : std::filesystem::directory_iterator(kModels)) {
    if (entry.is_directory()) out.push_back(entry.path().filename().string());
  }
  return out;
}

// A folder with one config.json, which is all that DefineModel reads there.
class FamilyConfigTest : public testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    good_ = Read(std::string(kModels) + "/" + GetParam() + "/config.json");
    ASSERT_TRUE(Define(good_).ok()) << Define(good_).status();
  }

  absl::StatusOr<ModelDefinition> Define(const json& config) const {
    folder_.Write("config.json", config.dump());
    auto model = DefineModel(folder_.dir(), MemoryWeights({}, nullptr));
    if (model.ok()) CheckDefinition(*model);
    return model;
  }

  TempFolder folder_;
  json good_;
};

TEST_P(FamilyConfigTest, EveryValueAtItsExtremes) {
  const std::vector<json> extremes = {
      json(-1),        json(0),          json(1),       json(INT32_MAX), json(INT64_MIN),
      json(INT64_MAX), json(UINT64_MAX), json(1e308),   json(-1e-308),   json(nullptr),
      json(""),        json(true),       json::array(), json::object()};
  for (const auto& [key, value] : good_.items()) {
    for (const json& extreme : extremes) {
      json config = good_;
      config[key] = extreme;
      const absl::Status status = Define(config).status();
      if (!status.ok()) {
        EXPECT_FALSE(status.message().empty());
        EXPECT_NE(status.code(), absl::StatusCode::kInternal);
      }
    }
  }
}

// What a definition is made from is bounded before it is made: else a claim of
// 2^31 - 1 layers takes terabytes.
TEST_P(FamilyConfigTest, SizesAreBoundedBeforeTheyAreUsed) {
  int sizes = 0;
  for (const char* key :
       {"num_hidden_layers", "n_layer", "num_layers", "hidden_size", "n_embd", "d_model",
        "num_attention_heads", "n_head", "num_heads", "head_dim", "intermediate_size"}) {
    if (!good_.contains(key) || !good_[key].is_number()) continue;
    ++sizes;
    json config = good_;
    config[key] = INT32_MAX;
    EXPECT_EQ(Define(config).status().code(), absl::StatusCode::kInvalidArgument) << key;
  }
  EXPECT_GE(sizes, 3);
}

INSTANTIATE_TEST_SUITE_P(Models, FamilyConfigTest, testing::ValuesIn(Models()),
                         [](const auto& info) { return info.param; });

TEST(GptNeoConfigTest, AnEmptyPatternIsNotRepeated) {
  const TempFolder folder;
  json config = Read(std::string(kModels) + "/gpt_neo/config.json");
  config.erase("attention_layers");
  for (const int64_t times : {int64_t{1}, INT64_MAX, INT64_MIN}) {
    config["attention_types"] = {{json::array(), times}};
    folder.Write("config.json", config.dump());
    const auto model = DefineModel(folder.dir(), MemoryWeights({}, nullptr));
    EXPECT_EQ(model.status().code(), absl::StatusCode::kInvalidArgument);
    EXPECT_THAT(std::string(model.status().message()), HasSubstr("attention_types"));
  }
}

// The same for a GGUF file's metadata: each of its integers at its extremes.
TEST(GgufConfigTest, EveryIntegerAtItsExtremes) {
  int files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(FOOTNOTE_TESTDATA "/golden/gguf")) {
    if (entry.path().extension() != ".gguf") continue;
    ++files;
    const auto weights = OpenWeights(entry.path().string());
    ASSERT_TRUE(weights.ok()) << weights.status();
    TensorTable tensors;
    for (const std::string& name : (*weights)->names()) tensors[name] = *(*weights)->Find(name);
    const GgufMetadata& good = *(*weights)->gguf();
    for (const auto& [key, value] : good.values()) {
      if (absl::StartsWith(key, "tokenizer.ggml.token")) continue;
      for (const uint64_t extreme :
           {uint64_t{0}, uint64_t{1}, uint64_t{INT32_MAX}, uint64_t{INT64_MAX}, UINT64_MAX}) {
        GgufMetadata::Map values = good.values();
        values[key].kind = GgufValue::Kind::kUnsigned;
        values[key].u = extreme;
        const GgufMetadata metadata(values);
        const auto model = DefineModel("g.gguf", MemoryWeights(tensors, &metadata));
        if (model.ok()) CheckDefinition(*model);
        const bool size = absl::EndsWith(key, "block_count") ||
                          absl::EndsWith(key, "embedding_length") ||
                          absl::EndsWith(key, "head_count");
        if (size && extreme != 1) {
          EXPECT_EQ(model.status().code(), absl::StatusCode::kInvalidArgument)
              << key << " = " << extreme;
        }
      }
    }
  }
  EXPECT_GE(files, 10);
}

}  // namespace
}  // namespace footnote::transformer
