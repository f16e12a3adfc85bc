// Properties: whatever is written, removed, merged, hidden and filtered, the lexical
// search agrees to the bit with scoring every passage from the definition.
// FOOTNOTE_QUERIES makes it longer.
#include "retrieval/search/max_score.h"

#include <algorithm>
#include <cstdlib>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/numbers.h"
#include "gtest/gtest.h"
#include "retrieval/filter/filter.h"
#include "retrieval/search/lexical_query.h"
#include "tests/retrieval/search/lexical_corpus.h"

namespace footnote::retrieval {
namespace {

constexpr size_t kVocabulary = 400;

size_t Queries() {
  const char* value = std::getenv("FOOTNOTE_QUERIES");
  size_t number = 0;
  return value != nullptr && absl::SimpleAtoi(value, &number) ? number : 10000;
}

Filter YearFrom(double year) { return {Filter::Kind::kAtLeast, "year", {year}, {}}; }

class MaxScoreTest : public testing::TestWithParam<int> {
 protected:
  MaxScoreTest() : corpus_(GetParam()) {}

  void Compare(const std::map<std::string, uint32_t>& terms) {
    const std::vector<Principals> callers = {
        std::nullopt, std::nullopt, std::vector<std::string>{"ann"},
        std::vector<std::string>{"rare"}, std::vector<std::string>{"nobody"}};
    const Principals& who = callers[corpus_.Roll(callers.size())];
    std::optional<Filter> filter;
    int year = 0;
    if (corpus_.Roll(2) == 0) {
      year = static_cast<int>(2000 + corpus_.Roll(101));
      filter = YearFrom(year);
    }
    const bool falling = corpus_.Roll(2) == 0;
    const size_t n = corpus_.Roll(3) == 0 ? 1 + corpus_.Roll(300) : 10;
    const Visibility visible(corpus_.state(), who, filter.has_value() ? &*filter : nullptr);
    const auto query = LexicalQuery::Make(corpus_.state(), visible, terms, Bm25Options(), nullptr);
    ASSERT_TRUE(query.ok()) << query.status();
    const std::vector<double> scores = corpus_.Scores(terms, who);
    const auto want = corpus_.Best(
        scores, n, falling, [year](const LexicalCorpus::Row& row) { return row.year >= year; });
    for (const LexicalPlan plan : {LexicalPlan::kScan, LexicalPlan::kSeek}) {
      const auto found = SearchLexical(
          *query, visible.selected(), visible.selected_chunks(), n, plan,
          [falling](uint32_t a, uint32_t b) { return falling ? a > b : a < b; }, nullptr);
      ASSERT_TRUE(found.ok()) << found.status();
      ASSERT_EQ(found->size(), want.size());
      for (size_t i = 0; i < want.size(); ++i) {
        ASSERT_EQ((*found)[i].row, want[i].row) << "place " << i;
        ASSERT_EQ((*found)[i].score, want[i].score) << "place " << i;
      }
    }
    CompareRows(*query, visible, scores);
  }

  // Rows by themselves, found or not, and why they have their scores.
  void CompareRows(const LexicalQuery& query, const Visibility& visible,
                   const std::vector<double>& scores) {
    std::vector<uint32_t> rows;
    for (int i = 0; i < 20 && !corpus_.rows().empty(); ++i) {
      const auto row = static_cast<uint32_t>(corpus_.Roll(corpus_.rows().size()));
      if (visible.Test(row)) rows.push_back(row);
    }
    const auto explanations = query.Explain(rows);
    for (size_t i = 0; i < rows.size(); ++i) {
      double sum = 0;
      for (const TermContribution& t : explanations[i].terms) sum += t.contribution;
      ASSERT_EQ(sum, scores[rows[i]]);
      ASSERT_EQ(explanations[i].length, corpus_.rows()[rows[i]].length);
    }
    std::sort(rows.begin(), rows.end());
    const std::vector<double> got = query.ScoreRows(rows);
    for (size_t i = 0; i < rows.size(); ++i) ASSERT_EQ(got[i], scores[rows[i]]);
  }

  LexicalCorpus corpus_;
};

TEST_P(MaxScoreTest, EqualsScoringEveryPassage) {
  const size_t queries = Queries() / 5;
  const size_t writes = 60;
  for (size_t write = 0; write < writes; ++write) {
    // Writes of every size, so that segments are merged at every size; some only remove.
    const size_t documents =
        corpus_.Roll(8) == 0 ? 0 : 1 + corpus_.Roll(corpus_.Roll(6) == 0 ? 90 : 8);
    corpus_.Write(documents, corpus_.Roll(3) == 0 ? corpus_.Roll(12) : 0, kVocabulary);
    ASSERT_LE(corpus_.state().words().segments().size(), 20u);
    if (write % 25 == 24) corpus_.Compact();
    for (size_t i = 0; i < queries / writes; ++i) {
      const size_t most = corpus_.Roll(20) == 0 ? 40 : 6;
      ASSERT_NO_FATAL_FAILURE(Compare(corpus_.Query(most, kVocabulary)));
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Seeds, MaxScoreTest, testing::Range(1, 6));

// Several windows, blocks that fall on their borders, and one segment.
TEST(MaxScoreLargeTest, EqualsScoringEveryPassage) {
  LexicalCorpus corpus(99);
  corpus.Write(4000, 0, 2000);
  ASSERT_GT(corpus.rows().size(), 3u * 2048);
  const Visibility visible(corpus.state(), std::nullopt);
  const size_t queries = std::max<size_t>(1, Queries() / 50);
  for (size_t i = 0; i < queries; ++i) {
    const auto terms = corpus.Query(6, 2000);
    const auto query = LexicalQuery::Make(corpus.state(), visible, terms, Bm25Options(), nullptr);
    ASSERT_TRUE(query.ok());
    const auto found = SearchLexical(
        *query, visible.selected(), visible.selected_chunks(), 10, LexicalPlan::kScan,
        [](uint32_t a, uint32_t b) { return a < b; }, nullptr);
    ASSERT_TRUE(found.ok());
    const auto want = corpus.Best(corpus.Scores(terms, std::nullopt), 10, false,
                                  [](const LexicalCorpus::Row&) { return true; });
    ASSERT_EQ(found->size(), want.size());
    for (size_t j = 0; j < want.size(); ++j) {
      ASSERT_EQ((*found)[j].row, want[j].row);
      ASSERT_EQ((*found)[j].score, want[j].score);
    }
  }
}

TEST(MaxScorePlanTest, FewSelectedRowsAreSought) {
  LexicalCorpus corpus(5);
  corpus.Write(2000, 0, 50);
  const Visibility visible(corpus.state(), std::nullopt);
  const auto query =
      LexicalQuery::Make(corpus.state(), visible, {{"w1", 1}, {"w2", 1}}, Bm25Options(), nullptr);
  ASSERT_TRUE(query.ok());
  EXPECT_EQ(PlanLexical(*query, 3), LexicalPlan::kSeek);
  EXPECT_EQ(PlanLexical(*query, visible.selected_chunks()), LexicalPlan::kScan);
}

TEST(MaxScoreCancelTest, IsPolled) {
  LexicalCorpus corpus(5);
  corpus.Write(20, 0, 50);
  const Visibility visible(corpus.state(), std::nullopt);
  const auto query =
      LexicalQuery::Make(corpus.state(), visible, {{"w1", 1}}, Bm25Options(), [] { return true; });
  EXPECT_TRUE(absl::IsCancelled(query.status())) << query.status();
}

// A copy of the state goes on showing what it showed, whatever is written after it.
TEST(MaxScoreCopyTest, OlderStatesKeepTheirAnswers) {
  LexicalCorpus corpus(17);
  corpus.Write(200, 0, kVocabulary);
  const std::shared_ptr<const CollectionState> old = corpus.share();
  const auto answer = [&old] {
    const Visibility visible(*old, std::nullopt);
    const auto query =
        LexicalQuery::Make(*old, visible, {{"w3", 1}, {"w7", 2}}, Bm25Options(), nullptr);
    std::vector<std::pair<uint32_t, double>> out;
    const auto found = SearchLexical(
        *query, visible.selected(), visible.selected_chunks(), 50, LexicalPlan::kScan,
        [](uint32_t a, uint32_t b) { return a < b; }, nullptr);
    for (const LexicalMatch& m : *found) out.emplace_back(m.row, m.score);
    return out;
  };
  const auto before = answer();
  ASSERT_FALSE(before.empty());
  for (int i = 0; i < 30; ++i) {
    corpus.Write(20, 20, kVocabulary);
    ASSERT_EQ(answer(), before);
  }
}

}  // namespace
}  // namespace footnote::retrieval
