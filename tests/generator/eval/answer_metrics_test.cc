#include "generator/eval/answer_metrics.h"

#include <fstream>
#include <limits>
#include <nlohmann/json.hpp>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace footnote::generator {
namespace {

using Json = nlohmann::json;

GradedAnswer FromJson(const Json& json) {
  return {json.at("text").get<std::string>(), json.at("confidence").get<double>(),
          json.at("right").get<std::vector<std::string>>()};
}

// The golden file is written by make_answer_metrics.py beside it.
class AnswerMetricsGolden : public ::testing::Test {
 protected:
  void SetUp() override {
    std::ifstream in(FOOTNOTE_TESTDATA "/golden/answer_metrics.json");
    golden_ = Json::parse(in, nullptr, false);
    ASSERT_TRUE(golden_.is_object());
    for (const Json& json : golden_.at("answers")) all_.push_back(FromJson(json));
    ASSERT_GE(all_.size(), 150);
  }

  Json golden_;
  std::vector<GradedAnswer> all_;
};

TEST_F(AnswerMetricsGolden, EachAnswerEqualsTheOfficialEvaluator) {
  for (const Json& json : golden_.at("answers")) {
    const GradedAnswer answer = FromJson(json);
    EXPECT_EQ(NormalizeAnswer(answer.text), json.at("normalized").get<std::string>());
    EXPECT_EQ(ExactMatch(answer.text, answer.right), json.at("exact").get<double>()) << json;
    EXPECT_DOUBLE_EQ(TokenF1(answer.text, answer.right), json.at("f1").get<double>()) << json;
    EXPECT_EQ(ContainsAnswer(answer.text, answer.right), json.at("contains").get<bool>()) << json;
  }
}

TEST_F(AnswerMetricsGolden, EachSetEqualsTheOfficialEvaluator) {
  for (const Json& set : golden_.at("sets")) {
    std::vector<GradedAnswer> answers = all_;
    if (set.at("answers").is_array()) {
      answers.clear();
      for (const Json& json : set.at("answers")) answers.push_back(FromJson(json));
    }
    for (const Json& want : set.at("figures")) {
      const auto got = ScoreAnswers(answers, want.at("threshold").get<double>());
      ASSERT_TRUE(got.ok()) << got.status();
      EXPECT_EQ(got->questions, want.at("questions").get<int>());
      EXPECT_EQ(got->has_answer, want.at("has_answer").get<int>());
      EXPECT_EQ(got->answered, want.at("answered").get<int>());
      const auto near = [&](const char* name) {
        return ::testing::DoubleNear(want.at(name).get<double>(), 1e-12);
      };
      EXPECT_THAT(got->exact, near("exact"));
      EXPECT_THAT(got->f1, near("f1"));
      EXPECT_THAT(got->has_answer_exact, near("has_answer_exact"));
      EXPECT_THAT(got->has_answer_f1, near("has_answer_f1"));
      EXPECT_THAT(got->no_answer_accuracy, near("no_answer_accuracy"));
      EXPECT_THAT(got->has_answer_contains, near("has_answer_contains"));
      EXPECT_THAT(got->precision, near("precision"));
      EXPECT_THAT(got->coverage_at_95, near("coverage_at_95"));
      ASSERT_EQ(got->abstain_auroc.has_value(), want.contains("abstain_auroc"));
      if (got->abstain_auroc) {
        EXPECT_THAT(*got->abstain_auroc, near("abstain_auroc"));
      }
    }
  }
}

TEST(AnswerMetricsTest, NothingToScoreGivesZeros) {
  const auto metrics = ScoreAnswers({}, 0.5);
  ASSERT_TRUE(metrics.ok());
  EXPECT_EQ(metrics->questions, 0);
  EXPECT_EQ(metrics->exact, 0);
  EXPECT_EQ(metrics->coverage_at_95, 0);
  EXPECT_FALSE(metrics->abstain_auroc.has_value());
}

TEST(AnswerMetricsTest, AConfidenceThatIsNoNumberIsRefused) {
  const GradedAnswer answer = {"x", std::numeric_limits<double>::quiet_NaN(), {"x"}};
  EXPECT_EQ(ScoreAnswers({answer}, 0.5).status().code(), absl::StatusCode::kInvalidArgument);
}

TEST(AnswerMetricsTest, InvalidUtf8IsNormalisedWithoutHarm) {
  EXPECT_EQ(NormalizeAnswer("The \xff\xc3 cat"), "\xef\xbf\xbd\xef\xbf\xbd cat");
}

}  // namespace
}  // namespace footnote::generator
