// Every golden model of tests/golden/models against what transformers computed.

#include <algorithm>
#include <cmath>
#include <memory>
#include <numeric>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/transformer/golden_model.h"
#include "transformer/language_model.h"

namespace footnote::transformer {
namespace {

LanguageModelOptions Exact() {
  LanguageModelOptions options;
  options.precision = WeightPrecision::kF32;
  options.kv_format = kernels::KvFormat::kF32;
  options.threads = 1;
  options.cache_tokens = 1024;
  return options;
}

std::unique_ptr<LanguageModel> Load(const TempModel& dir, const LanguageModelOptions& options) {
  auto model = LoadLanguageModel(dir.path(), options);
  EXPECT_TRUE(model.ok()) << model.status();
  return model.ok() ? std::move(*model) : nullptr;
}

absl::StatusOr<Logits> Step(LanguageModel* model, Sequence* sequence,
                            absl::Span<const int32_t> tokens, LogitRows rows) {
  const SequenceInput input = {sequence, tokens, nullptr, rows};
  return model->Forward({&input, 1});
}

// The logits of all positions, the prompt split where `cuts` say.
std::vector<float> AllLogits(LanguageModel* model, const std::vector<int32_t>& prompt,
                             const std::vector<int64_t>& cuts = {}) {
  auto sequence = model->NewSequence();
  EXPECT_TRUE(sequence.ok()) << sequence.status();
  std::vector<float> all;
  std::vector<int64_t> ends = cuts;
  ends.push_back(static_cast<int64_t>(prompt.size()));
  int64_t begin = 0;
  for (int64_t end : ends) {
    const auto logits =
        Step(model, sequence->get(), absl::MakeConstSpan(prompt).subspan(begin, end - begin),
             LogitRows::kAll);
    EXPECT_TRUE(logits.ok()) << logits.status();
    if (!logits.ok()) return {};
    all.insert(all.end(), logits->values.begin(), logits->values.end());
    begin = end;
  }
  return all;
}

int32_t Best(absl::Span<const float> logits) {
  return static_cast<int32_t>(std::max_element(logits.begin(), logits.end()) - logits.begin());
}

class GoldenModelTest : public testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    LinkGolden(GetParam(), dir_);
    golden_ = ReadGolden(GetParam());
  }

  TempModel dir_;
  Golden golden_;
};

TEST_P(GoldenModelTest, LogitsAreThoseOfTransformers) {
  const auto model = Load(dir_, Exact());
  ASSERT_NE(model, nullptr);
  const std::vector<float> logits = AllLogits(model.get(), golden_.prompt);
  ASSERT_EQ(logits.size(), golden_.logits.size());
  double worst = 0;
  size_t where = 0;
  for (size_t i = 0; i < logits.size(); ++i) {
    const double error = std::abs(double{logits[i]} - golden_.logits[i]);
    if (!(error <= worst)) {
      worst = error;
      where = i;
    }
  }
  EXPECT_LE(worst, 1e-3) << "at position " << where / model->config().vocab_size;
}

TEST_P(GoldenModelTest, GreedyTokensAreThoseOfTransformers) {
  const auto model = Load(dir_, Exact());
  ASSERT_NE(model, nullptr);
  auto sequence = model->NewSequence();
  ASSERT_TRUE(sequence.ok());
  std::vector<int32_t> next(golden_.prompt.begin(), golden_.prompt.begin() + golden_.greedy_prompt);
  std::vector<int32_t> tokens;
  while (tokens.size() < golden_.greedy.size()) {
    const auto logits = Step(model.get(), sequence->get(), next, LogitRows::kLast);
    ASSERT_TRUE(logits.ok()) << logits.status();
    tokens.push_back(Best(logits->row(0)));
    next = {tokens.back()};
  }
  EXPECT_EQ(tokens, golden_.greedy);
}

INSTANTIATE_TEST_SUITE_P(Models, GoldenModelTest, testing::ValuesIn(GoldenNames()),
                         [](const auto& info) { return info.param; });

}  // namespace
}  // namespace footnote::transformer
