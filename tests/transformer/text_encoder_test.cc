#include "transformer/text_encoder.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"
#include "tests/transformer/weights/weight_bytes.h"

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
    ASSERT_TRUE(HaveModel()) << "no model in " << FOOTNOTE_MODEL_DIR
                             << "; ./bootstrap build fetches it";
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
    ASSERT_TRUE(HaveModel()) << "no model in " << FOOTNOTE_MODEL_DIR
                             << "; ./bootstrap build fetches it";
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

// A model folder made here: one layer, a vocabulary of seven words with case.
class TinyModelTest : public testing::Test {
 protected:
  using Tensors = std::map<std::string, std::pair<std::vector<int64_t>, std::vector<float>>>;

  void SetUp() override {
    dir_ = testing::TempDir() + "/tiny_model";
    std::filesystem::remove_all(dir_);
    std::filesystem::create_directory(dir_);
    config_ = {{"model_type", "bert"},        {"vocab_size", 7},          {"hidden_size", kHidden},
               {"num_hidden_layers", 1},      {"num_attention_heads", 2}, {"intermediate_size", 16},
               {"max_position_embeddings", 8}};
    Write("vocab.txt", "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\nhello\nHello\n");
    Write("tokenizer_config.json", R"({"do_lower_case": false})");
    Add("embeddings.word_embeddings.weight", {7, kHidden});
    Add("embeddings.position_embeddings.weight", {8, kHidden});
    Add("embeddings.token_type_embeddings.weight", {2, kHidden});
    AddPair("embeddings.LayerNorm", {kHidden});
    const std::string layer = "encoder.layer.0.";
    for (const char* name : {"query", "key", "value"}) {
      AddPair(layer + "attention.self." + name, {kHidden, kHidden});
    }
    AddPair(layer + "attention.output.dense", {kHidden, kHidden});
    AddPair(layer + "attention.output.LayerNorm", {kHidden});
    AddPair(layer + "intermediate.dense", {16, kHidden});
    AddPair(layer + "output.dense", {kHidden, 16});
    AddPair(layer + "output.LayerNorm", {kHidden});
  }
  void TearDown() override { std::filesystem::remove_all(dir_); }

  void Write(const std::string& name, const std::string& bytes) {
    std::ofstream(dir_ + "/" + name, std::ios::binary) << bytes;
  }

  void Add(const std::string& name, std::vector<int64_t> shape) {
    size_t n = 1;
    for (const int64_t d : shape) n *= static_cast<size_t>(d);
    std::vector<float> values(n);
    for (float& v : values) v = static_cast<float>(random_() % 2001) / 1000 - 1;
    tensors_[name] = {std::move(shape), std::move(values)};
  }
  void AddPair(const std::string& name, const std::vector<int64_t>& shape) {
    Add(name + ".weight", shape);
    Add(name + ".bias", {shape[0]});
  }

  absl::StatusOr<std::unique_ptr<const Embedder>> LoadTiny() {
    nlohmann::json header;
    std::string data;
    for (const auto& [name, tensor] : tensors_) {
      const size_t begin = data.size();
      data.append(reinterpret_cast<const char*>(tensor.second.data()),
                  tensor.second.size() * sizeof(float));
      header[name] = {
          {"dtype", "F32"}, {"shape", tensor.first}, {"data_offsets", {begin, data.size()}}};
    }
    Write("config.json", config_.dump());
    Write("model.safetensors", testing_bytes::Safetensors(header.dump(), data));
    return LoadTextEncoder(dir_, {Precision::kFloat32, 1});
  }

  // The error of loading it, and that it names the folder.
  absl::Status LoadError() {
    const auto encoder = LoadTiny();
    EXPECT_FALSE(encoder.ok());
    EXPECT_THAT(std::string(encoder.status().message()), HasSubstr(dir_));
    return encoder.status();
  }

  static constexpr int kHidden = 8;
  std::string dir_;
  nlohmann::json config_;
  Tensors tensors_;
  std::mt19937 random_{5};
};

TEST_F(TinyModelTest, LowerCaseIsHonoured) {
  const std::vector<absl::string_view> texts = {"hello", "Hello"};
  const auto cased = LoadTiny();
  ASSERT_TRUE(cased.ok()) << cased.status();
  const auto apart = (*cased)->Embed(texts);
  ASSERT_TRUE(apart.ok()) << apart.status();
  EXPECT_NE(apart->row(0), apart->row(1));

  Write("sentence_bert_config.json", R"({"do_lower_case": true})");
  const auto lower = LoadTiny();
  ASSERT_TRUE(lower.ok()) << lower.status();
  const auto same = (*lower)->Embed(texts);
  ASSERT_TRUE(same.ok()) << same.status();
  EXPECT_EQ(same->row(0), same->row(1));
  EXPECT_EQ(same->row(0), apart->row(0));
  EXPECT_NE((*lower)->fingerprint(), (*cased)->fingerprint());
}

TEST_F(TinyModelTest, FingerprintsTellPoolingsApart) {
  const auto mean = LoadTiny();
  ASSERT_TRUE(mean.ok()) << mean.status();
  std::filesystem::create_directory(dir_ + "/1_Pooling");
  Write("1_Pooling/config.json", R"({"pooling_mode_cls_token": true})");
  const auto cls = LoadTiny();
  ASSERT_TRUE(cls.ok()) << cls.status();
  EXPECT_NE((*mean)->fingerprint(), (*cls)->fingerprint());
}

TEST_F(TinyModelTest, FilesThatContradictEachOtherAreRefused) {
  Write("vocab.txt", "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\nhello\nHello\nworld\n");
  absl::Status status = LoadError();
  EXPECT_TRUE(absl::IsInvalidArgument(status)) << status;
  EXPECT_THAT(std::string(status.message()), HasSubstr("8 tokens"));

  config_["vocab_size"] = 8;
  status = LoadError();
  EXPECT_TRUE(absl::IsInvalidArgument(status)) << status;
  EXPECT_THAT(std::string(status.message()),
              HasSubstr("embeddings.word_embeddings.weight has shape [7, 8]"));

  config_["vocab_size"] = 7;
  Write("vocab.txt", "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\nhello\nHello\n");
  tensors_.erase("encoder.layer.0.output.dense.bias");
  status = LoadError();
  EXPECT_TRUE(absl::IsInvalidArgument(status)) << status;
  EXPECT_THAT(std::string(status.message()), HasSubstr("no tensor encoder.layer.0.output.dense"));
}

// Heads are padded; so the room for them must wait until the file has them.
TEST_F(TinyModelTest, SizesAreNotBelievedBeforeTheWeightsHaveThem) {
  constexpr int kHuge = 65536;
  config_["hidden_size"] = config_["num_attention_heads"] = kHuge;
  config_["max_position_embeddings"] = 3;
  tensors_.clear();
  Add("embeddings.word_embeddings.weight", {7, kHuge});
  Add("embeddings.position_embeddings.weight", {3, kHuge});
  Add("embeddings.token_type_embeddings.weight", {2, kHuge});
  AddPair("embeddings.LayerNorm", {kHuge});
  const absl::Status status = LoadError();
  EXPECT_TRUE(absl::IsInvalidArgument(status)) << status;
  EXPECT_THAT(std::string(status.message()), HasSubstr("attention.self.query"));
}

TEST_F(TinyModelTest, NumbersThatAreNotFinite) {
  const float good = tensors_["encoder.layer.0.output.dense.bias"].second[3];
  tensors_["encoder.layer.0.output.dense.bias"].second[3] = NAN;
  const absl::Status status = LoadError();
  EXPECT_TRUE(absl::IsDataLoss(status)) << status;
  EXPECT_THAT(std::string(status.message()), HasSubstr("finite"));

  // Finite, but its products aren't.
  tensors_["encoder.layer.0.output.dense.bias"].second[3] = good;
  for (float& v : tensors_["encoder.layer.0.output.LayerNorm.weight"].second) v = 3e38f;
  const auto encoder = LoadTiny();
  ASSERT_TRUE(encoder.ok()) << encoder.status();
  const absl::string_view text = "hello";
  EXPECT_TRUE(absl::IsInternal((*encoder)->Embed({&text, 1}).status()));
}

}  // namespace
}  // namespace footnote::transformer
