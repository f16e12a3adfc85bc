// Encoder-decoders against what transformers computed: tests/golden/encoder_decoders.json.

#include <algorithm>
#include <cmath>
#include <cstring>
#include <memory>
#include <numeric>
#include <string>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"
#include "tests/transformer/executor/encoder_decoder_models.h"
#include "tests/transformer/golden_model.h"
#include "tests/transformer/made_weights.h"
#include "transformer/executor/relative_bias.h"
#include "transformer/language_model.h"
#include "transformer/weights/weight_writer.h"

namespace footnote::transformer {
namespace {

using nlohmann::json;
using testing::Contains;
using testing::HasSubstr;

std::vector<std::string> Names() {
  std::vector<std::string> names;
  for (const json& c : AllGolden()["cases"]) names.push_back(c["name"]);
  return names;
}

LanguageModelOptions Options(WeightPrecision precision, kernels::KvFormat kv_format) {
  LanguageModelOptions options;
  options.precision = precision;
  options.kv_format = kv_format;
  options.threads = 1;
  options.cache_tokens = 2048;
  return options;
}

LanguageModelOptions Exact() { return Options(WeightPrecision::kF32, kernels::KvFormat::kF32); }

std::unique_ptr<LanguageModel> Load(const TempModel& dir, const LanguageModelOptions& options) {
  auto model = LoadLanguageModel(dir.path(), options);
  EXPECT_TRUE(model.ok()) << model.status();
  return model.ok() ? std::move(*model) : nullptr;
}

std::unique_ptr<Sequence> Encode(LanguageModel* model, const std::vector<int32_t>& source) {
  auto sequence = model->NewSequence(source, nullptr);
  EXPECT_TRUE(sequence.ok()) << sequence.status();
  return sequence.ok() ? std::move(*sequence) : nullptr;
}

std::vector<float> Step(LanguageModel* model, Sequence* sequence, absl::Span<const int32_t> tokens,
                        LogitRows rows) {
  const SequenceInput input = {sequence, tokens, nullptr, rows};
  const auto logits = model->Forward({&input, 1});
  EXPECT_TRUE(logits.ok()) << logits.status();
  return logits.ok() ? logits->values : std::vector<float>();
}

// Ids by descending logit.
std::vector<int32_t> Best(const std::vector<float>& logits, size_t n) {
  std::vector<int32_t> ids(logits.size());
  std::iota(ids.begin(), ids.end(), 0);
  std::partial_sort(ids.begin(), ids.begin() + static_cast<ptrdiff_t>(n), ids.end(),
                    [&](int32_t a, int32_t b) { return logits[a] > logits[b]; });
  ids.resize(n);
  return ids;
}

class EncoderDecoderTest : public testing::TestWithParam<std::string> {
 protected:
  EncoderDecoderTest() : golden_(CaseNamed(GetParam())) { WriteModel(golden_, dir_); }

  std::vector<int32_t> source() const { return golden_["source"]; }

  const json& golden_;
  TempModel dir_;
};

TEST_P(EncoderDecoderTest, LogitsAreThoseOfTransformers) {
  const auto model = Load(dir_, Exact());
  ASSERT_NE(model, nullptr);
  const auto sequence = Encode(model.get(), source());
  ASSERT_NE(sequence, nullptr);
  const std::vector<int32_t> target = golden_["target"];
  const std::vector<float> logits = Step(model.get(), sequence.get(), target, LogitRows::kAll);
  std::string bytes;
  ASSERT_TRUE(absl::Base64Unescape(golden_["logits"].get<std::string>(), &bytes));
  std::vector<float> want(bytes.size() / sizeof(float));
  std::memcpy(want.data(), bytes.data(), want.size() * sizeof(float));
  const size_t vocab = static_cast<size_t>(model->config().vocab_size);
  const size_t every = AllGolden()["every"];
  ASSERT_EQ(logits.size(), target.size() * vocab);
  ASSERT_EQ(want.size(), (target.size() + every - 1) / every * vocab);
  double worst = 0;
  for (size_t i = 0; i < want.size(); ++i) {
    const size_t at = i / vocab * every * vocab + i % vocab;
    worst = std::max(worst, std::abs(double{logits[at]} - want[i]));
  }
  EXPECT_LE(worst, 1e-3);
}

TEST_P(EncoderDecoderTest, GreedyTokensAreThoseOfTransformers) {
  const auto model = Load(dir_, Exact());
  ASSERT_NE(model, nullptr);
  const auto sequence = Encode(model.get(), source());
  ASSERT_NE(sequence, nullptr);
  std::vector<int32_t> tokens = {model->config().decoder_start_token};
  const std::vector<int32_t> want = golden_["greedy"];
  for (size_t i = 0; i < want.size(); ++i) {
    const int32_t last = tokens.back();
    tokens.push_back(Best(Step(model.get(), sequence.get(), {&last, 1}, LogitRows::kLast), 1)[0]);
  }
  tokens.erase(tokens.begin());
  EXPECT_EQ(tokens, want);
}

// Where a run at a lower precision leaves transformers' path, each side's token is
// among the other's best five.
TEST_P(EncoderDecoderTest, LowerPrecisionsStayNear) {
  const std::vector<int32_t> want = golden_["greedy"];
  for (const WeightPrecision precision : {WeightPrecision::kBf16, WeightPrecision::kInt8}) {
    const auto model = Load(dir_, Options(precision, kernels::KvFormat::kBf16));
    ASSERT_NE(model, nullptr);
    const auto sequence = Encode(model.get(), source());
    ASSERT_NE(sequence, nullptr);
    int32_t last = model->config().decoder_start_token;
    for (size_t i = 0; i < want.size(); ++i) {
      const std::vector<int32_t> best =
          Best(Step(model.get(), sequence.get(), {&last, 1}, LogitRows::kLast), 5);
      last = best[0];
      if (last == want[i]) continue;
      const std::vector<int32_t> theirs = golden_["best5"][i];
      EXPECT_THAT(theirs, Contains(last)) << "step " << i;
      EXPECT_THAT(best, Contains(want[i])) << "step " << i;
      break;
    }
  }
}

// Neither what else is in a step nor how the tokens were split may matter.
TEST_P(EncoderDecoderTest, SequencesOfAStepDontDisturbEachOther) {
  const auto model = Load(dir_, Exact());
  ASSERT_NE(model, nullptr);
  const std::vector<int32_t> target = golden_["target"];
  const std::vector<int32_t> other_source = {5, 6, 7};
  const auto alone = Encode(model.get(), source());
  const std::vector<float> want = Step(model.get(), alone.get(), target, LogitRows::kLast);
  const auto other = Encode(model.get(), other_source);
  const auto split = Encode(model.get(), source());
  Step(model.get(), split.get(), absl::MakeConstSpan(target).first(9), LogitRows::kNone);
  const SequenceInput inputs[] = {
      {other.get(), absl::MakeConstSpan(target).first(3), nullptr, LogitRows::kNone},
      {split.get(), absl::MakeConstSpan(target).subspan(9), nullptr, LogitRows::kLast}};
  const auto together = model->Forward(inputs);
  ASSERT_TRUE(together.ok()) << together.status();
  EXPECT_EQ(together->values, want);
}

// A GGUF file as llama.cpp's converter writes it, its tensors named by gguf-py.
class GgufEncoderDecoderTest : public testing::TestWithParam<std::string> {};

TEST_P(GgufEncoderDecoderTest, LogitsAndTokensAreThoseOfTheFolder) {
  const json& golden = CaseNamed(GetParam());
  const json& config = golden["config"];
  std::ifstream in(FOOTNOTE_TESTDATA "/golden/gguf/t5_names.json");
  const json names = json::parse(in);
  GgufPairs pairs;
  pairs.AddString("general.architecture", "t5");
  const std::pair<const char*, int> sizes[] = {
      {"t5.context_length", 512},
      {"t5.embedding_length", config["d_model"]},
      {"t5.feed_forward_length", config["d_ff"]},
      {"t5.block_count", config["num_layers"]},
      {"t5.decoder_block_count", config.value("num_decoder_layers", config["num_layers"])},
      {"t5.attention.head_count", config["num_heads"]},
      {"t5.attention.key_length", config["d_kv"]},
      {"t5.attention.value_length", config["d_kv"]},
      {"t5.attention.relative_buckets_count", 32},
      {"t5.decoder_start_token_id", 0},
      {"tokenizer.ggml.padding_token_id", 0},
      {"tokenizer.ggml.eos_token_id", 1},
      {"tokenizer.ggml.unknown_token_id", 2}};
  for (const auto& [key, value] : sizes) pairs.AddU32(key, static_cast<uint32_t>(value));
  pairs.AddF32("t5.attention.layer_norm_epsilon", 1e-6f);
  pairs.AddF32("t5.attention.layer_norm_rms_epsilon", 1e-6f);
  std::vector<std::string> tokens = {"<pad>", "</s>", "<unk>"};
  std::vector<int32_t> types = {3, 3, 2};
  std::vector<float> scores = {0, 0, 0};
  while (tokens.size() < config["vocab_size"].get<size_t>()) {
    tokens.push_back(absl::StrCat("t", tokens.size()));
    types.push_back(1);
    scores.push_back(-static_cast<float>(tokens.size()));
  }
  pairs.AddString("tokenizer.ggml.model", "t5");
  pairs.AddStrings("tokenizer.ggml.tokens", tokens);
  pairs.AddInts("tokenizer.ggml.token_type", types);
  pairs.AddFloats("tokenizer.ggml.scores", scores);
  TempModel dir;
  WriteModel(golden, dir);
  const auto weights = OpenWeights(dir.path());
  ASSERT_TRUE(weights.ok()) << weights.status();
  std::vector<OutputTensor> tensors;
  for (const json& row : names[GetParam()]) {
    const TensorView& tensor = *(*weights)->Find(row[1].get<std::string>());
    tensors.push_back(ConvertedTensor(row[0], **weights, tensor, DType::kF32));
  }
  const absl::Status written = WriteGguf(dir.File("t5.gguf"), pairs, tensors);
  ASSERT_TRUE(written.ok()) << written;
  auto gguf = LoadLanguageModel(dir.File("t5.gguf"), Exact());
  ASSERT_TRUE(gguf.ok()) << gguf.status();
  const auto folder = Load(dir, Exact());
  ASSERT_NE(folder, nullptr);
  const std::vector<int32_t> target = golden["target"], want = golden["greedy"];
  const auto a = Encode(gguf->get(), golden["source"]), b = Encode(folder.get(), golden["source"]);
  EXPECT_EQ(Step(gguf->get(), a.get(), target, LogitRows::kAll),
            Step(folder.get(), b.get(), target, LogitRows::kAll));
  const auto sequence = Encode(gguf->get(), golden["source"]);
  std::vector<int32_t> ids = {(*gguf)->config().decoder_start_token};
  for (size_t i = 0; i < want.size(); ++i) {
    const int32_t last = ids.back();
    ids.push_back(Best(Step(gguf->get(), sequence.get(), {&last, 1}, LogitRows::kLast), 1)[0]);
  }
  ids.erase(ids.begin());
  EXPECT_EQ(ids, want);
}

INSTANTIATE_TEST_SUITE_P(Files, GgufEncoderDecoderTest, testing::Values("t5_v1", "flan_t5"),
                         [](const auto& info) { return info.param; });

INSTANTIATE_TEST_SUITE_P(Models, EncoderDecoderTest, testing::ValuesIn(Names()),
                         [](const auto& info) { return info.param; });

class T5ModelTest : public testing::Test {
 protected:
  T5ModelTest() : golden_(CaseNamed("t5_v1")) { WriteModel(golden_, dir_); }

  absl::Status LoadError() {
    const auto model = LoadLanguageModel(dir_.path(), Exact());
    EXPECT_FALSE(model.ok());
    return model.status();
  }

  json golden_;
  TempModel dir_;
};

TEST_F(T5ModelTest, SourcesAreChecked) {
  const auto model = Load(dir_, Exact());
  ASSERT_NE(model, nullptr);
  EXPECT_TRUE(absl::IsInvalidArgument(model->NewSequence().status()));
  EXPECT_TRUE(absl::IsInvalidArgument(model->NewSequence({}, nullptr).status()));
  EXPECT_TRUE(absl::IsInvalidArgument(model->NewSequence({1, -1}, nullptr).status()));
  EXPECT_TRUE(absl::IsInvalidArgument(model->NewSequence({1, 96}, nullptr).status()));
  const std::vector<int32_t> longer(model->config().context_length + 1, 5);
  EXPECT_THAT(std::string(model->NewSequence(longer, nullptr).status().message()),
              HasSubstr("4097"));
}

TEST_F(T5ModelTest, SourcesTakeCacheBlocksAndGiveThemBack) {
  const auto model = Load(dir_, Exact());
  ASSERT_NE(model, nullptr);
  const int64_t all = model->free_tokens();
  const std::vector<int32_t> source(100, 5);
  {
    const auto sequence = Encode(model.get(), source);
    ASSERT_NE(sequence, nullptr);
    EXPECT_EQ(sequence->length(), 0);
    EXPECT_EQ(model->free_tokens(), all - 128);
    const std::vector<int32_t> many(all, 5);
    EXPECT_TRUE(absl::IsResourceExhausted(model->NewSequence(many, nullptr).status()));
  }
  EXPECT_EQ(model->free_tokens(), all);
}

TEST_F(T5ModelTest, CopiesOfTheTableAreNoExtraTensors) {
  for (const char* name :
       {"encoder.embed_tokens.weight", "decoder.embed_tokens.weight",
        "decoder.block.0.layer.1.EncDecAttention.relative_attention_bias.weight"}) {
    golden_["tensors"].push_back({name, {96, 32}, 0.0, 1.0});
  }
  dir_.Write("model.safetensors", made_weights::Safetensors(golden_["tensors"]));
  EXPECT_NE(Load(dir_, Exact()), nullptr);
}

TEST_F(T5ModelTest, ConfigurationsThatCantBe) {
  const auto with = [&](const char* key, const json& value) {
    json config = golden_["config"];
    config[key] = value;
    dir_.Write("config.json", config.dump());
    return LoadError();
  };
  EXPECT_THAT(std::string(with("relative_attention_num_buckets", 3).message()), HasSubstr("even"));
  EXPECT_THAT(std::string(with("relative_attention_max_distance", 16).message()),
              HasSubstr("distance"));
  EXPECT_TRUE(absl::IsUnimplemented(with("feed_forward_proj", "gated-swish")));
  EXPECT_TRUE(absl::IsInvalidArgument(with("num_layers", 0)));
  EXPECT_TRUE(absl::IsInvalidArgument(with("num_heads", -1)));
  EXPECT_THAT(std::string(with("d_ff", 50).message()), HasSubstr("DenseReluDense"));
  EXPECT_THAT(std::string(with("num_layers", 3).message()), HasSubstr("block.2"));
}

TEST(RelativeBucketTest, BucketsAreThoseOfTransformers) {
  for (const json& c : AllGolden()["buckets"]) {
    const RelativeBuckets buckets = {c["buckets"], c["max_distance"], c["bidirectional"]};
    for (int64_t distance = -300; distance <= 300; ++distance) {
      ASSERT_EQ(RelativeBucket(buckets, distance), c["of"][distance + 300].get<int64_t>())
          << buckets.buckets << ' ' << buckets.max_distance << ' ' << buckets.bidirectional << ' '
          << distance;
    }
  }
}

TEST(RelativeBiasTest, FartherDistancesAreLikeTheFarthest) {
  const RelativeBuckets buckets = {8, 16, true};
  std::vector<float> table(8 * 2);
  std::iota(table.begin(), table.end(), 0.f);
  const std::vector<float> bias = RelativeBias(buckets, table, 2);
  ASSERT_EQ(bias.size(), 2 * 33);
  for (int64_t head = 0; head < 2; ++head) {
    for (int64_t distance = -40; distance <= 40; ++distance) {
      const int64_t at = head * 33 + std::clamp<int64_t>(16 + distance, 0, 32);
      EXPECT_EQ(bias[at], table[RelativeBucket(buckets, distance) * 2 + head]);
    }
  }
}

}  // namespace
}  // namespace footnote::transformer
