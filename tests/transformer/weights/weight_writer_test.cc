#include "transformer/weights/weight_writer.h"

#include <cmath>
#include <cstring>
#include <filesystem>
#include <limits>
#include <memory>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "transformer/io/file.h"
#include "transformer/weights/block_quant.h"
#include "transformer/weights/gguf.h"

namespace footnote::transformer {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class WeightWriterTest : public testing::Test {
 protected:
  void SetUp() override {
    dir_ = std::string(testing::TempDir()) + "/writer_" +
           testing::UnitTest::GetInstance()->current_test_info()->name();
    std::filesystem::remove_all(dir_);
    std::filesystem::create_directories(dir_);
    auto golden = OpenWeights(FOOTNOTE_TESTDATA "/golden/blocks.gguf");
    ASSERT_TRUE(golden.ok()) << golden.status();
    golden_ = *std::move(golden);
  }
  void TearDown() override { std::filesystem::remove_all(dir_); }

  OutputTensor Golden(const std::string& name, DType dtype) {
    return ConvertedTensor(name, *golden_, *golden_->Find(name), dtype);
  }

  std::string dir_;
  std::unique_ptr<const WeightFile> golden_;
};

std::string Bytes(const TensorView& view) { return std::string(view.data, view.bytes); }

OutputTensor Floats(std::string name, std::vector<float> values, std::vector<int64_t> shape) {
  OutputTensor out;
  out.name = std::move(name);
  out.shape = std::move(shape);
  out.write = [values = std::move(values)](const ByteSink& sink) {
    return sink(absl::string_view(reinterpret_cast<const char*>(values.data()),
                                  values.size() * sizeof(float)));
  };
  return out;
}

TEST_F(WeightWriterTest, GgufComesBackAsItWas) {
  GgufPairs pairs;
  pairs.AddString("general.architecture", "llama");
  pairs.AddU32("u", 7);
  pairs.AddF32("f", 0.25f);
  pairs.AddBool("b", true);
  pairs.AddStrings("ss", {"x", "", "größer"});
  pairs.AddInts("is", {1, -2});
  pairs.AddFloats("fs", {0.5f, -1.0f});
  for (const auto& [key, value] : golden_->gguf()->values()) {
    if (key != "general.architecture") pairs.AddStored(key, value.stored);
  }
  std::vector<OutputTensor> tensors;
  for (const std::string& name : golden_->names()) {
    tensors.push_back(Golden(name, golden_->Find(name)->dtype));
  }
  tensors.push_back(Floats("tail", {1, 2, 3}, {3, 1}));
  const std::string path = dir_ + "/copy.gguf";
  const absl::Status status = WriteGguf(path, pairs, tensors);
  ASSERT_TRUE(status.ok()) << status;

  const auto copy = OpenWeights(path);
  ASSERT_TRUE(copy.ok()) << copy.status();
  for (const std::string& name : golden_->names()) {
    EXPECT_EQ(Bytes(*(*copy)->Find(name)), Bytes(*golden_->Find(name))) << name;
    EXPECT_EQ((*copy)->Find(name)->shape, golden_->Find(name)->shape) << name;
  }
  EXPECT_EQ((*copy)->Find("tail")->shape, (std::vector<int64_t>{3, 1}));
  const GgufMetadata& metadata = *(*copy)->gguf();
  EXPECT_EQ(*metadata.String("general.architecture"), "llama");
  EXPECT_EQ(*metadata.Int("u"), 7);
  EXPECT_EQ(*metadata.Number("f"), 0.25);
  EXPECT_EQ(metadata.Find("b")->u, 1u);
  EXPECT_THAT(metadata.Find("ss")->ss, ElementsAre("x", "", "größer"));
  EXPECT_THAT(metadata.Find("is")->is, ElementsAre(1, -2));
  EXPECT_THAT(metadata.Find("fs")->fs, ElementsAre(0.5f, -1.0f));
  for (const auto& [key, value] : golden_->gguf()->values()) {
    if (key == "general.architecture") continue;
    ASSERT_NE(metadata.Find(key), nullptr) << key;
    EXPECT_EQ(metadata.Find(key)->stored, value.stored) << key;
  }
}

TEST_F(WeightWriterTest, ConvertsWhatItWrites) {
  std::vector<OutputTensor> tensors;
  const DType types[] = {DType::kF16,  DType::kBF16, DType::kQ8_0, DType::kQ4_0,
                         DType::kQ4_1, DType::kQ5_0, DType::kQ5_1};
  for (const DType type : types) {
    OutputTensor tensor = Golden("source", type);
    tensor.name = std::string(DTypeName(type));
    tensors.push_back(std::move(tensor));
  }
  const std::string path = dir_ + "/q.gguf";
  const absl::Status status = WriteGguf(path, GgufPairs(), tensors);
  ASSERT_TRUE(status.ok()) << status;
  const auto file = OpenWeights(path);
  ASSERT_TRUE(file.ok()) << file.status();
  for (const DType type : types) {
    const std::string name(DTypeName(type));
    EXPECT_EQ(Bytes(*(*file)->Find(name)), Bytes(*golden_->Find(name))) << name;
  }
}

TEST_F(WeightWriterTest, SafetensorsHoldsWhatBlocksMean) {
  const std::string path = dir_ + "/model.safetensors";
  const absl::Status status = WriteSafetensors(
      path, {Golden("Q6_K", DType::kF32), Golden("source", DType::kBF16), Floats("e", {}, {0, 4})});
  ASSERT_TRUE(status.ok()) << status;
  const auto file = OpenWeights(path);
  ASSERT_TRUE(file.ok()) << file.status();
  EXPECT_EQ(Bytes(*(*file)->Find("Q6_K")), Bytes(*golden_->Find("Q6_K.values")));
  EXPECT_EQ(Bytes(*(*file)->Find("source")), Bytes(*golden_->Find("BF16")));
  EXPECT_EQ((*file)->Find("e")->shape, (std::vector<int64_t>{0, 4}));
  // The data begins at a multiple of 8.
  EXPECT_EQ((std::filesystem::file_size(path) - (*file)->Find("Q6_K")->bytes -
             (*file)->Find("source")->bytes) %
                8,
            0u);
}

TEST_F(WeightWriterTest, ALargeModelIsSplit) {
  std::vector<OutputTensor> tensors;
  for (const char* name : {"a", "b", "c", "d"}) {
    tensors.push_back(Floats(name, std::vector<float>(10, 1.5f), {10}));
  }
  tensors.push_back(Floats("large", std::vector<float>(100, 2.0f), {100}));
  const absl::Status status = WriteSafetensorsFolder(dir_, tensors, 80);
  ASSERT_TRUE(status.ok()) << status;
  for (const char* name : {"model-00001-of-00003.safetensors", "model-00002-of-00003.safetensors",
                           "model-00003-of-00003.safetensors", "model.safetensors.index.json"}) {
    EXPECT_TRUE(IsFile(dir_ + "/" + name)) << name;
  }
  EXPECT_FALSE(IsFile(dir_ + "/model.safetensors"));
  const auto file = OpenWeights(dir_);
  ASSERT_TRUE(file.ok()) << file.status();
  EXPECT_THAT((*file)->names(), ElementsAre("a", "b", "c", "d", "large"));
}

TEST_F(WeightWriterTest, ASmallOneIsNot) {
  const absl::Status status = WriteSafetensorsFolder(dir_, {Floats("a", {1}, {1})}, 4);
  ASSERT_TRUE(status.ok()) << status;
  EXPECT_TRUE(IsFile(dir_ + "/model.safetensors"));
}

TEST_F(WeightWriterTest, NumbersOutOfRangeAreNamed) {
  const std::string from = dir_ + "/from.safetensors", to = dir_ + "/to.gguf";
  const float infinity = std::numeric_limits<float>::infinity();
  for (const float bad : {65505.0f, -1e9f, infinity, std::nanf("")}) {
    std::vector<float> values(32, 1.0f);
    values[7] = bad;
    ASSERT_TRUE(WriteSafetensors(from, {Floats("w", values, {32})}).ok());
    const auto file = OpenWeights(from);
    ASSERT_TRUE(file.ok()) << file.status();
    for (const DType dtype : {DType::kF16, DType::kQ8_0, DType::kQ4_1}) {
      const absl::Status status =
          WriteGguf(to, GgufPairs(), {ConvertedTensor("w", **file, *(*file)->Find("w"), dtype)});
      EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << status;
      EXPECT_THAT(status.message(), HasSubstr("the tensor \"w\" has the value"));
      EXPECT_FALSE(IsFile(to));
    }
    EXPECT_TRUE(WriteGguf(to, GgufPairs(),
                          {ConvertedTensor("w", **file, *(*file)->Find("w"), DType::kBF16)})
                    .ok());
    std::filesystem::remove(to);
  }
}

TEST_F(WeightWriterTest, WhatAFormatCannotHoldIsRefused) {
  const auto message = [](const absl::Status& status) {
    EXPECT_FALSE(status.ok());
    return std::string(status.message());
  };
  const std::string st = dir_ + "/x.safetensors", gguf = dir_ + "/x.gguf";
  EXPECT_THAT(message(WriteSafetensors(st, {Golden("Q4_0", DType::kQ4_0)})), HasSubstr("Q4_0"));
  EXPECT_THAT(message(WriteSafetensors(st, {Floats("a", {1}, {1}), Floats("a", {1}, {1})})),
              HasSubstr("same name"));
  EXPECT_THAT(message(WriteSafetensors(st, {Floats("a", {1, 2}, {3})})), HasSubstr("8 bytes"));
  EXPECT_THAT(message(WriteGguf(gguf, {}, {Floats("a", {1}, {1}), Floats("a", {1}, {1})})),
              HasSubstr("twice"));
  EXPECT_THAT(message(WriteGguf(gguf, {}, {Floats(std::string(64, 'n'), {1}, {1})})),
              HasSubstr("63 bytes"));
  EXPECT_THAT(message(WriteGguf(gguf, {}, {Floats("a", {1}, {1, 1, 1, 1, 1})})),
              HasSubstr("4 dimensions"));
  EXPECT_THAT(message(WriteGguf(gguf, {}, {Floats("a", {1}, {1, -1})})), HasSubstr("negative"));
  OutputTensor odd = Golden("source", DType::kQ8_0);
  odd.shape = {33};
  EXPECT_THAT(message(WriteGguf(gguf, {}, {odd})), HasSubstr("whole number of Q8_0 blocks"));
  EXPECT_FALSE(IsFile(st));
  EXPECT_FALSE(IsFile(gguf));
}

}  // namespace
}  // namespace footnote::transformer
