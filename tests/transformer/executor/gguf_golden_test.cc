// GGUF files of tests/golden/gguf, which gguf-py wrote, against what transformers
// computed with the numbers in them.

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "tests/transformer/executor/model_runs.h"
#include "tests/transformer/golden_model.h"
#include "transformer/language_model.h"

namespace footnote::transformer {
namespace {

std::string GgufPath(const std::string& file) {
  return std::string(FOOTNOTE_TESTDATA) + "/golden/gguf/" + file;
}

class GgufFamilyTest : public testing::TestWithParam<std::string> {};

TEST_P(GgufFamilyTest, LogitsAndTokensAreThoseOfTheFolder) {
  const Golden golden = ReadGolden(GetParam());
  const auto model = LoadOrFail(GgufPath(GetParam() + ".gguf"), ExactOptions());
  ASSERT_NE(model, nullptr);
  EXPECT_LE(LargestDifference(AllLogits(model.get(), golden.prompt), golden.logits), 1e-3);
  const auto prompt = absl::MakeConstSpan(golden.prompt).first(golden.greedy_prompt);
  EXPECT_EQ(Greedy(model.get(), prompt, golden.greedy.size()), golden.greedy);
}

INSTANTIATE_TEST_SUITE_P(Families, GgufFamilyTest,
                         testing::Values("bloom", "gemma", "gemma2", "gemma3", "gpt2", "gpt_neox",
                                         "llama_3_1", "llama_gqa_tied", "mistral_no_window", "phi",
                                         "phi3_longrope", "qwen2", "qwen3"),
                         [](const auto& info) { return info.param; });

class GgufFormatTest : public testing::TestWithParam<std::string> {
 protected:
  GgufFormatTest()
      : path_(GgufPath("llama_" + GetParam() + ".gguf")),
        golden_(ReadGoldenFiles(GgufPath("llama_" + GetParam() + ".json"),
                                GgufPath("llama_" + GetParam() + ".f32"))) {}

  absl::Span<const int32_t> GreedyPrompt() const {
    return absl::MakeConstSpan(golden_.prompt).first(golden_.greedy_prompt);
  }

  std::string path_;
  Golden golden_;
};

TEST_P(GgufFormatTest, NumbersAreThoseOfTheBlocks) {
  const auto model = LoadOrFail(path_, ExactOptions());
  ASSERT_NE(model, nullptr);
  EXPECT_LE(LargestDifference(AllLogits(model.get(), golden_.prompt), golden_.logits), 1e-3);
  EXPECT_EQ(Greedy(model.get(), GreedyPrompt(), golden_.greedy.size()), golden_.greedy);
}

// As the blocks are, with activations of 8 bits.
TEST_P(GgufFormatTest, TokensAreCloseAsStored) {
  LanguageModelOptions options = ExactOptions();
  options.precision = WeightPrecision::kAsStored;
  const auto model = LoadOrFail(path_, options);
  const auto exact = LoadOrFail(path_, ExactOptions());
  ASSERT_TRUE(model != nullptr && exact != nullptr);
  EXPECT_LT(model->memory().weights, exact->memory().weights + 1);
  const std::vector<int32_t> tokens = Greedy(model.get(), GreedyPrompt(), golden_.greedy.size());
  ASSERT_EQ(tokens.size(), golden_.greedy.size());
  const auto [ours, theirs] = std::mismatch(tokens.begin(), tokens.end(), golden_.greedy.begin());
  if (ours == tokens.end()) return;
  const auto before = absl::MakeConstSpan(tokens).first(ours - tokens.begin());
  EXPECT_LT(Rank(LogitsAfter(exact.get(), GreedyPrompt(), before), *ours), 5);
  EXPECT_LT(Rank(LogitsAfter(model.get(), GreedyPrompt(), before), *theirs), 5);
}

INSTANTIATE_TEST_SUITE_P(Formats, GgufFormatTest,
                         testing::Values("F32", "F16", "BF16", "Q8_0", "Q4_0", "Q4_1", "Q5_0",
                                         "Q5_1", "Q4_K", "Q5_K", "Q6_K"),
                         [](const auto& info) { return info.param; });

}  // namespace
}  // namespace footnote::transformer
