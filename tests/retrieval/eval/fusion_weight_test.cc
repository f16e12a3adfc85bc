#include "retrieval/eval/fusion_weight.h"

#include <algorithm>
#include <cmath>
#include <random>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "retrieval/eval/evaluate.h"
#include "tests/retrieval/testing.h"

namespace footnote::retrieval {
namespace {

double WeightAt(size_t i) { return static_cast<double>(i) / (kTriedWeights - 1); }

// 1 at `peak`, falling by the distance from it.
WeightCurve Peak(double peak) {
  WeightCurve curve;
  for (size_t i = 0; i < kTriedWeights; ++i) curve[i] = 1 - std::abs(WeightAt(i) - peak);
  return curve;
}

TEST(LearnWeightTest, FindsThePeakOfTheMean) {
  EXPECT_NEAR(LearnWeight({Peak(0.3), Peak(0.3), Peak(0.3)}), 0.3, 1e-12);
  EXPECT_NEAR(LearnWeight({Peak(1)}), 1, 1e-12);
  EXPECT_NEAR(LearnWeight({Peak(0)}), 0, 1e-12);
}

TEST(LearnWeightTest, OfEqualWeightsTakesThatNearestToTheDefault) {
  EXPECT_EQ(LearnWeight({}), kDefaultDenseWeight);
  WeightCurve flat;
  flat.fill(0.1);
  EXPECT_EQ(LearnWeight({flat, flat}), kDefaultDenseWeight);
  WeightCurve low_is_good = flat;
  for (size_t i = 0; i <= 40; ++i) low_is_good[i] = 0.9;
  // The window looks 0.05 to each side: further in it is as good, and further off.
  EXPECT_NEAR(LearnWeight({low_is_good}), 0.35, 1e-12);
}

TEST(LearnWeightTest, IsNotFooledByASpike) {
  WeightCurve curve = Peak(0.5);
  curve[90] = 1.3;
  EXPECT_NEAR(LearnWeight({curve}), 0.5, 0.02);
}

TEST(LearnHeldOutTest, AQueryDoesNotTeachItself) {
  // All but one query want 0.2. Its own weight is that of the others.
  std::vector<WeightCurve> curves(30, Peak(0.2));
  for (const size_t odd : {0, 7, 29}) {
    std::vector<WeightCurve> with = curves;
    with[odd].fill(0);
    with[odd][100] = 1000;
    const std::vector<double> weights = LearnHeldOut(with, 1);
    EXPECT_NEAR(weights[odd], 0.2, 1e-12);
    int taught = 0;  // the queries of the other four parts learned from it
    for (const double weight : weights) taught += weight > 0.9 ? 1 : 0;
    EXPECT_EQ(taught, 24);
    EXPECT_EQ(LearnHeldOut(with, 1), weights);
  }
}

TEST(ReportWeightTest, ComparesWithEachHalfAndTheDefault) {
  const WeightReport report = ReportWeight(std::vector<WeightCurve>(25, Peak(0.3)), 1);
  EXPECT_NEAR(report.weight, 0.3, 1e-12);
  EXPECT_NEAR(report.held_out, 1, 1e-12);
  EXPECT_NEAR(report.with_default, 0.7, 1e-12);
  EXPECT_NEAR(report.dense, 0.3, 1e-12);
  EXPECT_NEAR(report.lexical, 0.7, 1e-12);
  EXPECT_EQ(report.to_dense.wins, 25);
  EXPECT_NEAR(report.to_dense.difference, 0.7, 1e-12);
  EXPECT_LT(report.to_dense.p_value, 1e-4);
}

// Documents whose words mislead and documents whose vectors mislead: the curve is
// that of searches at each weight.
TEST(MeasureWeightsTest, TheCurveIsThatOfSearches) {
  const WordEmbedder embedder(8);
  const TempFolder folder;
  const auto engine = OpenEngine(folder.path(), embedder);
  std::vector<DocumentWrite> writes;
  std::mt19937 random(5);
  const std::vector<std::string> words = {"gate", "port", "lamp", "bread", "stone", "river"};
  for (int i = 0; i < 60; ++i) {
    std::vector<std::string> paragraphs;
    for (int p = 0; p < 2; ++p) {
      std::string text;
      for (int w = 0; w < 6; ++w) absl::StrAppend(&text, words[random() % words.size()], " ");
      paragraphs.push_back(text);
    }
    writes.push_back(MakeWrite(embedder, absl::StrCat("d", i), paragraphs));
  }
  ASSERT_TRUE(engine->Apply(writes).ok());
  SearchRequest request;
  request.query = "lamp at the river port";
  const Judgments judgments = {{"d3", 1}, {"d17", 2}, {"d40", 1}};
  const auto curve = MeasureWeights(*engine, request, judgments);
  ASSERT_TRUE(curve.ok()) << curve.status();
  request.k = kMaxK;
  for (size_t i = 0; i < kTriedWeights; ++i) {
    request.dense_weight = WeightAt(i);
    const auto result = engine->Search(request);
    ASSERT_TRUE(result.ok()) << result.status();
    EXPECT_EQ(result->dense_weight, WeightAt(i));
    std::vector<std::string> ranking;
    for (const Hit& hit : result->hits) {
      if (std::find(ranking.begin(), ranking.end(), hit.doc) == ranking.end()) {
        ranking.push_back(hit.doc);
      }
    }
    EXPECT_NEAR((*curve)[i], ScoreRanking(judgments, ranking).ndcg_10, 1e-12) << i;
  }
}

TestCollection ManyQueries(int queries) {
  TestCollection collection;
  for (int i = 0; i < queries; ++i) {
    const std::string id = absl::StrCat("d", i);
    collection.corpus.push_back({id, "", absl::StrCat("about lamp", i, " and river", i % 3)});
    collection.queries.push_back({absl::StrCat("q", i), absl::StrCat("where is lamp", i)});
    collection.qrels[absl::StrCat("q", i)][id] = 1;
  }
  return collection;
}

absl::StatusOr<EvaluationReport> EvaluateLearned(int queries, SearchMode mode) {
  const WordEmbedder embedder(64);
  const TempFolder folder;
  EvaluationOptions options;
  options.store_dir = folder.path();
  options.mode = mode;
  options.learn_weight = true;
  return EvaluateRetrieval(ManyQueries(queries), embedder, options);
}

TEST(EvaluateTest, LearnsTheWeightOfEachQueryFromOthers) {
  const auto report = EvaluateLearned(25, SearchMode::kHybrid);
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_EQ(report->learned_weights.size(), 25u);
  EXPECT_NEAR(report->metrics.ndcg_10, 1, 0.05);
}

TEST(EvaluateTest, RefusesToLearnFromTooLittle) {
  EXPECT_TRUE(absl::IsInvalidArgument(EvaluateLearned(19, SearchMode::kHybrid).status()));
  EXPECT_TRUE(absl::IsInvalidArgument(EvaluateLearned(25, SearchMode::kDense).status()));
}

}  // namespace
}  // namespace footnote::retrieval
