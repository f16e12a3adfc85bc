#include "transformer/convert/model_converter.h"

#include <filesystem>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "transformer/convert/logit_check.h"
#include "transformer/io/file.h"
#include "transformer/io/json.h"
#include "transformer/weights/gguf.h"

namespace footnote::transformer {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

class ModelConverterTest : public testing::Test {
 protected:
  void SetUp() override {
    dir_ = std::string(testing::TempDir()) + "/convert_" +
           testing::UnitTest::GetInstance()->current_test_info()->name();
    fs::remove_all(dir_);
    fs::create_directories(dir_);
  }
  void TearDown() override { fs::remove_all(dir_); }

  // A tiny Llama with its tokenizer: tests/golden/models.
  std::string Model() {
    const std::string model = dir_ + "/model", golden = FOOTNOTE_TESTDATA "/golden/models";
    fs::copy(golden + "/llama", model);
    for (const char* name : {"/vocab.txt", "/tokenizer_config.json"}) {
      fs::copy(golden + name, model + name);
    }
    return model;
  }
  ConvertOptions To(const std::string& source, const std::string& target, DType dtype) {
    ConvertOptions options;
    options.source = source;
    options.target = dir_ + "/" + target;
    options.dtype = dtype;
    return options;
  }

  std::string dir_;
};

TEST_F(ModelConverterTest, AFolderKeepsItsMeaning) {
  const std::string model = Model();
  EXPECT_EQ(*PrecisionForCheck(model), WeightPrecision::kF32);
  const auto before = LogitsOfSample(model, WeightPrecision::kF32);
  ASSERT_TRUE(before.ok()) << before.status();
  for (const DType dtype : {DType::kF32, DType::kF16, DType::kBF16}) {
    const ConvertOptions options = To(model, std::string(DTypeName(dtype)), dtype);
    const auto report = ConvertModel(options);
    ASSERT_TRUE(report.ok()) << report.status();
    const auto file = OpenWeights(options.target);
    ASSERT_TRUE(file.ok()) << file.status();
    EXPECT_EQ((*file)->Find((*file)->names()[0])->dtype, dtype);
    EXPECT_EQ(report->tensors, (*file)->names().size());
    // The model is stored as bf16.
    EXPECT_EQ(report->target_bytes, report->source_bytes * (dtype == DType::kF32 ? 2 : 1));

    const auto after = LogitsOfSample(options.target, WeightPrecision::kF32);
    ASSERT_TRUE(after.ok()) << after.status();
    const auto difference = CompareLogits(*before, *after);
    ASSERT_TRUE(difference.ok()) << difference.status();
    EXPECT_GT(difference->tokens, 10);
    if (dtype == DType::kF16) {  // smallest numbers are lost
      EXPECT_LT(difference->max_difference, 1e-4);
    } else {
      EXPECT_EQ(difference->max_difference, 0);
      EXPECT_EQ(difference->top1_agreement, 1);
    }
  }
}

TEST_F(ModelConverterTest, TheConfigurationSaysTheNewType) {
  const ConvertOptions options = To(Model(), "out", DType::kBF16);
  ASSERT_TRUE(ConvertModel(options).ok());
  const auto config = ReadJsonObject(options.target + "/config.json", 1 << 20);
  ASSERT_TRUE(config.ok()) << config.status();
  EXPECT_EQ((*config)["dtype"], "bfloat16");
  EXPECT_EQ((*config)["hidden_size"], 32);
  EXPECT_TRUE(IsFile(options.target + "/vocab.txt"));
  EXPECT_FALSE(IsDirectory(options.target + ".tmp"));
}

TEST_F(ModelConverterTest, ALargeFolderIsSplit) {
  ConvertOptions options = To(Model(), "out", DType::kF32);
  options.max_file_bytes = 10'000;
  ASSERT_TRUE(ConvertModel(options).ok());
  EXPECT_TRUE(IsFile(options.target + "/model.safetensors.index.json"));
  EXPECT_TRUE(OpenWeights(options.target).ok());
}

// The file is no model, but its tensors have every type.
TEST_F(ModelConverterTest, AGgufFileKeepsItsMetadata) {
  const std::string source = FOOTNOTE_TESTDATA "/golden/blocks.gguf";
  const ConvertOptions options = To(source, "out.gguf", DType::kQ8_0);
  const auto report = ConvertModel(options);
  ASSERT_TRUE(report.ok()) << report.status();
  const auto before = OpenWeights(source), after = OpenWeights(options.target);
  ASSERT_TRUE(before.ok() && after.ok()) << after.status();
  EXPECT_EQ((*before)->names(), (*after)->names());
  for (const std::string& name : (*after)->names()) {
    EXPECT_EQ((*after)->Find(name)->dtype, DType::kQ8_0) << name;
    EXPECT_EQ((*after)->Find(name)->shape, (*before)->Find(name)->shape) << name;
  }
  const TensorView* made = (*after)->Find("source");
  const TensorView* reference = (*before)->Find("Q8_0");
  EXPECT_EQ(std::string(made->data, made->bytes), std::string(reference->data, reference->bytes));
  EXPECT_EQ(*(*after)->gguf()->Int("general.file_type"), 7);
  EXPECT_EQ(*(*after)->gguf()->String("general.architecture"), "test");
  EXPECT_EQ((*after)->gguf()->Find("test.strings")->ss.size(), 3u);
}

TEST_F(ModelConverterTest, WhatCannotBeIsRefusedAndLeavesNothing) {
  const std::string model = Model(), gguf = FOOTNOTE_TESTDATA "/golden/blocks.gguf";
  const auto message = [](const ConvertOptions& options, absl::StatusCode code) {
    const absl::Status status = ConvertModel(options).status();
    EXPECT_EQ(status.code(), code) << status;
    return std::string(status.message());
  };
  EXPECT_THAT(message(To(model, "x", DType::kQ4_0), absl::StatusCode::kUnimplemented),
              HasSubstr("safetensors can't hold q4_0"));
  EXPECT_THAT(message(To(gguf, "x", DType::kF16), absl::StatusCode::kUnimplemented),
              HasSubstr("the GGUF architecture \"test\" is not supported"));
  EXPECT_THAT(message(To(gguf, "x", DType::kQ8_0), absl::StatusCode::kUnimplemented),
              HasSubstr("safetensors can't hold q8_0"));
  EXPECT_THAT(message(To(model, "model", DType::kF16), absl::StatusCode::kAlreadyExists),
              HasSubstr("exists already"));
  EXPECT_THAT(message(To(model + "/model.safetensors", "x", DType::kF16),
                      absl::StatusCode::kInvalidArgument),
              HasSubstr("not a model's folder"));
  EXPECT_FALSE(fs::exists(dir_ + "/x"));
  EXPECT_FALSE(fs::exists(dir_ + "/x.gguf"));
}

TEST(ParseWeightTypeTest, NamesAreListed) {
  EXPECT_EQ(*ParseWeightType("q5_1"), DType::kQ5_1);
  EXPECT_EQ(*ParseWeightType("BF16"), DType::kBF16);
  EXPECT_THAT(ParseWeightType("q4_k").status().message(), HasSubstr("f32, f16, bf16, q8_0"));
}

TEST(CompareLogitsTest, CountsWhatDiffers) {
  Logits a{2, 3, {1, 2, 3, 3, 2, 1}}, b{2, 3, {1, 2, 2.5, 3, 4, 1}};
  const auto difference = CompareLogits(a, b);
  ASSERT_TRUE(difference.ok()) << difference.status();
  EXPECT_EQ(difference->max_difference, 2);
  EXPECT_EQ(difference->top1_agreement, 0.5);
  EXPECT_FALSE(CompareLogits(a, Logits{1, 3, {1, 2, 3}}).ok());
}

}  // namespace
}  // namespace footnote::transformer
