#include "retrieval/search/fusion.h"

#include <vector>

#include "gtest/gtest.h"

namespace footnote::retrieval {
namespace {

Candidate Found(uint32_t row, StageScore dense, StageScore lexical) {
  Candidate candidate;
  candidate.row = row;
  candidate.dense = dense;
  candidate.lexical = lexical;
  return candidate;
}

std::vector<double> Scores(SearchMode mode, Fusion fusion, double weight) {
  std::vector<Candidate> candidates = {Found(0, {0.8, 1}, {2.0, 2}), Found(1, {0.5, 0}, {4.0, 1}),
                                       Found(2, {-0.2, 2}, {0.0, 0})};
  Fuse(mode, fusion, weight, &candidates);
  std::vector<double> out;
  for (const Candidate& c : candidates) out.push_back(c.score);
  return out;
}

TEST(FusionTest, ScoresFollowTheirDefinition) {
  struct Case {
    SearchMode mode;
    Fusion fusion;
    double weight;
    std::vector<double> expected;
  };
  const std::vector<Case> cases = {
      {SearchMode::kHybrid,
       Fusion::kConvex,
       0.6,
       {0.6 * 0.8 + 0.4 * 0.5, 0.6 * 0.5 + 0.4, 0.6 * -0.2}},
      {SearchMode::kHybrid, Fusion::kConvex, 0.0, {0.5, 1.0, 0.0}},
      {SearchMode::kHybrid, Fusion::kConvex, 1.0, {0.8, 0.5, -0.2}},
      {SearchMode::kHybrid,
       Fusion::kReciprocalRank,
       0.6,
       {1.0 / 61 + 1.0 / 62, 1.0 / 61, 1.0 / 62}},
      {SearchMode::kDense, Fusion::kConvex, 0.6, {0.8, 0.5, -0.2}},
      {SearchMode::kLexical, Fusion::kReciprocalRank, 0.6, {2.0, 4.0, 0.0}},
  };
  for (const Case& c : cases) {
    const std::vector<double> scores = Scores(c.mode, c.fusion, c.weight);
    for (size_t i = 0; i < scores.size(); ++i) EXPECT_DOUBLE_EQ(scores[i], c.expected[i]) << i;
  }
}

TEST(FusionTest, WithoutAWordOfTheQueryTheCosineDecides) {
  std::vector<Candidate> candidates = {Found(0, {0.1, 2}, {0, 0}), Found(1, {0.4, 1}, {0, 0})};
  Fuse(SearchMode::kHybrid, Fusion::kConvex, 0.5, &candidates);
  EXPECT_DOUBLE_EQ(candidates[0].score, 0.05);
  EXPECT_DOUBLE_EQ(candidates[1].score, 0.2);
}

}  // namespace
}  // namespace footnote::retrieval
