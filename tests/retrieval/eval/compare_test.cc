#include "retrieval/eval/compare.h"

#include <fstream>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace footnote::retrieval {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::string WriteFile(const std::string& text) {
  const std::string path = testing::TempDir() + "/baseline.trec";
  std::ofstream(path, std::ios::binary) << text;
  return path;
}

TEST(ReadTrecRunTest, RanksAsTrecEvalDoes) {
  std::ifstream file(FOOTNOTE_TESTDATA "/golden/significance.json");
  const nlohmann::json cases = nlohmann::json::parse(file)["runs"];
  ASSERT_EQ(cases.size(), 3u);
  for (const auto& c : cases) {
    std::string lines;
    for (const std::string line : c["lines"]) lines += line + "\n";
    const auto runs = ReadTrecRun(WriteFile(lines));
    ASSERT_TRUE(runs.ok()) << runs.status();
    ASSERT_EQ(runs->size(), 3u);
    for (const QueryRun& run : *runs) {
      const auto qrels = c["qrels"][run.query].get<std::map<std::string, int>>();
      std::vector<std::string> ranking;
      for (const RankedDocument& d : run.ranking) ranking.push_back(d.id);
      const RankingMetrics got = ScoreRanking(Judgments(qrels.begin(), qrels.end()), ranking);
      const auto& want = c["figures"][run.query];
      EXPECT_NEAR(got.ndcg_10, want["ndcg@10"].get<double>(), 1e-12);
      EXPECT_NEAR(got.map, want["map"].get<double>(), 1e-12);
      EXPECT_NEAR(got.recall_10, want["recall@10"].get<double>(), 1e-12);
      EXPECT_NEAR(got.recall_100, want["recall@100"].get<double>(), 1e-12);
    }
  }
}

TEST(ReadTrecRunTest, ReadsBackWhatIsWritten) {
  const std::vector<QueryRun> runs = {{"q2", {{"b", 0.5}, {"a", 0.5}, {"c", 0.5}}},
                                      {"q1", {{"a", 3}}}};
  const std::string path = WriteFile("");
  ASSERT_TRUE(WriteTrecRun(path, runs, "tag").ok());
  const auto read = ReadTrecRun(path);
  ASSERT_TRUE(read.ok()) << read.status();
  ASSERT_EQ(read->size(), 2u);
  EXPECT_EQ((*read)[0].query, "q2");
  std::vector<std::string> order;
  for (const RankedDocument& d : (*read)[0].ranking) order.push_back(d.id);
  EXPECT_THAT(order, ElementsAre("b", "a", "c"));
}

TEST(ReadTrecRunTest, ErrorsNameFileAndLine) {
  const std::pair<const char*, const char*> cases[] = {
      {"q Q0 d 1 0.5 tag\nq Q0 d2 2 0.4\n", "baseline.trec:2: expected 6 columns"},
      {"q Q0 d 1 high tag\n", ":1: the score \"high\""},
      {"q Q0 d 1 nan tag\n", ":1: the score \"nan\""},
      {"q Q0 d 1 inf tag\n", ":1: the score \"inf\""},
      {"q Q0 d 1 2 tag\n\nq Q0 d 2 1 tag\n", ":3: the document \"d\" is ranked twice"},
      {"\n \n", "holds no ranking"}};
  for (const auto& [text, message] : cases) {
    const auto runs = ReadTrecRun(WriteFile(text));
    EXPECT_EQ(runs.status().code(), absl::StatusCode::kInvalidArgument);
    EXPECT_THAT(std::string(runs.status().message()), HasSubstr(message));
  }
  EXPECT_EQ(ReadTrecRun("/no/such.trec").status().code(), absl::StatusCode::kNotFound);
}

// Three queries with one relevant document each, which the run ranks first.
std::vector<QueryFigures> PerfectRun() {
  std::vector<QueryFigures> run;
  for (const char* query : {"q1", "q2", "q3"}) {
    run.push_back({query, ScoreRanking({{"a", 1}}, {"a", "b"})});
  }
  return run;
}

TEST(CompareRunsTest, CountsWinsLossesAndWhatIsMissing) {
  Qrels qrels;
  for (const char* query : {"q1", "q2", "q3"}) qrels[query] = {{"a", 1}};
  const std::vector<QueryRun> baseline = {
      {"q1", {{"a", 2}, {"b", 1}}}, {"q2", {{"b", 2}, {"a", 1}}}, {"other", {{"a", 1}}}};
  const auto comparison = CompareRuns(qrels, PerfectRun(), baseline, {});
  ASSERT_TRUE(comparison.ok()) << comparison.status();
  EXPECT_THAT(comparison->warnings,
              ElementsAre("the baseline lacks 1 of the queries, which score 0 in it",
                          "1 queries of the baseline are not of this run and are left out"));
  ASSERT_EQ(comparison->figures.size(), Figures().size());
  for (size_t i = 0; i < Figures().size(); ++i) {
    const PairedComparison& figure = comparison->figures[i];
    const bool recall = absl::string_view(Figures()[i].name).find("recall") == 0;
    EXPECT_EQ(figure.wins, recall ? 1 : 2);
    EXPECT_EQ(figure.ties, recall ? 2 : 1);
    EXPECT_EQ(figure.losses, 0);
    EXPECT_NEAR(figure.difference, 1 - comparison->baseline_mean.*Figures()[i].value, 1e-12);
  }
  const std::string table = FormatPerQuery(PerfectRun(), &*comparison);
  EXPECT_THAT(table, HasSubstr("query\tfigure\trun\tbaseline\tdifference\toutcome\n"));
  EXPECT_THAT(table, HasSubstr("q1\tmap\t1.000000\t1.000000\t0.000000\ttie\n"));
  EXPECT_THAT(table, HasSubstr("q2\tmrr@10\t1.000000\t0.500000\t0.500000\twin\n"));
  EXPECT_THAT(table, HasSubstr("q3\trecall@10\t1.000000\t0.000000\t1.000000\twin\n"));
  EXPECT_EQ(std::count(table.begin(), table.end(), '\n'), 1 + 3 * 5);
}

TEST(CompareRunsTest, StrangersDontCompare) {
  const auto comparison =
      CompareRuns({{"q1", {{"a", 1}}}}, PerfectRun(), {{{"other", {{"a", 1}}}}}, {});
  EXPECT_EQ(comparison.status().code(), absl::StatusCode::kInvalidArgument);
}

TEST(FormatPerQueryTest, WorksAloneAndKeepsItsColumns) {
  const std::string table = FormatPerQuery({{{"a\tb\nc", RankingMetrics()}}}, nullptr);
  EXPECT_THAT(table, testing::StartsWith("query\tfigure\trun\na b c\tndcg@10\t0.000000\n"));
}

}  // namespace
}  // namespace footnote::retrieval
