// Every golden model of tests/golden/models against what transformers computed.

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/transformer/executor/model_runs.h"
#include "tests/transformer/golden_model.h"
#include "transformer/language_model.h"

namespace footnote::transformer {
namespace {

class GoldenModelTest : public testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    LinkGolden(GetParam(), dir_);
    golden_ = ReadGolden(GetParam());
  }

  absl::Span<const int32_t> GreedyPrompt() const {
    return absl::MakeConstSpan(golden_.prompt).first(golden_.greedy_prompt);
  }

  // At the first token that differs from transformers' each side's token is
  // among the other's best five.
  void ExpectCloseTokens(const LanguageModelOptions& options) {
    const auto model = LoadOrFail(dir_.path(), options);
    ASSERT_NE(model, nullptr);
    const std::vector<int32_t> tokens = Greedy(model.get(), GreedyPrompt(), golden_.greedy.size());
    ASSERT_EQ(tokens.size(), golden_.greedy.size());
    const auto [ours, theirs] = std::mismatch(tokens.begin(), tokens.end(), golden_.greedy.begin());
    if (ours == tokens.end()) return;
    const auto before = absl::MakeConstSpan(tokens).first(ours - tokens.begin());
    const auto exact = LoadOrFail(dir_.path(), ExactOptions());
    ASSERT_NE(exact, nullptr);
    EXPECT_LT(Rank(LogitsAfter(exact.get(), GreedyPrompt(), before), *ours), 5)
        << "token " << before.size();
    EXPECT_LT(Rank(LogitsAfter(model.get(), GreedyPrompt(), before), *theirs), 5)
        << "token " << before.size();
  }

  TempModel dir_;
  Golden golden_;
};

TEST_P(GoldenModelTest, LogitsAreThoseOfTransformers) {
  const auto model = LoadOrFail(dir_.path(), ExactOptions());
  ASSERT_NE(model, nullptr);
  EXPECT_LE(LargestDifference(AllLogits(model.get(), golden_.prompt), golden_.logits), 1e-3);
}

TEST_P(GoldenModelTest, GreedyTokensAreThoseOfTransformers) {
  const auto model = LoadOrFail(dir_.path(), ExactOptions());
  ASSERT_NE(model, nullptr);
  EXPECT_EQ(Greedy(model.get(), GreedyPrompt(), golden_.greedy.size()), golden_.greedy);
}

TEST_P(GoldenModelTest, Bfloat16TokensAreClose) {
  LanguageModelOptions options = ExactOptions();
  options.precision = WeightPrecision::kBf16;
  options.kv_format = kernels::KvFormat::kBf16;
  ExpectCloseTokens(options);
}

TEST_P(GoldenModelTest, Int8TokensAreClose) {
  LanguageModelOptions options = ExactOptions();
  options.precision = WeightPrecision::kInt8;
  options.kv_format = kernels::KvFormat::kInt8;
  ExpectCloseTokens(options);
}

// The same bits whatever is computed beside, in whatever pieces, by however many
// threads, at the precisions that are used.
TEST_P(GoldenModelTest, BitsDontDependOnBatchPiecesOrThreads) {
  for (WeightPrecision precision : {WeightPrecision::kBf16, WeightPrecision::kInt8}) {
    LanguageModelOptions options = ExactOptions();
    options.precision = precision;
    options.kv_format = kernels::KvFormat::kBf16;
    const auto model = LoadOrFail(dir_.path(), options);
    ASSERT_NE(model, nullptr);
    const std::vector<float> whole = AllLogits(model.get(), golden_.prompt);
    EXPECT_EQ(AllLogits(model.get(), golden_.prompt, {1, 2, 7, 31, 33}), whole);

    const auto first = NewSequence(model.get()), second = NewSequence(model.get()),
               third = NewSequence(model.get());
    const std::vector<int32_t> others(golden_.prompt.rbegin(), golden_.prompt.rend());
    const auto span = absl::MakeConstSpan(others);
    const SequenceInput inputs[] = {{first.get(), span.first(9), nullptr, LogitRows::kLast},
                                    {second.get(), golden_.prompt, nullptr, LogitRows::kAll},
                                    {third.get(), span, nullptr, LogitRows::kNone}};
    const auto batch = model->Forward(inputs);
    ASSERT_TRUE(batch.ok()) << batch.status();
    ASSERT_EQ(batch->rows, 1 + static_cast<int64_t>(golden_.prompt.size()));
    EXPECT_EQ(std::vector<float>(batch->values.begin() + batch->vocab_size, batch->values.end()),
              whole);

    options.threads = 2;
    const auto threaded = LoadOrFail(dir_.path(), options);
    ASSERT_NE(threaded, nullptr);
    EXPECT_EQ(AllLogits(threaded.get(), golden_.prompt), whole);
  }
}

INSTANTIATE_TEST_SUITE_P(Models, GoldenModelTest, testing::ValuesIn(GoldenNames()),
                         [](const auto& info) { return info.param; });

}  // namespace
}  // namespace footnote::transformer
