#include "transformer/text_encoder.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"

namespace footnote::transformer {
namespace {

using testing::HasSubstr;

struct Golden {
  int dim = 0;
  std::vector<std::string> texts;
  std::vector<float> values;

  std::vector<absl::string_view> views() const { return {texts.begin(), texts.end()}; }
};

Golden ReadGolden() {
  const std::string base = std::string(FOOTNOTE_TESTDATA) + "/golden/embeddings";
  std::ifstream json_file(base + ".json");
  const nlohmann::json json = nlohmann::json::parse(json_file);
  Golden golden;
  golden.dim = json["dim"];
  golden.texts = json["texts"];
  std::ifstream file(base + ".f32", std::ios::binary);
  const std::string bytes{std::istreambuf_iterator<char>(file), {}};
  golden.values.resize(bytes.size() / sizeof(float));
  std::memcpy(golden.values.data(), bytes.data(), golden.values.size() * sizeof(float));
  return golden;
}

double Cosine(const float* a, const float* b, int dim) {
  double ab = 0, aa = 0, bb = 0;
  for (int i = 0; i < dim; ++i) {
    ab += static_cast<double>(a[i]) * b[i];
    aa += static_cast<double>(a[i]) * a[i];
    bb += static_cast<double>(b[i]) * b[i];
  }
  return ab / std::sqrt(aa * bb);
}

bool HaveModel() { return std::filesystem::exists(FOOTNOTE_MODEL_DIR "/config.json"); }

std::unique_ptr<const Embedder> Load(Precision precision, int threads) {
  auto encoder = LoadTextEncoder(FOOTNOTE_MODEL_DIR, {precision, threads});
  EXPECT_TRUE(encoder.ok()) << encoder.status();
  return encoder.ok() ? std::move(*encoder) : nullptr;
}

struct Case {
  std::string name;
  Precision precision;
  double least_cosine;  // of any text: queries of a word or two lose most in int8
  double mean_cosine;
};

class TextEncoderTest : public testing::TestWithParam<Case> {
 protected:
  void SetUp() override {
    if (!HaveModel()) GTEST_SKIP() << "no model in " << FOOTNOTE_MODEL_DIR;
  }
};

TEST_P(TextEncoderTest, AgreesWithSentenceTransformers) {
  const Golden golden = ReadGolden();
  ASSERT_EQ(golden.values.size(), golden.texts.size() * golden.dim);
  const auto encoder = Load(GetParam().precision, 2);
  ASSERT_NE(encoder, nullptr);
  ASSERT_EQ(encoder->dim(), golden.dim);
  EXPECT_EQ(encoder->max_tokens(), 256);
  const auto got = encoder->Embed(golden.views());
  ASSERT_TRUE(got.ok()) << got.status();
  double sum = 0;
  for (int r = 0; r < got->rows; ++r) {
    const float* row = got->row(r).data();
    const double cosine =
        Cosine(row, &golden.values[static_cast<size_t>(r) * golden.dim], golden.dim);
    EXPECT_GE(cosine, GetParam().least_cosine) << "text " << r << ": " << golden.texts[r];
    double squares = 0;
    for (int i = 0; i < golden.dim; ++i) squares += static_cast<double>(row[i]) * row[i];
    EXPECT_NEAR(squares, 1, 1e-5);
    sum += cosine;
  }
  EXPECT_GE(sum / got->rows, GetParam().mean_cosine);
}

// What a text shares a batch with must not change its embedding: neither the
// answer cache nor a second ingest would be reproducible.
TEST_P(TextEncoderTest, ATextsEmbeddingDoesNotDependOnItsBatch) {
  const Golden golden = ReadGolden();
  const auto encoder = Load(GetParam().precision, 2);
  ASSERT_NE(encoder, nullptr);
  const auto together = encoder->Embed(golden.views());
  ASSERT_TRUE(together.ok());
  for (const int r : {0, 6, 13, 30, 37}) {
    const absl::string_view text = golden.texts[r];
    const auto alone = encoder->Embed({&text, 1});
    ASSERT_TRUE(alone.ok());
    for (int i = 0; i < golden.dim; ++i) ASSERT_EQ(alone->row(0)[i], together->row(r)[i]) << r;
  }
}

INSTANTIATE_TEST_SUITE_P(Precisions, TextEncoderTest,
                         testing::Values(Case{"float32", Precision::kFloat32, 0.99999, 0.999999},
                                         Case{"bfloat16", Precision::kBfloat16, 0.9998, 0.9999},
                                         Case{"int8", Precision::kInt8, 0.995, 0.999}),
                         [](const auto& info) { return info.param.name; });

TEST(LoadTextEncoderTest, MissingFolderIsNotFound) {
  const auto encoder = LoadTextEncoder("/no/such/model", {});
  EXPECT_EQ(encoder.status().code(), absl::StatusCode::kNotFound);
  EXPECT_THAT(std::string(encoder.status().message()), HasSubstr("/no/such/model"));
}

class LoadedEncoderTest : public testing::Test {
 protected:
  void SetUp() override {
    if (!HaveModel()) GTEST_SKIP() << "no model in " << FOOTNOTE_MODEL_DIR;
    encoder_ = Load(Precision::kInt8, 2);
    ASSERT_NE(encoder_, nullptr);
  }
  std::unique_ptr<const Embedder> encoder_;
};

TEST_F(LoadedEncoderTest, NoTextsGiveNoRows) {
  const auto got = encoder_->Embed({});
  ASSERT_TRUE(got.ok()) << got.status();
  EXPECT_EQ(got->rows, 0);
  EXPECT_EQ(got->dim, 384);
}

TEST_F(LoadedEncoderTest, CancellationEndsTheCall) {
  const std::vector<absl::string_view> texts(200, "a text that is embedded many times over");
  EXPECT_EQ(encoder_->Embed(texts, [] { return true; }).status().code(),
            absl::StatusCode::kCancelled);
  // Asked again between batches, on the caller's thread only.
  int asked = 0;
  const auto caller = std::this_thread::get_id();
  const auto late = encoder_->Embed(texts, [&] {
    EXPECT_EQ(std::this_thread::get_id(), caller);
    return ++asked > 1;
  });
  EXPECT_EQ(late.status().code(), absl::StatusCode::kCancelled);
  EXPECT_EQ(asked, 2);
}

TEST_F(LoadedEncoderTest, ConcurrentCallersGetTheSameAnswers) {
  const Golden golden = ReadGolden();
  const auto want = encoder_->Embed(golden.views());
  ASSERT_TRUE(want.ok());
  std::vector<std::thread> callers;
  for (int c = 0; c < 4; ++c) {
    callers.emplace_back([&] {
      const auto got = encoder_->Embed(golden.views());
      ASSERT_TRUE(got.ok());
      EXPECT_EQ(got->values, want->values);
    });
  }
  for (std::thread& t : callers) t.join();
}

TEST_F(LoadedEncoderTest, FingerprintsTellPrecisionsApart) {
  const auto other = Load(Precision::kFloat32, 1);
  ASSERT_NE(other, nullptr);
  EXPECT_NE(encoder_->fingerprint(), other->fingerprint());
  EXPECT_THAT(encoder_->fingerprint(), HasSubstr("all-MiniLM-L6-v2"));
  EXPECT_THAT(encoder_->fingerprint(), HasSubstr("int8"));
}

TEST_F(LoadedEncoderTest, CountsTokensWithoutTheSpecialOnes) {
  EXPECT_EQ(encoder_->CountTokens(""), 0);
  EXPECT_EQ(encoder_->CountTokens("hello world"), 2);
}

}  // namespace
}  // namespace footnote::transformer
