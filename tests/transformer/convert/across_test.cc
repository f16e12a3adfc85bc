// From folders to GGUF files and back: the golden models of tests/golden/models keep computing what
// transformers computed, whichever kind of file they are in.

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/transformer/executor/model_runs.h"
#include "tests/transformer/golden_model.h"
#include "transformer/convert/model_converter.h"
#include "transformer/language_model.h"

namespace footnote::transformer {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

absl::Status Convert(const std::string& source, const std::string& target, DType dtype) {
  ConvertOptions options;
  options.source = source;
  options.target = target;
  options.dtype = dtype;
  return ConvertModel(options).status();
}

void ExpectGolden(const Golden& golden, const std::string& path) {
  const auto model = LoadOrFail(path, ExactOptions());
  ASSERT_NE(model, nullptr);
  EXPECT_LE(LargestDifference(AllLogits(model.get(), golden.prompt), golden.logits), 1e-3);
  const auto prompt = absl::MakeConstSpan(golden.prompt).first(golden.greedy_prompt);
  EXPECT_EQ(Greedy(model.get(), prompt, golden.greedy.size()), golden.greedy);
}

class AcrossTest : public testing::TestWithParam<std::string> {};

TEST_P(AcrossTest, ThereAndBackItComputesTheSame) {
  const Golden golden = ReadGolden(GetParam());
  TempModel dir;
  LinkGolden(GetParam(), dir);
  const std::string gguf = dir.File("there.gguf"), back = dir.File("back");
  absl::Status status = Convert(dir.path(), gguf, DType::kF32);
  ASSERT_TRUE(status.ok()) << status;
  ExpectGolden(golden, gguf);
  status = Convert(gguf, back, DType::kF32);
  ASSERT_TRUE(status.ok()) << status;
  ExpectGolden(golden, back);
  const auto first = LoadOrFail(dir.path(), ExactOptions());
  const auto last = LoadOrFail(back, ExactOptions());
  ASSERT_TRUE(first != nullptr && last != nullptr);
  const TransformerConfig &a = first->config(), &b = last->config();
  EXPECT_EQ(a.context_length, b.context_length);
  EXPECT_EQ(a.eos_tokens, b.eos_tokens);
  EXPECT_EQ(a.bos_token, b.bos_token);
  const std::string text = "the quick brown fox, 42!";
  EXPECT_EQ(first->tokenizer().Tokenize(text, {}), last->tokenizer().Tokenize(text, {}));
}

INSTANTIATE_TEST_SUITE_P(Models, AcrossTest,
                         testing::Values("bloom", "gemma", "gpt2", "gpt_neox", "llama", "llama_3_1",
                                         "llama_bin", "llama_code", "llama_gqa_tied",
                                         "llama_sharded", "mistral_no_window", "phi",
                                         "phi3_longrope", "qwen2", "qwen3"),
                         [](const auto& info) { return info.param; });

// Files of gguf-py, whose tokenizer is SentencePiece's.
class GgufFileTest : public testing::TestWithParam<std::string> {};

TEST_P(GgufFileTest, BecomesAFolder) {
  TempModel dir;
  const std::string path = FOOTNOTE_TESTDATA "/golden/gguf/" + GetParam() + ".gguf";
  const absl::Status status = Convert(path, dir.File("folder"), DType::kF32);
  ASSERT_TRUE(status.ok()) << status;
  ExpectGolden(ReadGolden(GetParam()), dir.File("folder"));
}

INSTANTIATE_TEST_SUITE_P(Files, GgufFileTest,
                         testing::Values("bloom", "gemma", "gemma2", "gemma3", "gpt2", "gpt_neox",
                                         "llama_3_1", "llama_gqa_tied", "mistral_no_window", "phi",
                                         "phi3_longrope", "qwen2", "qwen3"),
                         [](const auto& info) { return info.param; });

TEST(AcrossRefusalTest, WhatTheOtherLayoutCannotSayIsNamed) {
  const std::pair<const char*, const char*> cases[] = {
      {"gpt_neo", "no architecture for the family \"gpt_neo\""},
      {"opt", "These families have one: bloom, gemma"},
      {"gptj", "convert to a folder instead"},
      {"btlm", "no architecture"},
      {"mistral", "the attention's window"},
      {"gpt_neox_sequential", "the activation"},
      {"qwen2_tied", "the attention's window"},
      {"gemma2", "the attention's scale"},
      {"gemma3", "the attention's scale"},
  };
  for (const auto& [name, message] : cases) {
    TempModel dir;
    LinkGolden(name, dir);
    const absl::Status status = Convert(dir.path(), dir.File("x.gguf"), DType::kF16);
    EXPECT_EQ(status.code(), absl::StatusCode::kUnimplemented) << name;
    EXPECT_THAT(std::string(status.message()), HasSubstr(message));
    EXPECT_FALSE(fs::exists(dir.File("x.gguf")));
  }
}

TEST(AcrossTest, BlocksAreWrittenAndRead) {
  TempModel dir;
  LinkGolden("llama_gqa_tied", dir);
  const std::string gguf = dir.File("q8.gguf"), back = dir.File("back");
  ASSERT_TRUE(Convert(dir.path(), gguf, DType::kQ8_0).ok());
  ASSERT_TRUE(Convert(gguf, back, DType::kF32).ok());
  const auto quantised = LoadOrFail(gguf, ExactOptions());
  const auto folder = LoadOrFail(back, ExactOptions());
  ASSERT_TRUE(quantised != nullptr && folder != nullptr);
  const Golden golden = ReadGolden("llama_gqa_tied");
  const std::vector<float> logits = AllLogits(quantised.get(), golden.prompt);
  EXPECT_LE(LargestDifference(logits, AllLogits(folder.get(), golden.prompt)), 1e-5);
  EXPECT_LE(LargestDifference(logits, golden.logits), 1);  // of logits up to about 10
}

}  // namespace
}  // namespace footnote::transformer
