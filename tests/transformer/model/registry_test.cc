#include "transformer/model/registry.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace footnote::transformer {
namespace {

using testing::HasSubstr;

class RegistryTest : public testing::Test {
 protected:
  void SetUp() override {
    dir_ = std::string(testing::TempDir()) + "/registry_" +
           testing::UnitTest::GetInstance()->current_test_info()->name();
    std::filesystem::remove_all(dir_);
    std::filesystem::create_directories(dir_);
    setenv("FOOTNOTE_MODELS", dir_.c_str(), 1);
  }
  void TearDown() override {
    unsetenv("FOOTNOTE_MODELS");
    std::filesystem::remove_all(dir_);
  }
  void AddModel(const std::string& name) {
    std::filesystem::create_directories(dir_ + "/" + name);
    std::ofstream(dir_ + "/" + name + "/config.json") << "{}";
  }

  std::string dir_;
};

TEST_F(RegistryTest, TheDefaultModelIsKnown) {
  ASSERT_FALSE(KnownModels().empty());
  const KnownModel* model = FindKnownModel("all-MiniLM-L6-v2");
  ASSERT_EQ(model, &KnownModels().front());
  EXPECT_EQ(model->licence, "Apache-2.0");
  EXPECT_EQ(model->package_sha256.size(), 64u);
  EXPECT_EQ(model->weights_sha256.size(), 64u);
  EXPECT_EQ(FindKnownModel("no-such-model"), nullptr);
}

TEST_F(RegistryTest, FindsAFolderAndAName) {
  AddModel("mine");
  EXPECT_EQ(*FindModel(dir_ + "/mine"), dir_ + "/mine");
  EXPECT_EQ(*FindModel("mine"), dir_ + "/mine");
}

TEST_F(RegistryTest, AnErrorListsWhereItLookedAndTheMend) {
  const absl::Status known = FindModel("all-MiniLM-L6-v2").status();
  // The build folder may hold the model; then there is nothing to complain of.
  if (!known.ok()) {
    EXPECT_EQ(known.code(), absl::StatusCode::kNotFound);
    EXPECT_THAT(known.message(), HasSubstr("./bootstrap build"));
    EXPECT_THAT(known.message(), HasSubstr(dir_ + "/all-MiniLM-L6-v2"));
  }
  const absl::Status unknown = FindModel("other").status();
  EXPECT_EQ(unknown.code(), absl::StatusCode::kNotFound);
  EXPECT_THAT(unknown.message(), HasSubstr(dir_ + "/other, "));
  EXPECT_THAT(unknown.message(), HasSubstr("/usr/share/footnote/models/other"));
  EXPECT_THAT(unknown.message(), HasSubstr("footnote model list"));
}

TEST_F(RegistryTest, ANameDoesNotLeadElsewhere) {
  AddModel("outer");
  std::filesystem::create_directories(dir_ + "/inner");
  setenv("FOOTNOTE_MODELS", (dir_ + "/inner").c_str(), 1);
  EXPECT_EQ(FindModel("../outer").status().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(FindModel("..").status().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(FindModel("").status().code(), absl::StatusCode::kNotFound);
}

TEST_F(RegistryTest, AFolderWithoutConfigIsNotAModel) {
  std::filesystem::create_directories(dir_ + "/empty");
  const absl::Status status = FindModel(dir_ + "/empty").status();
  EXPECT_EQ(status.code(), absl::StatusCode::kNotFound);
  EXPECT_THAT(status.message(), HasSubstr("config.json"));
}

TEST_F(RegistryTest, AFileIsNotAModelFolder) {
  const std::string path = dir_ + "/embedder.gguf";
  std::ofstream(path) << "GGUF";
  const absl::Status status = FindModel(path).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(status.message(), HasSubstr("embedder.gguf is a file"));
  EXPECT_THAT(status.message(), HasSubstr("not an encoder"));
}

TEST_F(RegistryTest, InstalledModelsAreSorted) {
  AddModel("b");
  AddModel("a");
  std::filesystem::create_directories(dir_ + "/not-a-model");
  const std::vector<InstalledModel> models = InstalledModels();
  ASSERT_GE(models.size(), 2u);
  EXPECT_EQ(models[0].name, "a");
  EXPECT_EQ(models[0].dir, dir_ + "/a");
  EXPECT_EQ(models[1].name, "b");
  for (const InstalledModel& m : models) EXPECT_NE(m.name, "not-a-model");
}

TEST_F(RegistryTest, DescribesTheDefaultModel) {
  const auto d = DescribeModel(FOOTNOTE_MODEL_DIR);
  ASSERT_TRUE(d.ok()) << d.status();
  EXPECT_EQ(d->name, "all-MiniLM-L6-v2");
  EXPECT_EQ(d->family, "bert");
  EXPECT_EQ(d->tokenizer, "WordPiece, 30522 tokens");
  EXPECT_EQ(d->licence, "Apache-2.0");
  EXPECT_EQ(d->weights_format, "safetensors");
  EXPECT_EQ(d->weights_dtype, "F32");
  EXPECT_EQ(d->parameters, 22'713'216u);  // as torch counts them, pooler included
  EXPECT_EQ(d->layers, 6);
  EXPECT_EQ(d->dim, KnownModels()[0].dim);
  EXPECT_EQ(d->max_tokens, KnownModels()[0].max_tokens);
  EXPECT_THAT(d->outputs, testing::ElementsAre("dense"));
  EXPECT_EQ(d->bytes_float32, 4 * d->parameters);
  EXPECT_LT(d->bytes_bfloat16, d->bytes_float32);
  EXPECT_LT(d->bytes_int8, d->bytes_bfloat16);
  bool weights = false, pooling = false;
  for (const ModelDescription::File& file : d->files) {
    weights |= file.name == "model.safetensors" && file.bytes == 90'868'376;
    pooling |= file.name == "1_Pooling/config.json";
  }
  EXPECT_TRUE(weights);
  EXPECT_TRUE(pooling);
}

TEST_F(RegistryTest, ADamagedModelIsDescribedByItsError) {
  AddModel("broken");
  const auto d = DescribeModel(dir_ + "/broken");
  ASSERT_FALSE(d.ok());
  EXPECT_THAT(d.status().message(), HasSubstr(dir_ + "/broken/config.json"));
}

}  // namespace
}  // namespace footnote::transformer
