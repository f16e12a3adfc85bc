// LoRA adapters of tests/golden/adapters against what peft computed.

#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/transformer/executor/gguf_of.h"
#include "tests/transformer/executor/model_runs.h"
#include "tests/transformer/golden_model.h"
#include "transformer/language_model.h"

namespace footnote::transformer {
namespace {

using ::testing::HasSubstr;

std::string AdapterDir(const std::string& name) {
  return std::string(FOOTNOTE_TESTDATA) + "/golden/adapters/" + name;
}

struct Case {
  std::string adapter;
  std::string base;
};

class AdapterGoldenTest : public testing::TestWithParam<Case> {};

TEST_P(AdapterGoldenTest, LogitsAreThoseOfPeft) {
  TempModel dir;
  LinkGolden(GetParam().base, dir);
  const auto model = LoadOrFail(dir.path(), ExactOptions());
  ASSERT_NE(model, nullptr);
  const auto adapter = model->LoadAdapter(AdapterDir(GetParam().adapter));
  ASSERT_TRUE(adapter.ok()) << adapter.status();
  EXPECT_FALSE((*adapter)->content_hash().empty());
  const Golden base = ReadGolden(GetParam().base);
  const std::vector<float> wanted = ReadFloats(AdapterDir(GetParam().adapter) + "/logits.f32");
  const std::vector<float> logits = AllLogits(model.get(), base.prompt, {}, adapter->get());
  EXPECT_LE(LargestDifference(logits, wanted), 1e-3);
  // It does change something, and only where it is asked for.
  EXPECT_GT(LargestDifference(logits, base.logits), 0.1);
  EXPECT_LE(LargestDifference(AllLogits(model.get(), base.prompt), base.logits), 1e-3);
  EXPECT_EQ(AllLogits(model.get(), base.prompt, {5, 6, 20}, adapter->get()), logits);
}

// The base in a GGUF file, whose tensors have other names and, of Llama, other rows' order.
TEST_P(AdapterGoldenTest, OverAGgufFileTheyAreTheSame) {
  TempModel dir;
  LinkGolden(GetParam().base, dir);
  const auto model = LoadOrFail(GgufOf(dir), ExactOptions());
  ASSERT_NE(model, nullptr);
  const auto adapter = model->LoadAdapter(AdapterDir(GetParam().adapter));
  ASSERT_TRUE(adapter.ok()) << adapter.status();
  const Golden base = ReadGolden(GetParam().base);
  const std::vector<float> wanted = ReadFloats(AdapterDir(GetParam().adapter) + "/logits.f32");
  EXPECT_LE(LargestDifference(AllLogits(model.get(), base.prompt, {}, adapter->get()), wanted),
            1e-3);
  EXPECT_LE(LargestDifference(AllLogits(model.get(), base.prompt), base.logits), 1e-3);
}

INSTANTIATE_TEST_SUITE_P(Adapters, AdapterGoldenTest,
                         testing::Values(Case{"llama_q_v", "llama"}, Case{"llama_all", "llama"},
                                         Case{"gpt_neox_all", "gpt_neox"}),
                         [](const auto& info) { return info.param.adapter; });

class AdapterTest : public testing::Test {
 protected:
  void SetUp() override {
    LinkGolden("llama", dir_);
    model_ = LoadOrFail(dir_.path(), ExactOptions());
    ASSERT_NE(model_, nullptr);
    prompt_ = ReadGolden("llama").prompt;
  }

  TempModel dir_;
  std::unique_ptr<LanguageModel> model_;
  std::vector<int32_t> prompt_;
};

TEST_F(AdapterTest, SeveralInOneBatchAreAsAlone) {
  const auto one = model_->LoadAdapter(AdapterDir("llama_q_v"));
  const auto two = model_->LoadAdapter(AdapterDir("llama_all"));
  ASSERT_TRUE(one.ok() && two.ok());
  EXPECT_NE((*one)->content_hash(), (*two)->content_hash());
  const Adapter* adapters[] = {two->get(), nullptr, one->get(), two->get()};
  std::vector<std::unique_ptr<Sequence>> sequences;
  std::vector<SequenceInput> inputs;
  for (const Adapter* adapter : adapters) {
    sequences.push_back(NewSequence(model_.get()));
    inputs.push_back({sequences.back().get(), prompt_, adapter, LogitRows::kAll});
  }
  const auto batch = model_->Forward(inputs);
  ASSERT_TRUE(batch.ok()) << batch.status();
  std::vector<float> alone;
  for (const Adapter* adapter : adapters) {
    const std::vector<float> logits = AllLogits(model_.get(), prompt_, {}, adapter);
    alone.insert(alone.end(), logits.begin(), logits.end());
  }
  EXPECT_EQ(batch->values, alone);
}

TEST_F(AdapterTest, ForOtherShapesOrLayersIsRefused) {
  TempModel other;
  LinkGolden("mistral", other);
  const auto model = LoadOrFail(other.path(), ExactOptions());
  ASSERT_NE(model, nullptr);
  const auto shapes = model->LoadAdapter(AdapterDir("llama_q_v"));
  EXPECT_EQ(shapes.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(shapes.status().message(), HasSubstr("model.layers.0.self_attn.v_proj"));
  const auto layers = model->LoadAdapter(AdapterDir("gpt_neox_all"));
  EXPECT_EQ(layers.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(layers.status().message(), HasSubstr("gpt_neox.layers.0.attention.dense"));
  EXPECT_EQ(model->LoadAdapter(other.path()).status().code(), absl::StatusCode::kNotFound);
}

TEST_F(AdapterTest, OfAnotherModelIsRefused) {
  const auto again = LoadOrFail(dir_.path(), ExactOptions());
  ASSERT_NE(again, nullptr);
  const auto adapter = again->LoadAdapter(AdapterDir("llama_all"));
  ASSERT_TRUE(adapter.ok()) << adapter.status();
  const auto sequence = NewSequence(model_.get());
  const auto logits = Step(model_.get(), sequence.get(), prompt_, LogitRows::kLast, adapter->get());
  EXPECT_EQ(logits.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(sequence->length(), 0);
}

}  // namespace
}  // namespace footnote::transformer
