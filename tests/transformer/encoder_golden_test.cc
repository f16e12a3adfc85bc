// Embedders and cross-encoders of every family against sentence-transformers: the cases of
// tests/golden/encoders.py.
#include <cmath>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/escaping.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"
#include "tests/transformer/made_weights.h"
#include "transformer/cross_encoder.h"
#include "transformer/text_encoder.h"

namespace footnote::transformer {
namespace {

using nlohmann::json;

const json& Golden() {
  static const json* const golden = [] {
    std::ifstream file(std::string(FOOTNOTE_TESTDATA) + "/golden/encoders.json");
    return new json(json::parse(file));
  }();
  return *golden;
}

std::vector<std::string> Texts() { return Golden()["texts"]; }

std::vector<float> Floats(const json& base64) {
  std::string bytes;
  EXPECT_TRUE(absl::Base64Unescape(base64.get<std::string>(), &bytes));
  std::vector<float> values(bytes.size() / sizeof(float));
  std::memcpy(values.data(), bytes.data(), values.size() * sizeof(float));
  return values;
}

double Cosine(const float* a, const float* b, size_t n) {
  double ab = 0, aa = 0, bb = 0;
  for (size_t i = 0; i < n; ++i) {
    ab += static_cast<double>(a[i]) * b[i];
    aa += static_cast<double>(a[i]) * a[i];
    bb += static_cast<double>(b[i]) * b[i];
  }
  return ab / std::sqrt(aa * bb);
}

struct Case {
  std::string model;
  Precision precision;
};

std::string CaseName(const testing::TestParamInfo<Case>& info) {
  const char* const names[] = {"f32", "bf16", "int8"};
  return info.param.model + "_" + names[static_cast<int>(info.param.precision)];
}

// A folder with one case's model.
class ModelFolder {
 public:
  explicit ModelFolder(const std::string& name) {
    for (const json& c : Golden()["cases"]) {
      if (c["name"] == name) case_ = c;
    }
    std::string test = testing::UnitTest::GetInstance()->current_test_info()->name();
    for (char& c : test) c = c == '/' ? '_' : c;
    dir_ = testing::TempDir() + "/encoder_golden_" + test;
    std::filesystem::remove_all(dir_);
    for (const auto& [path, text] : case_["files"].items()) Write(path, text.get<std::string>());
    for (const auto& [path, rows] : case_["tensors"].items()) {
      Write(path, made_weights::Safetensors(rows));
    }
  }
  ~ModelFolder() { std::filesystem::remove_all(dir_); }
  ModelFolder(const ModelFolder&) = delete;
  ModelFolder& operator=(const ModelFolder&) = delete;

  const std::string& dir() const { return dir_; }
  const json& golden() const { return case_; }

  void Write(const std::string& path, const std::string& bytes) const {
    const std::filesystem::path full = std::filesystem::path(dir_) / path;
    std::filesystem::create_directories(full.parent_path());
    std::ofstream(full, std::ios::binary) << bytes;
  }

 private:
  json case_;
  std::string dir_;
};

bool Never() { return false; }

class EmbedderGoldenTest : public testing::TestWithParam<Case> {};

TEST_P(EmbedderGoldenTest, AgreesWithSentenceTransformers) {
  const ModelFolder folder(GetParam().model);
  const auto encoder = LoadTextEncoder(folder.dir(), {GetParam().precision, 2});
  ASSERT_TRUE(encoder.ok()) << encoder.status();
  const size_t dim = folder.golden()["dim"];
  ASSERT_EQ((*encoder)->dim(), dim);
  const std::vector<std::string> texts = Texts();
  const std::vector<absl::string_view> views(texts.begin(), texts.end());
  const double least = GetParam().precision == Precision::kFloat32 ? 0.9999 : 0.999;
  for (const char* role : {"passages", "queries"}) {
    const auto got =
        role[0] == 'q' ? (*encoder)->EmbedQueries(views, &Never) : (*encoder)->Embed(views, &Never);
    ASSERT_TRUE(got.ok()) << got.status();
    const std::vector<float> want = Floats(folder.golden()[role]);
    ASSERT_EQ(want.size(), texts.size() * dim);
    for (size_t r = 0; r < texts.size(); ++r) {
      EXPECT_GE(Cosine(got->row(static_cast<int>(r)).data(), &want[r * dim], dim), least)
          << role << ": " << texts[r];
    }
  }
}

TEST_P(EmbedderGoldenTest, HiddenStatesAreThoseOfTransformers) {
  const ModelFolder folder(GetParam().model);
  const auto encoder = LoadTextEncoder(folder.dir(), {GetParam().precision, 1});
  ASSERT_TRUE(encoder.ok()) << encoder.status();
  const std::string text = Texts()[4];
  const auto got = (*encoder)->HiddenStates({text}, &Never);
  ASSERT_TRUE(got.ok()) << got.status();
  ASSERT_EQ(got->size(), 1);
  const TokenStates& states = (*got)[0];
  const std::vector<float> want = Floats(folder.golden()["states_of_4"]);
  ASSERT_EQ(states.values.size(), want.size());
  ASSERT_EQ(states.ids.size() * static_cast<size_t>(states.dim), want.size());
  const double least = GetParam().precision == Precision::kFloat32 ? 0.9999 : 0.998;
  for (size_t t = 0; t < states.ids.size(); ++t) {
    const size_t at = t * static_cast<size_t>(states.dim);
    EXPECT_GE(Cosine(&states.values[at], &want[at], static_cast<size_t>(states.dim)), least) << t;
  }
}

class CrossEncoderGoldenTest : public testing::TestWithParam<Case> {};

TEST_P(CrossEncoderGoldenTest, AgreesWithSentenceTransformers) {
  const ModelFolder folder(GetParam().model);
  const auto encoder = LoadCrossEncoder(folder.dir(), {GetParam().precision, 2});
  ASSERT_TRUE(encoder.ok()) << encoder.status();
  const std::vector<std::string> texts = Texts();
  const std::vector<absl::string_view> views(texts.begin(), texts.end());
  const std::vector<float> want = folder.golden()["scores"];
  // A score is a sum of as many random parts as there are channels, and not scaled: 8 bits leave
  // an error of about a hundredth of its spread.
  const double most = GetParam().precision == Precision::kFloat32 ? 1e-3 : 5e-2;
  size_t at = 0;
  for (const std::string query : folder.golden()["queries"]) {
    const auto got = (*encoder)->Score(query, views, &Never);
    ASSERT_TRUE(got.ok()) << got.status();
    ASSERT_EQ(got->size(), views.size());
    for (size_t i = 0; i < views.size(); ++i, ++at) {
      EXPECT_NEAR((*got)[i], want[at], most) << query << " / " << texts[i];
      const auto alone = (*encoder)->Score(query, {views[i]}, &Never);
      ASSERT_TRUE(alone.ok());
      EXPECT_EQ((*alone)[0], (*got)[i]) << "a score depends on its batch";
    }
  }
}

std::vector<Case> Cases(bool pairs) {
  std::vector<Case> cases;
  for (const json& c : Golden()["cases"]) {
    if (c.contains("scores") != pairs) continue;
    for (const Precision precision :
         {Precision::kFloat32, Precision::kBfloat16, Precision::kInt8}) {
      cases.push_back({c["name"], precision});
    }
  }
  return cases;
}

INSTANTIATE_TEST_SUITE_P(Models, EmbedderGoldenTest, testing::ValuesIn(Cases(false)), CaseName);
INSTANTIATE_TEST_SUITE_P(Models, CrossEncoderGoldenTest, testing::ValuesIn(Cases(true)), CaseName);

}  // namespace
}  // namespace footnote::transformer
