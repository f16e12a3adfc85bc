#include "retrieval/eval/metrics.h"

#include <fstream>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "gtest/gtest.h"

namespace footnote::retrieval {
namespace {

nlohmann::json GoldenCases() {
  std::ifstream file(FOOTNOTE_TESTDATA "/golden/retrieval_metrics.json");
  return nlohmann::json::parse(file);
}

TEST(ScoreRankingTest, EqualsPytrecEval) {
  const nlohmann::json cases = GoldenCases();
  ASSERT_EQ(cases.size(), 36);
  for (const auto& c : cases) {
    const auto qrels = c["qrels"].get<std::map<std::string, int>>();
    const auto ranking = c["ranking"].get<std::vector<std::string>>();
    const RankingMetrics got = ScoreRanking(Judgments(qrels.begin(), qrels.end()), ranking);
    const auto& want = c["figures"];
    EXPECT_NEAR(got.ndcg_10, want["ndcg@10"].get<double>(), 1e-12);
    EXPECT_NEAR(got.map, want["map"].get<double>(), 1e-12);
    EXPECT_NEAR(got.mrr_10, want["mrr@10"].get<double>(), 1e-12);
    EXPECT_NEAR(got.recall_10, want["recall@10"].get<double>(), 1e-12);
    EXPECT_NEAR(got.recall_100, want["recall@100"].get<double>(), 1e-12);
  }
}

TEST(ScoreRankingTest, PerfectRankingScoresOne) {
  const RankingMetrics metrics = ScoreRanking({{"a", 3}, {"b", 1}, {"c", 0}}, {"a", "b", "c"});
  EXPECT_EQ(metrics.ndcg_10, 1);
  EXPECT_EQ(metrics.map, 1);
  EXPECT_EQ(metrics.mrr_10, 1);
  EXPECT_EQ(metrics.recall_10, 1);
  EXPECT_EQ(metrics.recall_100, 1);
}

TEST(ScoreRankingTest, NothingFoundAndNothingRelevantScoreZero) {
  for (const auto& metrics :
       {ScoreRanking({{"a", 1}}, {}), ScoreRanking({{"a", 0}}, {"a"}), ScoreRanking({}, {"a"})}) {
    EXPECT_EQ(metrics.ndcg_10, 0);
    EXPECT_EQ(metrics.map, 0);
    EXPECT_EQ(metrics.mrr_10, 0);
  }
}

TEST(MeanOfTest, WeighsQueriesAlikeAndIsZeroForNone) {
  RankingMetrics good;
  good.ndcg_10 = 1;
  good.recall_100 = 0.5;
  const RankingMetrics mean = MeanOf({good, RankingMetrics()});
  EXPECT_EQ(mean.ndcg_10, 0.5);
  EXPECT_EQ(mean.recall_100, 0.25);
  EXPECT_EQ(MeanOf({}).ndcg_10, 0);
}

}  // namespace
}  // namespace footnote::retrieval
