#include "transformer/weights/peft.h"

#include <cmath>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/transformer/weights/weight_bytes.h"

namespace footnote::transformer {
namespace {

using testing::HasSubstr;
using testing_bytes::Safetensors;

// The adapter is PEFT's own: tests/golden/peft_adapter.py.
TEST(PeftTest, ReadsAnAdapterOfPeft) {
  const auto adapter = ReadPeftAdapter(FOOTNOTE_TESTDATA "/golden/peft");
  ASSERT_TRUE(adapter.ok()) << adapter.status();
  EXPECT_EQ(adapter->config.rank, 4);
  EXPECT_TRUE(adapter->config.rank_stabilised);
  nlohmann::json scaling;
  std::ifstream(FOOTNOTE_TESTDATA "/golden/peft/scaling.json") >> scaling;
  ASSERT_EQ(adapter->modules.size(), scaling.size());
  for (const auto& [name, module] : adapter->modules) {
    ASSERT_TRUE(scaling.contains(name)) << name;
    EXPECT_FLOAT_EQ(module.scaling, scaling[name].get<float>()) << name;
  }
  const LoraModule& up = adapter->modules.at("layers.1.up");
  EXPECT_EQ(up.a.shape, (std::vector<int64_t>{2, 6}));
  EXPECT_EQ(up.b.shape, (std::vector<int64_t>{7, 2}));
  EXPECT_EQ(adapter->content_hash.size(), 32u);
}

constexpr char kPlain[] = R"("peft_type": "LORA", "r": 8, "lora_alpha": 16)";

absl::StatusOr<PeftConfig> Parse(const std::string& more) {
  return ParsePeftConfig(absl::StrCat("{", kPlain, more.empty() ? "" : ", ", more, "}"), "config");
}

TEST(PeftConfigTest, ScalingIsAlphaOverRank) {
  const auto config = Parse(R"("use_dora": false, "modules_to_save": null, "loftq_config": {},
      "target_modules": ["q_proj"], "lora_dropout": 0.1, "init_lora_weights": "gaussian")");
  ASSERT_TRUE(config.ok()) << config.status();
  EXPECT_EQ(*PeftScaling(*config, "model.q_proj", 8), 2.0f);
  const auto stabilised = Parse(R"("use_rslora": true)");
  ASSERT_TRUE(stabilised.ok()) << stabilised.status();
  EXPECT_FLOAT_EQ(*PeftScaling(*stabilised, "model.q_proj", 8), 16 / std::sqrt(8.0f));
  const auto wrong = PeftScaling(*config, "model.q_proj", 4);
  EXPECT_EQ(wrong.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(wrong.status().message(), HasSubstr("model.q_proj has rank 4"));
}

TEST(PeftConfigTest, TheFirstMatchingPatternCounts) {
  const auto config = Parse(R"("alpha_pattern":
      {"^a.b": 8, "x\\.b": 16, "b": 24, "d.e": 32})");
  ASSERT_TRUE(config.ok()) << config.status();
  const std::pair<const char*, float> cases[] = {
      {"a.b", 1},   {"z.a.b", 3}, {"x.b", 2},   {"m.x.b", 2}, {"b", 3},
      {"a.c.b", 3}, {"cb", 2},    {"m.d.e", 4}, {"m.dxe", 4}, {"d.e.f", 2},
  };
  for (const auto& [module, scaling] : cases) {
    EXPECT_EQ(*PeftScaling(*config, module, 8), scaling) << module;
  }
}

struct BadCase {
  std::string name;
  std::string config;
  absl::StatusCode code;
  std::string message;
};

class BadPeftConfigTest : public testing::TestWithParam<BadCase> {};

TEST_P(BadPeftConfigTest, IsRefusedWithTheReason) {
  const auto config = ParsePeftConfig(GetParam().config, "adapter_config.json");
  ASSERT_FALSE(config.ok());
  EXPECT_EQ(config.status().code(), GetParam().code) << config.status();
  EXPECT_THAT(config.status().message(), HasSubstr(GetParam().message));
  EXPECT_THAT(config.status().message(), HasSubstr("adapter_config.json"));
}

std::string With(const std::string& more) { return absl::StrCat("{", kPlain, ", ", more, "}"); }

constexpr absl::StatusCode kDamaged = absl::StatusCode::kDataLoss;
constexpr absl::StatusCode kWrong = absl::StatusCode::kInvalidArgument;
constexpr absl::StatusCode kUnsupported = absl::StatusCode::kUnimplemented;

INSTANTIATE_TEST_SUITE_P(
    Cases, BadPeftConfigTest,
    testing::Values(
        BadCase{"Empty", "", kDamaged, "not valid JSON"},
        BadCase{"Array", "[]", kDamaged, "not a JSON object"},
        BadCase{"NoType", "{}", kUnsupported, "\"peft_type\": \"\""},
        BadCase{"OtherType", R"({"peft_type": "IA3"})", kUnsupported, "IA3"},
        BadCase{"Bias", With(R"("bias": "lora_only")"), kUnsupported, "lora_only"},
        BadCase{"DoRA", With(R"("use_dora": true)"), kUnsupported, "use_dora"},
        BadCase{"ModulesToSave", With(R"("modules_to_save": ["lm_head"])"), kUnsupported,
                "modules_to_save"},
        BadCase{"LoraBias", With(R"("lora_bias": true)"), kUnsupported, "lora_bias"},
        BadCase{"Replication", With(R"("layer_replication": [[0, 4]])"), kUnsupported,
                "layer_replication"},
        BadCase{"FutureOption", With(R"("use_what_comes": 1)"), kUnsupported, "use_what_comes"},
        BadCase{"Pissa", With(R"("init_lora_weights": "pissa_niter_4")"), kUnsupported, "pissa"},
        BadCase{"PatternIsARegex", With(R"("alpha_pattern": {".*q_proj": 4})"), kUnsupported,
                ".*q_proj"},
        BadCase{"NoRank", R"({"peft_type": "LORA", "lora_alpha": 1})", kWrong, "\"r\""},
        BadCase{"RankZero", R"({"peft_type": "LORA", "r": 0, "lora_alpha": 1})", kWrong, "\"r\""},
        BadCase{"RankNegative", R"({"peft_type": "LORA", "r": -1, "lora_alpha": 1})", kWrong,
                "\"r\""},
        BadCase{"RankMax", R"({"peft_type": "LORA", "r": 9223372036854775807, "lora_alpha": 1})",
                kWrong, "\"r\""},
        BadCase{"NoAlpha", R"({"peft_type": "LORA", "r": 8})", kWrong, "lora_alpha"},
        BadCase{"AlphaTooLarge", R"({"peft_type": "LORA", "r": 8, "lora_alpha": 1e300})", kWrong,
                "lora_alpha"},
        BadCase{"AlphaIsText", R"({"peft_type": "LORA", "r": 8, "lora_alpha": "x"})", kWrong,
                "lora_alpha"},
        BadCase{"PatternRankHalf", With(R"("rank_pattern": {"a": 1.5})"), kWrong, "rank_pattern"},
        BadCase{"PatternIsText", With(R"("rank_pattern": {"a": "b"})"), kWrong, "rank_pattern"},
        BadCase{"PatternIsArray", With(R"("alpha_pattern": [1])"), kWrong, "alpha_pattern"}),
    [](const auto& info) { return info.param.name; });

class PeftFilesTest : public testing::Test {
 protected:
  void SetUp() override {
    dir_ = std::string(testing::TempDir()) + "/peft_" +
           testing::UnitTest::GetInstance()->current_test_info()->name();
    std::filesystem::remove_all(dir_);
    std::filesystem::create_directories(dir_);
  }
  void TearDown() override { std::filesystem::remove_all(dir_); }

  void Write(const std::string& name, const std::string& bytes) {
    std::ofstream(dir_ + "/" + name, std::ios::binary) << bytes;
  }
  // An adapter whose tensors (f32) have these names and shapes.
  void WriteAdapter(const std::vector<std::pair<std::string, std::vector<int>>>& tensors) {
    nlohmann::json header = nlohmann::json::object();
    int end = 0;
    for (const auto& [name, shape] : tensors) {
      int bytes = 4;
      for (const int d : shape) bytes *= d;
      header[name] = {{"dtype", "F32"}, {"shape", shape}, {"data_offsets", {end, end + bytes}}};
      end += bytes;
    }
    Write("adapter_config.json", absl::StrCat("{", kPlain, "}"));
    Write("adapter_model.safetensors",
          Safetensors(header.dump(), std::string(static_cast<size_t>(end), '\0')));
  }

  std::string dir_;
};

TEST_F(PeftFilesTest, BothMatricesMakeAModule) {
  WriteAdapter({{"base_model.model.model.q.lora_A.weight", {8, 5}},
                {"base_model.model.model.q.lora_B.weight", {3, 8}}});
  const auto adapter = ReadPeftAdapter(dir_);
  ASSERT_TRUE(adapter.ok()) << adapter.status();
  ASSERT_EQ(adapter->modules.size(), 1u);
  EXPECT_EQ(adapter->modules.begin()->first, "model.q");
  EXPECT_EQ(adapter->modules.begin()->second.scaling, 2.0f);
}

TEST_F(PeftFilesTest, WhatIsNotPlainLoraIsNamed) {
  const std::string a = "base_model.model.q.lora_A.weight", b = "base_model.model.q.lora_B.weight";
  const auto message = [&] { return std::string(ReadPeftAdapter(dir_).status().message()); };

  EXPECT_EQ(ReadPeftAdapter(dir_).status().code(), absl::StatusCode::kNotFound);
  Write("adapter_model.bin", "PK");
  EXPECT_THAT(message(), HasSubstr("safe_serialization"));

  WriteAdapter({{a, {8, 5}}});
  EXPECT_THAT(message(), HasSubstr("lacks the tensor \"" + b));
  WriteAdapter({{b, {3, 8}}});
  EXPECT_THAT(message(), HasSubstr("lacks the tensor \"" + a));
  WriteAdapter({});
  EXPECT_THAT(message(), HasSubstr("no tensors"));
  WriteAdapter({{a, {8, 5}}, {b, {3, 4}}});
  EXPECT_THAT(message(), HasSubstr("ranks 8 and 4"));
  WriteAdapter({{a, {4, 5}}, {b, {3, 4}}});
  EXPECT_THAT(message(), HasSubstr("rank 4"));
  WriteAdapter({{a, {8, 5, 1}}, {b, {3, 8}}});
  EXPECT_THAT(message(), HasSubstr("not a matrix"));
  WriteAdapter({{a, {8, 0}}, {b, {3, 8}}});
  EXPECT_THAT(message(), HasSubstr("not a matrix"));
  for (const char* other :
       {"base_model.model.q.lora_magnitude_vector", "base_model.model.lm_head.weight",
        "base_model.model.e.lora_embedding_A", "q.lora_A.weight",
        "base_model.model.lora_A.weight"}) {
    WriteAdapter({{a, {8, 5}}, {b, {3, 8}}, {other, {8}}});
    EXPECT_THAT(message(), HasSubstr(other));
    EXPECT_EQ(ReadPeftAdapter(dir_).status().code(), kUnsupported) << other;
  }
}

TEST_F(PeftFilesTest, TheHashChangesWithEitherFile) {
  WriteAdapter(
      {{"base_model.model.q.lora_A.weight", {8, 5}}, {"base_model.model.q.lora_B.weight", {3, 8}}});
  const std::string first = ReadPeftAdapter(dir_)->content_hash;
  EXPECT_EQ(ReadPeftAdapter(dir_)->content_hash, first);
  Write("adapter_config.json", absl::StrCat("{ ", kPlain, "}"));
  EXPECT_NE(ReadPeftAdapter(dir_)->content_hash, first);
}

}  // namespace
}  // namespace footnote::transformer
