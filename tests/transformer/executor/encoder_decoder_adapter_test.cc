// A LoRA adapter of an encoder-decoder against what peft computed:
// tests/golden/adapters/flan_t5_all.

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/transformer/executor/encoder_decoder_models.h"
#include "tests/transformer/executor/gguf_of.h"
#include "tests/transformer/executor/model_runs.h"
#include "tests/transformer/golden_model.h"
#include "transformer/language_model.h"

namespace footnote::transformer {
namespace {

using ::testing::HasSubstr;

const std::string& AdapterDir() {
  static const auto* const dir =
      new std::string(std::string(FOOTNOTE_TESTDATA) + "/golden/adapters/flan_t5_all");
  return *dir;
}

class EncoderDecoderAdapterTest : public testing::Test {
 protected:
  EncoderDecoderAdapterTest() {
    WriteModel(golden_, dir_);
    for (const int32_t id : golden_["source"]) source_.push_back(id);
    for (const int32_t id : golden_["target"]) target_.push_back(id);
  }

  // The logits of every token of the target.
  std::vector<float> Run(LanguageModel* model, const Adapter* adapter) {
    const auto sequence = model->NewSequence(source_, adapter);
    EXPECT_TRUE(sequence.ok()) << sequence.status();
    if (!sequence.ok()) return {};
    const auto logits = Step(model, sequence->get(), target_, LogitRows::kAll, adapter);
    EXPECT_TRUE(logits.ok()) << logits.status();
    return logits.ok() ? logits->values : std::vector<float>();
  }

  // Of the positions that the golden file has.
  std::vector<float> EveryFourth(const LanguageModel& model, const std::vector<float>& logits) {
    const size_t vocab = static_cast<size_t>(model.config().vocab_size);
    const size_t every = AllGolden()["every"];
    std::vector<float> some;
    for (size_t row = 0; row * vocab < logits.size(); row += every) {
      some.insert(some.end(), logits.begin() + static_cast<ptrdiff_t>(row * vocab),
                  logits.begin() + static_cast<ptrdiff_t>((row + 1) * vocab));
    }
    return some;
  }

  void ExpectPeftsLogits(const std::string& path) {
    const auto model = LoadOrFail(path, ExactOptions());
    ASSERT_NE(model, nullptr);
    const std::vector<float> base = Run(model.get(), nullptr);
    const auto adapter = model->LoadAdapter(AdapterDir());
    ASSERT_TRUE(adapter.ok()) << adapter.status();
    const std::vector<float> logits = Run(model.get(), adapter->get());
    const std::vector<float> wanted = ReadFloats(AdapterDir() + "/logits.f32");
    EXPECT_LE(LargestDifference(EveryFourth(*model, logits), wanted), 1e-3);
    // It does change something, and only where it is asked for.
    EXPECT_GT(LargestDifference(logits, base), 0.1);
    EXPECT_EQ(Run(model.get(), nullptr), base);
  }

  const nlohmann::json& golden_ = CaseNamed("flan_t5");
  TempModel dir_;
  std::vector<int32_t> source_, target_;
};

TEST_F(EncoderDecoderAdapterTest, LogitsAreThoseOfPeft) { ExpectPeftsLogits(dir_.path()); }

TEST_F(EncoderDecoderAdapterTest, OverAGgufFileTheyAreTheSame) { ExpectPeftsLogits(GgufOf(dir_)); }

TEST_F(EncoderDecoderAdapterTest, OneSequenceHasOneAdapter) {
  const auto model = LoadOrFail(dir_.path(), ExactOptions());
  const auto other = LoadOrFail(dir_.path(), ExactOptions());
  ASSERT_TRUE(model != nullptr && other != nullptr);
  const auto adapter = model->LoadAdapter(AdapterDir());
  const auto others = other->LoadAdapter(AdapterDir());
  ASSERT_TRUE(adapter.ok() && others.ok()) << adapter.status() << others.status();
  EXPECT_TRUE(absl::IsInvalidArgument(model->NewSequence(source_, others->get()).status()));

  const auto with = model->NewSequence(source_, adapter->get());
  const auto without = model->NewSequence(source_, nullptr);
  ASSERT_TRUE(with.ok() && without.ok());
  const auto mixed = Step(model.get(), with->get(), target_, LogitRows::kLast, nullptr);
  EXPECT_TRUE(absl::IsInvalidArgument(mixed.status())) << mixed.status();
  EXPECT_THAT(std::string(mixed.status().message()), HasSubstr("source text"));
  EXPECT_TRUE(absl::IsInvalidArgument(
      Step(model.get(), without->get(), target_, LogitRows::kLast, adapter->get()).status()));
  EXPECT_EQ((*with)->length(), 0);

  // Both kinds in one step: as alone.
  std::vector<float> alone = Run(model.get(), adapter->get());
  const std::vector<float> base = Run(model.get(), nullptr);
  alone.insert(alone.end(), base.begin(), base.end());
  const SequenceInput inputs[] = {{with->get(), target_, adapter->get(), LogitRows::kAll},
                                  {without->get(), target_, nullptr, LogitRows::kAll}};
  const auto together = model->Forward(inputs);
  ASSERT_TRUE(together.ok()) << together.status();
  EXPECT_EQ(together->values, alone);
}

}  // namespace
}  // namespace footnote::transformer
