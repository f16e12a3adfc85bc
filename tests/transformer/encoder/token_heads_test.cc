#include "transformer/encoder/token_heads.h"

#include <cmath>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <limits>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/transformer/weights/weight_bytes.h"

namespace footnote::transformer {

inline bool operator==(const TokenWeight& a, const TokenWeight& b) {
  return a.id == b.id && a.weight == b.weight;
}

namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::FloatNear;
using testing::HasSubstr;
using testing::IsEmpty;
using testing_bytes::Int;
using testing_bytes::Tuple;

constexpr int kHidden = 2;

// A linear layer as torch.save writes it: weight [outputs, inputs] and bias.
std::string LinearFile(int inputs, const std::vector<float>& weight,
                       const std::vector<float>& bias) {
  const auto bytes = [](const std::vector<float>& values) {
    return std::string(reinterpret_cast<const char*>(values.data()), values.size() * sizeof(float));
  };
  const auto tensor = [](const char* key, size_t n, const std::string& shape,
                         const std::string& stride) {
    return testing_bytes::PickledTensor(
        testing_bytes::PickledStorage("FloatStorage", key, Int(static_cast<int>(n))), Int(0), shape,
        stride);
  };
  const int outputs = static_cast<int>(bias.size());
  const std::string pickle = testing_bytes::PickledDict(
      {{"weight", tensor("0", weight.size(), Tuple({Int(outputs), Int(inputs)}),
                         Tuple({Int(inputs), Int(1)}))},
       {"bias", tensor("1", bias.size(), Tuple({Int(outputs)}), Tuple({Int(1)}))}});
  return testing_bytes::Zip(
      {{"head/data.pkl", pickle}, {"head/data/0", bytes(weight)}, {"head/data/1", bytes(bias)}});
}

class TokenHeadsTest : public testing::Test {
 protected:
  void SetUp() override {
    dir_ = testing::TempDir() + "/token_heads_" +
           testing::UnitTest::GetInstance()->current_test_info()->name();
    std::filesystem::remove_all(dir_);
    std::filesystem::create_directories(dir_);
    config_.bert.hidden_size = kHidden;
    special_.cls = 0;
    special_.pad = 1;
    special_.sep = special_.eos = 2;
    special_.unk = 3;
  }
  void TearDown() override { std::filesystem::remove_all(dir_); }

  void WriteSparse(const std::string& bytes) {
    config_.sparse_head = "sparse_linear.pt";
    std::ofstream(dir_ + "/sparse_linear.pt", std::ios::binary) << bytes;
  }
  void WriteColbert(const std::string& bytes) {
    config_.colbert_head = "colbert_linear.pt";
    std::ofstream(dir_ + "/colbert_linear.pt", std::ios::binary) << bytes;
  }
  absl::StatusOr<TokenHeads> Load() const { return TokenHeads::Load(dir_, config_, special_); }

  std::string dir_;
  ModelConfig config_;
  SpecialTokens special_;
};

TEST_F(TokenHeadsTest, AModelWithoutHeadsHasNone) {
  const auto heads = Load();
  ASSERT_TRUE(heads.ok()) << heads.status();
  EXPECT_EQ(heads->fingerprint(), "");
}

TEST_F(TokenHeadsTest, AWeightIsTheGreatestOfATokensPlaces) {
  WriteSparse(LinearFile(kHidden, {2, -1}, {0.5}));
  const auto heads = Load();
  ASSERT_TRUE(heads.ok()) << heads.status();
  const std::vector<int32_t> ids = {0, 9, 7, 9, 3, 5, 1, 2};
  const std::vector<float> states = {
      9, 0,     // the template's, not counted
      1, 1,     // 9: 1.5
      0, 0.25,  // 7: 0.25
      3, 1,     // 9: 5.5
      9, 0,     // unknown, not counted
      0, 1,     // 5: -0.5, nothing
      9, 0,     // padding, not counted
      9, 0,
  };
  EXPECT_THAT(heads->LexicalWeights(ids, states.data()),
              ElementsAre(TokenWeight{7, 0.25}, TokenWeight{9, 5.5}));
  EXPECT_THAT(heads->LexicalWeights({0, 2}, states.data()), IsEmpty());
}

TEST_F(TokenHeadsTest, WhatIsNoNumberIsNotHidden) {
  WriteSparse(LinearFile(kHidden, {1, 1}, {0}));
  const auto heads = Load();
  ASSERT_TRUE(heads.ok()) << heads.status();
  const float nan = std::numeric_limits<float>::quiet_NaN();
  for (const std::vector<float>& states :
       {std::vector<float>{nan, 0, 1, 0}, std::vector<float>{1, 0, nan, 0}}) {
    const std::vector<TokenWeight> got = heads->LexicalWeights({8, 8}, states.data());
    ASSERT_EQ(got.size(), 1);
    EXPECT_TRUE(std::isnan(got[0].weight));
  }
}

TEST_F(TokenHeadsTest, ColbertVectorsHaveUnitLengthAndLeaveOutTheFirst) {
  // Longer than the hidden state: the file says how long.
  WriteColbert(LinearFile(kHidden, {1, 0, 0, 1, 0, 0}, {0, 0, 2}));
  const auto heads = Load();
  ASSERT_TRUE(heads.ok()) << heads.status();
  const std::vector<float> states = {100, 100, 1, 2, 0, 0};
  const TokenVectors got = heads->ColbertVectors({0, 9, 2}, states.data());
  EXPECT_EQ(got.dim, 3);
  EXPECT_THAT(got.ids, ElementsAre(9, 2));
  const auto near = [](float v) { return FloatNear(v, 1e-6f); };
  EXPECT_THAT(got.values,
              ElementsAre(near(1.f / 3), near(2.f / 3), near(2.f / 3), near(0), near(0), near(1)));
  EXPECT_THAT(heads->ColbertVectors({0}, states.data()).values, IsEmpty());
}

TEST_F(TokenHeadsTest, FingerprintsTellHeadsApart) {
  WriteSparse(LinearFile(kHidden, {1, 1}, {0}));
  const auto one = Load();
  WriteSparse(LinearFile(kHidden, {1, 2}, {0}));
  const auto other = Load();
  WriteColbert(LinearFile(kHidden, {1, 2}, {0}));
  const auto both = Load();
  ASSERT_TRUE(one.ok() && other.ok() && both.ok());
  EXPECT_NE(one->fingerprint(), other->fingerprint());
  EXPECT_NE(other->fingerprint(), both->fingerprint());
}

TEST_F(TokenHeadsTest, ABadHeadIsRefusedByName) {
  WriteSparse(LinearFile(kHidden, {1, 1, 1, 1}, {0, 0}));
  absl::Status status = Load().status();
  EXPECT_TRUE(absl::IsInvalidArgument(status)) << status;
  EXPECT_THAT(std::string(status.message()),
              AllOf(HasSubstr("sparse_linear.pt"), HasSubstr("[2, 2]"), HasSubstr("[1, 2]")));

  config_.sparse_head.clear();
  WriteColbert(LinearFile(kHidden + 1, {1, 1, 1}, {0}));
  status = Load().status();
  EXPECT_TRUE(absl::IsInvalidArgument(status)) << status;
  EXPECT_THAT(std::string(status.message()),
              AllOf(HasSubstr("colbert_linear.pt"), HasSubstr("[1, 3]"), HasSubstr("[1, 2]")));

  WriteColbert(testing_bytes::Zip({{"head/data.pkl", testing_bytes::PickledDict({})}}));
  status = Load().status();
  EXPECT_TRUE(absl::IsInvalidArgument(status)) << status;
  EXPECT_THAT(std::string(status.message()), HasSubstr("a matrix named weight"));

  WriteColbert(LinearFile(kHidden, {1, 1}, {0}).substr(0, 60));
  status = Load().status();
  EXPECT_TRUE(absl::IsDataLoss(status)) << status;
  EXPECT_THAT(std::string(status.message()), HasSubstr("colbert_linear.pt"));

  WriteColbert(LinearFile(kHidden, {1, std::numeric_limits<float>::infinity()}, {0}));
  EXPECT_TRUE(absl::IsDataLoss(Load().status())) << Load().status();
}

// A head is a pickle, and a pickle can ask for code to be run.
TEST_F(TokenHeadsTest, APickleThatWantsMoreThanDataIsRefused) {
  const std::string pickle = "\x80\x02" + testing_bytes::Global("os", "system") +
                             Tuple({testing_bytes::Text("true")}) + "R.";
  WriteColbert(testing_bytes::Zip({{"head/data.pkl", pickle}}));
  const absl::Status status = Load().status();
  EXPECT_TRUE(absl::IsPermissionDenied(status)) << status;
  EXPECT_THAT(std::string(status.message()), HasSubstr("colbert_linear.pt"));
}

}  // namespace
}  // namespace footnote::transformer
