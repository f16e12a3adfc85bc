// Embedders and cross-encoders of every family against sentence-transformers, and bge-m3's heads
// against FlagEmbedding's formulas: the cases of tests/golden/encoders.py.
#include <cmath>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <string>
#include <utility>
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

std::string Bytes(const json& base64) {
  std::string bytes;
  EXPECT_TRUE(absl::Base64Unescape(base64.get<std::string>(), &bytes));
  return bytes;
}

std::vector<float> Floats(const json& base64) {
  const std::string bytes = Bytes(base64);
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
    if (!case_.contains("binary_files")) return;
    for (const auto& [path, base64] : case_["binary_files"].items()) Write(path, Bytes(base64));
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
  const TokenVectors& states = (*got)[0];
  const std::vector<float> want = Floats(folder.golden()["states_of_4"]);
  ASSERT_EQ(states.values.size(), want.size());
  ASSERT_EQ(states.ids.size() * static_cast<size_t>(states.dim), want.size());
  const double least = GetParam().precision == Precision::kFloat32 ? 0.9999 : 0.998;
  for (size_t t = 0; t < states.ids.size(); ++t) {
    const size_t at = t * static_cast<size_t>(states.dim);
    EXPECT_GE(Cosine(&states.values[at], &want[at], static_cast<size_t>(states.dim)), least) << t;
  }
}

constexpr EncoderOutput kAllOutputs[] = {EncoderOutput::kDense, EncoderOutput::kSparse,
                                         EncoderOutput::kColbert};

// A model with all heads, and what it gives for all texts at once.
class TokenHeadsGoldenTest : public testing::TestWithParam<Case> {
 protected:
  void SetUp() override {
    auto encoder = LoadTextEncoder(folder_.dir(), {GetParam().precision, 2});
    ASSERT_TRUE(encoder.ok()) << encoder.status();
    encoder_ = *std::move(encoder);
    auto all = encoder_->Encode(views_, kAllOutputs, &Never);
    ASSERT_TRUE(all.ok()) << all.status();
    all_ = *std::move(all);
  }

  const ModelFolder folder_{GetParam().model};
  const std::vector<std::string> texts_ = Texts();
  const std::vector<absl::string_view> views_{texts_.begin(), texts_.end()};
  std::unique_ptr<const TextEncoder> encoder_;
  std::vector<TextOutputs> all_;
};

// By text and token.
using SparseVector = std::map<std::pair<size_t, int32_t>, float>;

// The sum of products of common tokens' weights, over the vectors' lengths.
double SparseCosine(const SparseVector& a, const SparseVector& b) {
  double ab = 0, aa = 0, bb = 0;
  for (const auto& [token, weight] : a) {
    aa += static_cast<double>(weight) * weight;
    if (const auto other = b.find(token); other != b.end()) {
      ab += static_cast<double>(weight) * other->second;
    }
  }
  for (const auto& [unused, weight] : b) bb += static_cast<double>(weight) * weight;
  return ab / std::sqrt(aa * bb);
}

TEST_P(TokenHeadsGoldenTest, LexicalWeightsAreThoseOfFlagEmbedding) {
  const bool exact = GetParam().precision == Precision::kFloat32;
  SparseVector mine, theirs;
  for (size_t i = 0; i < texts_.size(); ++i) {
    int32_t last = -1;
    for (const TokenWeight& token : all_[i].lexical_weights) {
      EXPECT_GT(token.id, last);
      EXPECT_GT(token.weight, 0);
      last = token.id;
      mine[{i, token.id}] = token.weight;
    }
    for (const auto& [id, weight] : folder_.golden()["lexical_weights"][i].items()) {
      theirs[{i, std::stoi(id)}] = weight;
    }
  }
  ASSERT_GT(theirs.size(), 50) << "the golden file says too little";
  // Of all texts together: in 8 bits a weight is off by a hundredth of the weights' spread, which
  // is much for a text of a few small ones.
  EXPECT_GE(SparseCosine(mine, theirs), exact ? 0.9999 : 0.999);
  if (!exact) return;
  EXPECT_EQ(mine.size(), theirs.size());
  for (const auto& [token, weight] : theirs) {
    EXPECT_NEAR(mine[token], weight, 1e-5) << texts_[token.first] << ": " << token.second;
  }
}

TEST_P(TokenHeadsGoldenTest, ColbertVectorsAreThoseOfFlagEmbedding) {
  const size_t dim = folder_.golden()["colbert_dim"];
  const double least = GetParam().precision == Precision::kFloat32 ? 0.9999 : 0.999;
  for (size_t i = 0; i < texts_.size(); ++i) {
    const TokenVectors& mine = all_[i].colbert;
    const std::vector<float> theirs = Floats(folder_.golden()["colbert_vecs"][i]);
    ASSERT_EQ(mine.dim, dim);
    ASSERT_EQ(mine.values.size(), theirs.size()) << texts_[i];
    ASSERT_EQ(mine.ids.size() * dim, theirs.size()) << texts_[i];
    for (size_t t = 0; t < mine.ids.size(); ++t) {
      EXPECT_GE(Cosine(&mine.values[t * dim], &theirs[t * dim], dim), least)
          << texts_[i] << " " << t;
      double squares = 0;
      for (size_t d = 0; d < dim; ++d) squares += std::pow(mine.values[t * dim + d], 2);
      EXPECT_NEAR(squares, 1, 1e-5);
    }
  }
}

// One output or all, alone or in a batch: the same bits.
TEST_P(TokenHeadsGoldenTest, OutputsDependOnTheTextAlone) {
  const auto dense = encoder_->Embed(views_, &Never);
  ASSERT_TRUE(dense.ok()) << dense.status();
  for (size_t i = 0; i < texts_.size(); ++i) {
    EXPECT_EQ(absl::MakeConstSpan(all_[i].dense), dense->row(static_cast<int>(i)));
    const auto alone = encoder_->Encode({views_[i]}, {EncoderOutput::kColbert}, &Never);
    ASSERT_TRUE(alone.ok()) << alone.status();
    EXPECT_EQ((*alone)[0].colbert.values, all_[i].colbert.values);
    EXPECT_TRUE((*alone)[0].dense.empty());
    EXPECT_TRUE((*alone)[0].lexical_weights.empty());
  }
}

TEST(TextEncoderOutputsTest, AModelWithoutAHeadSaysWhatItGives) {
  const ModelFolder folder("bert_mean");
  const auto encoder = LoadTextEncoder(folder.dir(), {Precision::kFloat32, 1});
  ASSERT_TRUE(encoder.ok()) << encoder.status();
  EXPECT_THAT((*encoder)->outputs(), testing::ElementsAre(EncoderOutput::kDense));
  const auto got = (*encoder)->Encode({"text"}, kAllOutputs, &Never);
  EXPECT_TRUE(absl::IsInvalidArgument(got.status())) << got.status();
  EXPECT_THAT(
      std::string(got.status().message()),
      testing::AllOf(testing::HasSubstr("no sparse output"), testing::HasSubstr("it gives dense")));
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

// Those of the golden cases that have, or don't have, what is called `key`.
std::vector<Case> Cases(const char* key, bool has) {
  std::vector<Case> cases;
  for (const json& c : Golden()["cases"]) {
    if (c.contains(key) != has) continue;
    for (const Precision precision :
         {Precision::kFloat32, Precision::kBfloat16, Precision::kInt8}) {
      cases.push_back({c["name"], precision});
    }
  }
  return cases;
}

INSTANTIATE_TEST_SUITE_P(Models, EmbedderGoldenTest, testing::ValuesIn(Cases("scores", false)),
                         CaseName);
INSTANTIATE_TEST_SUITE_P(Models, TokenHeadsGoldenTest,
                         testing::ValuesIn(Cases("colbert_vecs", true)), CaseName);
INSTANTIATE_TEST_SUITE_P(Models, CrossEncoderGoldenTest, testing::ValuesIn(Cases("scores", true)),
                         CaseName);

}  // namespace
}  // namespace footnote::transformer
