// The golden models on a CUDA device: as the CPU computes them, and through
// recorded steps. Runs on the emulated device of tests/kernels/cuda/emulator/.
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "gtest/gtest.h"
#include "tests/transformer/executor/model_runs.h"
#include "tests/transformer/golden_model.h"
#include "transformer/language_model.h"

namespace footnote::transformer {
namespace {

class CudaModelTest : public testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    LinkGolden(GetParam(), dir_);
    golden_ = ReadGolden(GetParam());
  }
  static LanguageModelOptions OnCuda() {
    LanguageModelOptions options = ExactOptions();
    options.cuda_device = 0;
    return options;
  }

  TempModel dir_;
  Golden golden_;
};

TEST_P(CudaModelTest, LogitsAreThoseOfTransformers) {
  const auto model = LoadOrFail(dir_.path(), OnCuda());
  ASSERT_NE(model, nullptr);
  EXPECT_LE(LargestDifference(AllLogits(model.get(), golden_.prompt), golden_.logits), 1e-3);
}

TEST_P(CudaModelTest, GreedyTokensAreThoseOfTransformers) {
  const auto model = LoadOrFail(dir_.path(), OnCuda());
  ASSERT_NE(model, nullptr);
  constexpr size_t kTokens = 12;  // enough for steps to be recorded and replayed
  const auto prompt = absl::MakeConstSpan(golden_.prompt).first(golden_.greedy_prompt);
  const std::vector<int32_t> want(golden_.greedy.begin(), golden_.greedy.begin() + kTokens);
  EXPECT_EQ(Greedy(model.get(), prompt, kTokens), want);
}

// Products and attention in bf16, the prompt through the kernels for prompts.
TEST_P(CudaModelTest, Bfloat16IsClose) {
  LanguageModelOptions options = OnCuda();
  options.precision = WeightPrecision::kBf16;
  options.kv_format = kernels::KvFormat::kBf16;
  const auto model = LoadOrFail(dir_.path(), options);
  ASSERT_NE(model, nullptr);
  options.cuda_device = -1;
  const auto cpu = LoadOrFail(dir_.path(), options);
  ASSERT_NE(cpu, nullptr);
  const std::vector<float> ours = AllLogits(model.get(), golden_.prompt);
  const std::vector<float> theirs = AllLogits(cpu.get(), golden_.prompt);
  const double rounding = LargestDifference(theirs, golden_.logits);
  EXPECT_LE(LargestDifference(ours, golden_.logits), 3 * rounding + 1e-3);
}

TEST_P(CudaModelTest, DeterministicLogitsDontDependOnTheSteps) {
  LanguageModelOptions options = OnCuda();
  options.deterministic = true;
  const auto model = LoadOrFail(dir_.path(), options);
  ASSERT_NE(model, nullptr);
  EXPECT_TRUE(absl::StrContains(model->device(), "deterministic")) << model->device();
  const std::vector<float> whole = AllLogits(model.get(), golden_.prompt);
  EXPECT_EQ(AllLogits(model.get(), golden_.prompt, {1, 2, 7}), whole);
  EXPECT_LE(LargestDifference(whole, golden_.logits), 1e-3);
}

INSTANTIATE_TEST_SUITE_P(Models, CudaModelTest, testing::ValuesIn(GoldenNames()),
                         [](const auto& info) { return info.param; });

}  // namespace
}  // namespace footnote::transformer
