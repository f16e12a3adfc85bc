#include "transformer/model/model_config.h"

#include <filesystem>
#include <fstream>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"

namespace footnote::transformer {
namespace {

using nlohmann::json;
using testing::HasSubstr;

json GoodConfig() {
  return {{"model_type", "bert"},         {"vocab_size", 100},        {"hidden_size", 8},
          {"num_hidden_layers", 2},       {"num_attention_heads", 2}, {"intermediate_size", 16},
          {"max_position_embeddings", 64}};
}

class ModelConfigTest : public testing::Test {
 protected:
  void SetUp() override {
    dir_ = std::string(testing::TempDir()) + "/model_config";
    std::filesystem::remove_all(dir_);
    std::filesystem::create_directories(dir_ + "/1_Pooling");
  }
  void TearDown() override { std::filesystem::remove_all(dir_); }
  void Write(const std::string& name, const std::string& text) {
    std::ofstream(dir_ + "/" + name) << text;
  }

  std::string dir_;
};

TEST_F(ModelConfigTest, ReadsTheDefaultModel) {
  const auto config = LoadModelConfig(FOOTNOTE_MODEL_DIR);
  ASSERT_TRUE(config.ok()) << config.status();
  EXPECT_EQ(config->family, "bert");
  EXPECT_EQ(config->bert.vocab_size, 30522);
  EXPECT_EQ(config->bert.hidden_size, 384);
  EXPECT_EQ(config->bert.num_hidden_layers, 6);
  EXPECT_EQ(config->bert.num_attention_heads, 12);
  EXPECT_EQ(config->bert.intermediate_size, 1536);
  EXPECT_EQ(config->bert.max_position_embeddings, 512);
  EXPECT_EQ(config->bert.type_vocab_size, 2);
  EXPECT_FLOAT_EQ(config->bert.layer_norm_eps, 1e-12f);
  EXPECT_EQ(config->bert.activation, Activation::kGelu);
  EXPECT_EQ(config->pooling, Pooling::kMean);
  EXPECT_EQ(config->max_seq_length, 256);
  EXPECT_FALSE(config->do_lower_case);
}

TEST_F(ModelConfigTest, ABareBertHasDefaults) {
  Write("config.json", GoodConfig().dump());
  const auto config = LoadModelConfig(dir_);
  ASSERT_TRUE(config.ok()) << config.status();
  EXPECT_EQ(config->pooling, Pooling::kMean);
  EXPECT_EQ(config->max_seq_length, 64);
}

TEST_F(ModelConfigTest, TheLongestInputIsTheLeastOfWhatTheFilesSay) {
  Write("config.json", GoodConfig().dump());
  Write("tokenizer_config.json", R"({"model_max_length": 32})");
  EXPECT_EQ(LoadModelConfig(dir_)->max_seq_length, 32);
  Write("tokenizer_config.json", R"({"model_max_length": 1000000000000000019884624838656})");
  EXPECT_EQ(LoadModelConfig(dir_)->max_seq_length, 64);
  Write("sentence_bert_config.json", R"({"max_seq_length": 48, "do_lower_case": true})");
  EXPECT_EQ(LoadModelConfig(dir_)->max_seq_length, 48);
  EXPECT_TRUE(LoadModelConfig(dir_)->do_lower_case);
  Write("sentence_bert_config.json", R"({"max_seq_length": 4096})");
  EXPECT_EQ(LoadModelConfig(dir_)->max_seq_length, 64);
  Write("sentence_bert_config.json", R"({"max_seq_length": null})");
  EXPECT_EQ(LoadModelConfig(dir_)->max_seq_length, 64);
  Write("tokenizer_config.json", R"({"model_max_length": 32})");
  EXPECT_EQ(LoadModelConfig(dir_)->max_seq_length, 32);
}

TEST_F(ModelConfigTest, BothFormsOfPooling) {
  Write("config.json", GoodConfig().dump());
  Write("1_Pooling/config.json", R"({"pooling_mode_cls_token": true})");
  EXPECT_EQ(LoadModelConfig(dir_)->pooling, Pooling::kCls);
  Write("1_Pooling/config.json", R"({"pooling_mode": "cls"})");
  EXPECT_EQ(LoadModelConfig(dir_)->pooling, Pooling::kCls);
  Write("1_Pooling/config.json", R"({"pooling_mode": "mean"})");
  EXPECT_EQ(LoadModelConfig(dir_)->pooling, Pooling::kMean);
}

TEST_F(ModelConfigTest, RobertasPositionsBeginBehindPadding) {
  json config = GoodConfig();
  config["model_type"] = "xlm-roberta";
  config["max_position_embeddings"] = 66;
  config["pad_token_id"] = 1;
  Write("config.json", config.dump());
  const auto got = LoadModelConfig(dir_);
  ASSERT_TRUE(got.ok()) << got.status();
  EXPECT_EQ(got->family, "xlm-roberta");
  EXPECT_EQ(got->bert.position_offset, 2);
  EXPECT_EQ(got->bert.unplaced_token, 1);
  EXPECT_EQ(got->max_seq_length, 64);
}

TEST_F(ModelConfigTest, PromptsByRole) {
  Write("config.json", GoodConfig().dump());
  EXPECT_EQ(LoadModelConfig(dir_)->prompts.query, "");
  const std::string file = "config_sentence_transformers.json";
  Write(file, R"({"prompts": {"query": "query: ", "passage": "passage: "}})");
  EXPECT_EQ(LoadModelConfig(dir_)->prompts.query, "query: ");
  EXPECT_EQ(LoadModelConfig(dir_)->prompts.passage, "passage: ");
  Write(file, R"({"prompts": {"query": "q: ", "document": ""}, "default_prompt_name": null})");
  EXPECT_EQ(LoadModelConfig(dir_)->prompts.query, "q: ");
  EXPECT_EQ(LoadModelConfig(dir_)->prompts.passage, "");
  Write(file, R"({"prompts": {"all": "text: "}, "default_prompt_name": "all"})");
  EXPECT_EQ(LoadModelConfig(dir_)->prompts.query, "text: ");
  EXPECT_EQ(LoadModelConfig(dir_)->prompts.passage, "text: ");
  Write("1_Pooling/config.json", R"({"pooling_mode": "mean", "include_prompt": false})");
  EXPECT_EQ(LoadModelConfig(dir_).status().code(), absl::StatusCode::kUnimplemented);
}

TEST_F(ModelConfigTest, DenseModulesFollowEachOther) {
  Write("config.json", GoodConfig().dump());
  std::filesystem::create_directories(dir_ + "/2_Dense");
  Write("modules.json", R"([{"type": "a.Transformer", "path": ""},
                            {"type": "a.Pooling", "path": "1_Pooling"},
                            {"type": "a.Dense", "path": "2_Dense"},
                            {"type": "a.Normalize", "path": "3_Normalize"}])");
  Write("2_Dense/config.json", R"({"in_features": 8, "out_features": 5, "bias": false,
                                   "activation_function": "torch.nn.modules.linear.Identity"})");
  const auto got = LoadModelConfig(dir_);
  ASSERT_TRUE(got.ok()) << got.status();
  ASSERT_EQ(got->dense.size(), 1);
  EXPECT_FALSE(got->dense[0].bias);
  EXPECT_FALSE(got->dense[0].tanh);
  EXPECT_EQ(got->embedding_size(), 5);

  Write("2_Dense/config.json", R"({"in_features": 9, "out_features": 5})");
  EXPECT_THAT(LoadModelConfig(dir_).status().message(), HasSubstr("gives 8"));
  Write("2_Dense/config.json", R"({"in_features": 8, "out_features": 5,
                                   "activation_function": "torch.nn.modules.activation.GELU"})");
  EXPECT_EQ(LoadModelConfig(dir_).status().code(), absl::StatusCode::kUnimplemented);
}

TEST_F(ModelConfigTest, HeadsAddOutputs) {
  Write("config.json", GoodConfig().dump());
  EXPECT_THAT(LoadModelConfig(dir_)->outputs(), testing::ElementsAre(EncoderOutput::kDense));
  Write("colbert_linear.pt", "");
  EXPECT_THAT(LoadModelConfig(dir_)->outputs(),
              testing::ElementsAre(EncoderOutput::kDense, EncoderOutput::kColbert));
  Write("sparse_linear.pt", "");
  EXPECT_THAT(
      LoadModelConfig(dir_)->outputs(),
      testing::ElementsAre(EncoderOutput::kDense, EncoderOutput::kSparse, EncoderOutput::kColbert));
}

TEST_F(ModelConfigTest, ClassifiersAndTheirActivation) {
  json config = GoodConfig();
  Write("config.json", config.dump());
  EXPECT_EQ(LoadModelConfig(dir_)->labels, 0);
  config["architectures"] = {"BertForSequenceClassification"};
  Write("config.json", config.dump());
  EXPECT_EQ(LoadModelConfig(dir_)->labels, 2);  // transformers' default
  config["id2label"] = {{"0", "LABEL_0"}};
  Write("config.json", config.dump());
  EXPECT_EQ(LoadModelConfig(dir_)->labels, 1);
  EXPECT_TRUE(LoadModelConfig(dir_)->sigmoid);
  config["sbert_ce_default_activation_function"] = "torch.nn.modules.linear.Identity";
  Write("config.json", config.dump());
  EXPECT_FALSE(LoadModelConfig(dir_)->sigmoid);
  config["sentence_transformers"] = {{"activation_fn", "torch.nn.modules.activation.Sigmoid"}};
  Write("config.json", config.dump());
  EXPECT_TRUE(LoadModelConfig(dir_)->sigmoid);
  Write("config_sentence_transformers.json",
        R"({"activation_fn": "torch.nn.modules.linear.Identity"})");
  EXPECT_FALSE(LoadModelConfig(dir_)->sigmoid);
}

TEST_F(ModelConfigTest, MissingFiles) {
  EXPECT_EQ(LoadModelConfig(dir_ + "/none").status().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(LoadModelConfig(dir_).status().code(), absl::StatusCode::kNotFound);
  EXPECT_THAT(LoadModelConfig(dir_).status().message(), HasSubstr("config.json"));
}

struct BadCase {
  std::string name;
  std::string file;
  std::string text;
  absl::StatusCode code;
  std::string message;
};

class BadModelConfigTest : public ModelConfigTest, public testing::WithParamInterface<BadCase> {};

TEST_P(BadModelConfigTest, IsRefusedByName) {
  Write("config.json", GoodConfig().dump());
  Write(GetParam().file, GetParam().text);
  const auto config = LoadModelConfig(dir_);
  ASSERT_FALSE(config.ok());
  EXPECT_EQ(config.status().code(), GetParam().code) << config.status();
  EXPECT_THAT(config.status().message(), HasSubstr(GetParam().message));
  EXPECT_THAT(config.status().message(), HasSubstr(dir_));
}

std::string With(const char* key, const json& value) {
  json config = GoodConfig();
  config[key] = value;
  return config.dump();
}

constexpr absl::StatusCode kWrong = absl::StatusCode::kInvalidArgument;
constexpr absl::StatusCode kUnsupported = absl::StatusCode::kUnimplemented;
constexpr absl::StatusCode kDamaged = absl::StatusCode::kDataLoss;

INSTANTIATE_TEST_SUITE_P(
    Cases, BadModelConfigTest,
    testing::Values(
        BadCase{"NotJson", "config.json", "{", kDamaged, "not valid JSON"},
        BadCase{"NotAnObject", "config.json", "[]", kDamaged, "not a JSON object"},
        BadCase{"Nul", "config.json", std::string("{}\0{}", 5), kDamaged, "NUL"},
        BadCase{"Deep", "config.json", std::string(100'000, '['), kDamaged, "levels deep"},
        BadCase{"OtherFamily", "config.json", With("model_type", "llama"), kUnsupported,
                "\"llama\" is not supported; supported: bert, camembert, roberta, xlm-roberta"},
        BadCase{"NoFamily", "config.json", With("model_type", nullptr), kUnsupported, "family"},
        BadCase{"NoVocab", "config.json", With("vocab_size", nullptr), kWrong, "vocab_size"},
        BadCase{"ZeroLayers", "config.json", With("num_hidden_layers", 0), kWrong,
                "num_hidden_layers"},
        BadCase{"NegativeHeads", "config.json", With("num_attention_heads", -1), kWrong,
                "num_attention_heads"},
        BadCase{"MinInt", "config.json", With("hidden_size", INT64_MIN), kWrong, "hidden_size"},
        BadCase{"MaxInt", "config.json", With("hidden_size", INT64_MAX), kWrong, "hidden_size"},
        BadCase{"MaxUnsigned", "config.json", With("hidden_size", UINT64_MAX), kWrong,
                "hidden_size"},
        BadCase{"Float", "config.json", With("hidden_size", 8.5), kWrong, "hidden_size"},
        BadCase{"Text", "config.json", With("hidden_size", "8"), kWrong, "hidden_size"},
        BadCase{"HeadsDontDivide", "config.json", With("num_attention_heads", 3), kWrong,
                "multiple"},
        BadCase{"TooFewPositions", "config.json", With("max_position_embeddings", 2), kWrong,
                "max_position_embeddings"},
        BadCase{"NoEpsilon", "config.json", With("layer_norm_eps", 0), kWrong, "layer_norm_eps"},
        BadCase{"NegativeEpsilon", "config.json", With("layer_norm_eps", -1e-12), kWrong,
                "layer_norm_eps"},
        BadCase{"Activation", "config.json", With("hidden_act", "swish"), kUnsupported, "swish"},
        BadCase{"Positions", "config.json", With("position_embedding_type", "relative_key"),
                kUnsupported, "relative_key"},
        BadCase{"Decoder", "config.json", With("is_decoder", true), kUnsupported, "decoder"},
        BadCase{"MaxPooling", "1_Pooling/config.json", R"({"pooling_mode_max_tokens": true})",
                kUnsupported, "max"},
        BadCase{"TwoPoolings", "1_Pooling/config.json",
                R"({"pooling_mode_cls_token": true, "pooling_mode_mean_tokens": true})",
                kUnsupported, "cls+mean"},
        BadCase{"OtherModule", "modules.json",
                R"([{"type": "sentence_transformers.models.WordWeights", "path": "2_W"}])",
                kUnsupported, "WordWeights"},
        BadCase{"DenseWithoutConfig", "modules.json",
                R"([{"type": "sentence_transformers.models.Dense", "path": "2_Dense"}])",
                absl::StatusCode::kNotFound, "2_Dense/config.json"},
        BadCase{"DensePathOutOfTheFolder", "modules.json",
                R"([{"type": "sentence_transformers.models.Dense", "path": "../2_Dense"}])", kWrong,
                "../2_Dense"},
        BadCase{"PromptsNotAnObject", "config_sentence_transformers.json", R"({"prompts": []})",
                kWrong, "prompts"},
        BadCase{"PromptNotText", "config_sentence_transformers.json",
                R"({"prompts": {"query": 7}})", kWrong, "query"},
        BadCase{"HugePrompt", "config_sentence_transformers.json",
                R"({"prompts": {"query": ")" + std::string(20'000, 'a') + R"("}})", kWrong,
                "20000"},
        BadCase{"PromptsThatAreNotPooled", "1_Pooling/config.json",
                R"({"pooling_mode_mean_tokens": true, "include_prompt": 1})", kWrong,
                "include_prompt"},
        BadCase{"ScoreActivation", "config_sentence_transformers.json",
                R"({"activation_fn": "torch.nn.modules.activation.Softmax"})", kUnsupported,
                "Softmax"},
        BadCase{"NoRoomBehindPadding", "config.json",
                R"({"model_type": "xlm-roberta", "vocab_size": 100, "hidden_size": 8,
                    "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 16,
                    "max_position_embeddings": 8, "pad_token_id": 7})",
                kWrong, "pad_token_id"},
        BadCase{"PaddingOutsideTheVocabulary", "config.json",
                R"({"model_type": "roberta", "vocab_size": 100, "hidden_size": 8,
                    "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 16,
                    "max_position_embeddings": 8, "pad_token_id": 100})",
                kWrong, "pad_token_id"},
        BadCase{"ModulesNotAList", "modules.json", "{}", kWrong, "list"},
        BadCase{"PathOutOfTheFolder", "modules.json",
                R"([{"type": "sentence_transformers.models.Pooling", "path": "../other"}])", kWrong,
                "../other"},
        BadCase{"ShortSequence", "sentence_bert_config.json", R"({"max_seq_length": 2})", kWrong,
                "max_seq_length"},
        BadCase{"NegativeSequence", "sentence_bert_config.json", R"({"max_seq_length": -1})",
                kWrong, "max_seq_length"},
        BadCase{"ShortModelMaxLength", "tokenizer_config.json", R"({"model_max_length": 0})",
                kWrong, "model_max_length"}),
    [](const auto& info) { return info.param.name; });

}  // namespace
}  // namespace footnote::transformer
