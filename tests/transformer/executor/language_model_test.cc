// What a language model refuses, and how its sequences and cache behave.

#include <filesystem>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"
#include "tests/transformer/executor/model_runs.h"
#include "tests/transformer/golden_model.h"
#include "transformer/io/file.h"
#include "transformer/weights/weight_file.h"

namespace footnote::transformer {
namespace {

using nlohmann::json;
using ::testing::AllOf;
using ::testing::HasSubstr;

// The bytes of a safetensors file as header and data.
struct Safetensors {
  json header;
  std::string data;
};

Safetensors ReadSafetensors(const std::string& path) {
  const std::string file = *ReadFile(path, 1 << 24);
  uint64_t size = 0;
  std::memcpy(&size, file.data(), sizeof(size));
  return {json::parse(file.substr(8, size)), file.substr(8 + size)};
}

std::string ToFile(const Safetensors& tensors) {
  std::string header = tensors.header.dump();
  header.resize((header.size() + 7) / 8 * 8, ' ');
  const uint64_t size = header.size();
  std::string file(8, '\0');
  std::memcpy(file.data(), &size, sizeof(size));
  return file + header + tensors.data;
}

class LanguageModelTest : public testing::Test {
 protected:
  void SetUp() override {
    LinkGolden("llama", dir_);
    golden_ = ReadGolden("llama");
  }

  json Config() const { return json::parse(*ReadFile(dir_.File("config.json"), 1 << 20)); }
  void Change(const std::string& key, const json& value) const {
    json config = Config();
    config[key] = value;
    dir_.Write("config.json", config.dump());
  }
  absl::Status LoadStatus() const { return LoadStatus(ExactOptions()); }
  absl::Status LoadStatus(const LanguageModelOptions& options) const {
    return LoadLanguageModel(dir_.path(), options).status();
  }
  std::unique_ptr<LanguageModel> Load(int64_t cache_tokens) const {
    LanguageModelOptions options = ExactOptions();
    options.cache_tokens = cache_tokens;
    return LoadOrFail(dir_.path(), options);
  }

  TempModel dir_;
  Golden golden_;
};

MATCHER_P2(Fails, code, text, "") {
  *result_listener << arg;
  return arg.code() == code && absl::string_view(arg.message()).find(text) != std::string::npos;
}

constexpr auto kInvalid = absl::StatusCode::kInvalidArgument;

TEST_F(LanguageModelTest, UnknownFamilyListsTheSupportedOnes) {
  Change("model_type", "mamba");
  const absl::Status status = LoadStatus();
  EXPECT_EQ(status.code(), absl::StatusCode::kUnimplemented);
  for (const char* name : {"mamba", "llama", "gpt2", "gemma3_text", "bloom", "btlm", "phi3"}) {
    EXPECT_THAT(status.message(), HasSubstr(name));
  }
}

TEST_F(LanguageModelTest, ConfigurationThatContradictsTheWeights) {
  Change("hidden_size", 64);
  EXPECT_THAT(LoadStatus(), Fails(kInvalid,
                                  "model.embed_tokens.weight has shape [96, 32], but the "
                                  "configuration asks for [96, 64]"));
}

TEST_F(LanguageModelTest, MissingTensor) {
  Change("num_hidden_layers", 3);
  EXPECT_THAT(LoadStatus(), Fails(kInvalid, "no tensor model.layers.2."));
}

TEST_F(LanguageModelTest, ExtraTensor) {
  Change("num_hidden_layers", 1);
  EXPECT_THAT(LoadStatus(), Fails(kInvalid, "the tensor model.layers.1."));
}

TEST_F(LanguageModelTest, BuffersOfOldFilesAreNoExtraTensors) {
  Safetensors file = ReadSafetensors(dir_.File("model.safetensors"));
  const size_t size = file.data.size();
  file.header["model.layers.0.self_attn.rotary_emb.inv_freq"] = {
      {"dtype", "F32"}, {"shape", {4}}, {"data_offsets", {size, size + 16}}};
  file.data.append(16, '\0');
  dir_.Write("model.safetensors", ToFile(file));
  EXPECT_EQ(LoadStatus(), absl::OkStatus());
}

TEST_F(LanguageModelTest, TensorOfAnotherType) {
  Safetensors file = ReadSafetensors(dir_.File("model.safetensors"));
  file.header["model.norm.weight"]["dtype"] = "I16";
  dir_.Write("model.safetensors", ToFile(file));
  EXPECT_THAT(LoadStatus(), Fails(kInvalid, "model.norm.weight holds I16"));
}

TEST_F(LanguageModelTest, NumberThatIsNotFinite) {
  Safetensors file = ReadSafetensors(dir_.File("model.safetensors"));
  for (const char* name : {"model.norm.weight", "model.layers.1.mlp.up_proj.weight"}) {
    Safetensors damaged = file;
    const size_t begin = damaged.header[name]["data_offsets"][0];
    damaged.data[begin] = static_cast<char>(0xC0);  // bfloat16 NaN
    damaged.data[begin + 1] = 0x7F;
    dir_.Write("model.safetensors", ToFile(damaged));
    EXPECT_EQ(LoadStatus().code(), absl::StatusCode::kDataLoss) << name;
  }
}

TEST_F(LanguageModelTest, TruncatedFile) {
  const std::string file = *ReadFile(dir_.File("model.safetensors"), 1 << 24);
  dir_.Write("model.safetensors", file.substr(0, file.size() - 1));
  EXPECT_EQ(LoadStatus().code(), absl::StatusCode::kDataLoss);
}

TEST_F(LanguageModelTest, TokenizerLargerThanTheVocabulary) {
  dir_.Write("vocab.txt", *ReadFile(dir_.File("vocab.txt"), 1 << 20) + "more\n");
  const absl::Status status = LoadStatus();
  EXPECT_THAT(status, Fails(kInvalid, "the tokenizer has 97 tokens"));
  EXPECT_THAT(status.message(), HasSubstr("96"));
}

TEST_F(LanguageModelTest, ValuesOfTheConfigurationOutOfRange) {
  const struct {
    const char* key;
    json value;
  } cases[] = {{"hidden_size", -1},          {"hidden_size", 0},
               {"hidden_size", 4294967296},  {"hidden_size", 9223372036854775808u},
               {"hidden_size", 1.5},         {"num_attention_heads", 0},
               {"num_attention_heads", "4"}, {"num_key_value_heads", 3},
               {"vocab_size", -5},           {"rms_norm_eps", 0},
               {"rms_norm_eps", 1},          {"eos_token_id", 96},
               {"bos_token_id", -2},         {"rope_parameters", "linear"}};
  const json good = Config();
  for (const auto& c : cases) {
    json config = good;
    config[c.key] = c.value;
    dir_.Write("config.json", config.dump());
    EXPECT_EQ(LoadStatus().code(), kInvalid) << c.key << " = " << c.value;
  }
}

TEST_F(LanguageModelTest, UnknownScalingAndActivation) {
  Change("hidden_act", "mish");
  EXPECT_THAT(LoadStatus(), Fails(absl::StatusCode::kUnimplemented, "mish"));
  Change("hidden_act", "silu");
  Change("rope_parameters", {{"rope_type", "yarn"}, {"factor", 2.0}});
  EXPECT_THAT(LoadStatus(), Fails(absl::StatusCode::kUnimplemented, "yarn"));
}

TEST_F(LanguageModelTest, NoSuchFolder) {
  EXPECT_EQ(LoadLanguageModel(dir_.path() + "/none", ExactOptions()).status().code(),
            absl::StatusCode::kNotFound);
}

TEST_F(LanguageModelTest, WhatDoesNotFitIsRefusedWithTheNumbers) {
  LanguageModelOptions options = ExactOptions();
  options.memory_limit = 1 << 20;
  const absl::Status status = LoadStatus(options);
  EXPECT_EQ(status.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_THAT(status.message(), AllOf(HasSubstr("weights"), HasSubstr("cache"),
                                      HasSubstr("1024 tokens"), HasSubstr("available")));
}

TEST_F(LanguageModelTest, PlanCountsWeightsAndCache) {
  const auto plan = [&](WeightPrecision precision, kernels::KvFormat kv) {
    LanguageModelOptions options;
    options.precision = precision;
    options.kv_format = kv;
    return *PlanLanguageModel(dir_.path(), options);
  };
  const MemoryPlan f32 = plan(WeightPrecision::kF32, kernels::KvFormat::kF32);
  // 2 layers of 4 * 32 * 32 + 3 * 48 * 32 and 2 norms, 2 tables of 96 * 32, a norm.
  const uint64_t matrices = 2 * (4 * 32 * 32 + 3 * 48 * 32) + 2 * 96 * 32, norms = 5 * 32;
  EXPECT_EQ(f32.weights, 4 * (matrices + norms));
  EXPECT_EQ(f32.cache_per_token, 2u * 2 * 4 * 8 * 4);
  EXPECT_EQ(f32.cache_tokens, 128);
  const MemoryPlan stored = plan(WeightPrecision::kAsStored, kernels::KvFormat::kBf16);
  EXPECT_EQ(stored.weights, 2 * matrices + 4 * norms);
  EXPECT_EQ(stored.cache_per_token, 2u * 2 * 4 * 8 * 2);
  EXPECT_LT(plan(WeightPrecision::kInt8, kernels::KvFormat::kInt8).weights, stored.weights);
  EXPECT_LT(plan(WeightPrecision::kInt4, kernels::KvFormat::kInt8).weights, stored.weights / 2);
}

TEST_F(LanguageModelTest, CacheTakesWhatFits) {
  LanguageModelOptions options = ExactOptions();
  options.cache_tokens = 0;
  const MemoryPlan whole = *PlanLanguageModel(dir_.path(), options);
  options.memory_limit = whole.weights + whole.scratch + 70 * whole.cache_per_token;
  const MemoryPlan some = *PlanLanguageModel(dir_.path(), options);
  EXPECT_EQ(some.cache_tokens, 64);
  EXPECT_LE(some.total(), options.memory_limit);
}

TEST_F(LanguageModelTest, PromptLongerThanTheContext) {
  const auto model = Load(256);
  const auto sequence = NewSequence(model.get());
  const std::vector<int32_t> tokens(129, 7);
  const auto logits = Step(model.get(), sequence.get(), tokens, LogitRows::kLast);
  EXPECT_THAT(logits.status(), Fails(absl::StatusCode::kOutOfRange, "129"));
  EXPECT_THAT(logits.status().message(), HasSubstr("128"));
  EXPECT_EQ(sequence->length(), 0);
  EXPECT_EQ(model->free_tokens(), 256);
}

TEST_F(LanguageModelTest, TokensOutsideTheVocabulary) {
  const auto model = Load(64);
  const auto sequence = NewSequence(model.get());
  for (int32_t id : {-1, 96, 2147483647, -2147483647 - 1}) {
    const auto logits = Step(model.get(), sequence.get(), {5, id}, LogitRows::kLast);
    EXPECT_EQ(logits.status().code(), kInvalid) << id;
    EXPECT_EQ(sequence->length(), 0);
  }
  EXPECT_EQ(Step(model.get(), sequence.get(), {}, LogitRows::kLast).status().code(), kInvalid);
  const std::vector<int32_t> tokens = {5};
  const SequenceInput twice[] = {{sequence.get(), tokens}, {sequence.get(), tokens}};
  EXPECT_EQ(model->Forward(twice).status().code(), kInvalid);
}

TEST_F(LanguageModelTest, CacheBlocksComeAndGo) {
  const auto model = Load(96);
  EXPECT_EQ(model->free_tokens(), 96);
  auto first = NewSequence(model.get());
  const auto second = NewSequence(model.get());
  const std::vector<int32_t> tokens(33, 9);
  ASSERT_TRUE(Step(model.get(), first.get(), tokens, LogitRows::kNone).ok());
  EXPECT_EQ(model->free_tokens(), 32);
  const auto full = Step(model.get(), second.get(), tokens, LogitRows::kLast);
  EXPECT_EQ(full.status().code(), absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(second->length(), 0);
  EXPECT_EQ(model->free_tokens(), 32);
  first->Truncate(32);
  EXPECT_EQ(model->free_tokens(), 64);
  EXPECT_TRUE(Step(model.get(), second.get(), tokens, LogitRows::kLast).ok());
  EXPECT_EQ(model->free_tokens(), 0);
  first.reset();
  EXPECT_EQ(model->free_tokens(), 32);
}

TEST_F(LanguageModelTest, ATruncatedSequenceGoesOnAsIfItHadNeverBeenLonger) {
  const auto model = Load(256);
  const auto sequence = NewSequence(model.get());
  const auto prompt = absl::MakeConstSpan(golden_.prompt);
  ASSERT_TRUE(Step(model.get(), sequence.get(), prompt, LogitRows::kNone).ok());
  sequence->Truncate(10);
  EXPECT_EQ(sequence->length(), 10);
  const auto logits = Step(model.get(), sequence.get(), prompt.subspan(10), LogitRows::kAll);
  ASSERT_TRUE(logits.ok());
  const std::vector<float> whole = AllLogits(model.get(), prompt);
  EXPECT_EQ(logits->values, std::vector<float>(whole.begin() + 10 * 96, whole.end()));
}

TEST_F(LanguageModelTest, HiddenStatesGiveTheLogitsThroughTheHead) {
  const auto model = Load(256);
  const auto sequence = NewSequence(model.get());
  const auto hidden = model->HiddenStates({sequence.get(), golden_.prompt});
  ASSERT_TRUE(hidden.ok()) << hidden.status();
  ASSERT_EQ(hidden->size(), golden_.prompt.size() * 32);
  const auto file = OpenWeights(dir_.path());
  ASSERT_TRUE(file.ok());
  const TensorView* head = (*file)->Find("lm_head.weight");
  double sum = 0;  // logit 3 of the last token; bfloat16 weights
  for (int i = 0; i < 32; ++i) {
    uint16_t bits;
    std::memcpy(&bits, head->data + (3 * 32 + i) * 2, 2);
    const uint32_t wide = static_cast<uint32_t>(bits) << 16;
    float weight;
    std::memcpy(&weight, &wide, 4);
    sum += double{weight} * (*hidden)[hidden->size() - 32 + i];
  }
  EXPECT_NEAR(sum, golden_.logits[golden_.logits.size() - 96 + 3], 1e-3);
}

TEST_F(LanguageModelTest, FingerprintFollowsWeightsConfigurationAndTokenizer) {
  std::set<std::string> seen;
  seen.insert(Load(64)->fingerprint());
  EXPECT_EQ(seen.count(Load(64)->fingerprint()), 1u);
  Change("rms_norm_eps", 2e-6);
  seen.insert(Load(64)->fingerprint());
  Safetensors file = ReadSafetensors(dir_.File("model.safetensors"));
  file.data[0] ^= 1;
  dir_.Write("model.safetensors", ToFile(file));
  seen.insert(Load(64)->fingerprint());
  std::string vocabulary = *ReadFile(dir_.File("vocab.txt"), 1 << 20);
  std::replace(vocabulary.begin(), vocabulary.end(), '~', '`');
  std::replace(vocabulary.begin(), vocabulary.end(), '|', '^');
  dir_.Write("vocab.txt", vocabulary);
  seen.insert(Load(64)->fingerprint());
  EXPECT_GE(seen.size(), 3u);
}

TEST_F(LanguageModelTest, ADecoderHasNoEncoder) {
  const auto model = Load(64);
  const std::vector<int32_t> source = {1, 2};
  EXPECT_EQ(model->NewSequence(source, nullptr).status().code(), kInvalid);
}

// More rows than one step computes at once: the same as in small pieces.
TEST_F(LanguageModelTest, ALongPromptTakesSeveralSteps) {
  Change("max_position_embeddings", 4096);
  LanguageModelOptions options = ExactOptions();
  options.cache_tokens = 4096;
  const auto model = LoadOrFail(dir_.path(), options);
  ASSERT_NE(model, nullptr);
  std::vector<int32_t> tokens;
  for (int i = 0; i < 1100; ++i) tokens.push_back(3 + i * 7 % 93);
  const auto one = NewSequence(model.get()), other = NewSequence(model.get());
  const auto at_once = Step(model.get(), one.get(), tokens, LogitRows::kLast);
  ASSERT_TRUE(at_once.ok()) << at_once.status();
  const auto span = absl::MakeConstSpan(tokens);
  ASSERT_TRUE(Step(model.get(), other.get(), span.first(1099), LogitRows::kNone).ok());
  const auto last = Step(model.get(), other.get(), span.subspan(1099), LogitRows::kLast);
  ASSERT_TRUE(last.ok());
  EXPECT_EQ(at_once->values, last->values);
}

}  // namespace
}  // namespace footnote::transformer
