#include "retrieval/eval/evaluate.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/retrieval/testing.h"

namespace footnote::retrieval {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

// Four topics of five documents each; a query names its topic's words.
TestCollection Topics() {
  const std::vector<std::string> topics = {"gateway ports", "harbour lanterns", "bread recipes",
                                           "granite quarries"};
  TestCollection collection;
  for (size_t t = 0; t < topics.size(); ++t) {
    for (int i = 0; i < 5; ++i) {
      const std::string id = absl::StrCat("d", t, "-", i);
      collection.corpus.push_back(
          {id, absl::StrCat("About ", topics[t]), absl::StrCat("Part ", i, " on ", topics[t])});
      collection.qrels[absl::StrCat("q", t)][id] = 1;
    }
    collection.queries.push_back({absl::StrCat("q", t), absl::StrCat("where are ", topics[t])});
  }
  return collection;
}

EvaluationOptions Options(const TempFolder& folder, SearchMode mode) {
  EvaluationOptions options;
  options.mode = mode;
  options.store_dir = folder.path();
  return options;
}

TEST(EvaluateRetrievalTest, EveryModeRanksSeparateTopicsPerfectly) {
  const WordEmbedder embedder(64);
  for (const SearchMode mode : {SearchMode::kHybrid, SearchMode::kDense, SearchMode::kLexical}) {
    const TempFolder folder;
    const auto report = EvaluateRetrieval(Topics(), embedder, Options(folder, mode));
    ASSERT_TRUE(report.ok()) << report.status();
    EXPECT_NEAR(report->metrics.ndcg_10, 1, 1e-12);
    EXPECT_NEAR(report->metrics.map, 1, 1e-12);
    EXPECT_NEAR(report->metrics.mrr_10, 1, 1e-12);
    EXPECT_NEAR(report->metrics.recall_10, 1, 1e-12);
    EXPECT_EQ(report->queries, 4);
    EXPECT_EQ(report->documents, 20);
    EXPECT_GT(report->index_seconds, 0);
    EXPECT_GE(report->query_ms_p99, report->query_ms_p50);
    EXPECT_THAT(report->warnings, IsEmpty());
    ASSERT_EQ(report->runs.size(), 4);
    EXPECT_EQ(report->runs[1].query, "q1");
    EXPECT_THAT(report->runs[1].ranking[0].id, testing::StartsWith("d1-"));
  }
}

TEST(EvaluateRetrievalTest, DepthCutsTheRun) {
  const WordEmbedder embedder(64);
  const TempFolder folder;
  EvaluationOptions options = Options(folder, SearchMode::kDense);
  options.depth = 3;
  const auto report = EvaluateRetrieval(Topics(), embedder, options);
  ASSERT_TRUE(report.ok()) << report.status();
  for (const QueryRun& run : report->runs) EXPECT_EQ(run.ranking.size(), 3);
  EXPECT_NEAR(report->metrics.recall_10, 0.6, 1e-12);
}

TEST(EvaluateRetrievalTest, WarnsOfWhatDoesNotFit) {
  TestCollection collection = Topics();
  collection.corpus.push_back({"empty", "", " \n"});
  collection.corpus.push_back({"only-title", "Harbour lanterns of the north", ""});
  collection.queries.push_back({"unjudged", "what else"});
  collection.qrels["unknown-query"]["d0-0"] = 1;
  collection.qrels["q0"]["unknown-document"] = 0;
  collection.queries.push_back({"hopeless", "nothing fits"});
  collection.qrels["hopeless"]["d0-0"] = 0;
  const WordEmbedder embedder(64);
  const TempFolder folder;
  const auto report =
      EvaluateRetrieval(collection, embedder, Options(folder, SearchMode::kLexical));
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_EQ(report->documents, 21);
  EXPECT_EQ(report->queries, 5);
  EXPECT_THAT(report->warnings, ElementsAre("1 queries of the qrels are not among the queries",
                                            "1 queries have no judgments and are left out",
                                            "1 judged documents are not in the corpus",
                                            "1 queries have no relevant document and score 0",
                                            "1 documents are empty and can't be found"));
  // The document of only a title can be found.
  const auto& ranking = report->runs[1].ranking;
  EXPECT_TRUE(std::any_of(ranking.begin(), ranking.end(),
                          [](const RankedDocument& d) { return d.id == "only-title"; }));
}

TEST(EvaluateRetrievalTest, RefusesWhatMakesNoSense) {
  const WordEmbedder embedder;
  const TempFolder folder;
  TestCollection strangers = Topics();
  strangers.qrels = {{"other", {{"d0-0", 1}}}};
  const auto report = EvaluateRetrieval(strangers, embedder, Options(folder, SearchMode::kHybrid));
  EXPECT_EQ(report.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(report.status().message()), HasSubstr("no query has judgments"));
  for (const int depth : {0, -1, kMaxK + 1}) {
    EvaluationOptions options = Options(folder, SearchMode::kHybrid);
    options.depth = depth;
    EXPECT_EQ(EvaluateRetrieval(Topics(), embedder, options).status().code(),
              absl::StatusCode::kInvalidArgument);
  }
  TestCollection blank = Topics();
  for (CorpusDocument& document : blank.corpus) document.title = document.text = "";
  EXPECT_EQ(
      EvaluateRetrieval(blank, embedder, Options(folder, SearchMode::kHybrid)).status().code(),
      absl::StatusCode::kInvalidArgument);
}

TEST(EvaluateRetrievalTest, CanBeCancelled) {
  const WordEmbedder embedder;
  const TempFolder folder;
  EvaluationOptions options = Options(folder, SearchMode::kHybrid);
  bool searching = false;
  options.progress = [&](absl::string_view phase, uint64_t, uint64_t) {
    searching |= phase == "searching";
  };
  options.cancelled = [&] { return searching; };
  EXPECT_EQ(EvaluateRetrieval(Topics(), embedder, options).status().code(),
            absl::StatusCode::kCancelled);
}

TEST(PercentileTest, IsTheNearestRank) {
  EXPECT_EQ(Percentile({}, 0.5), 0);
  EXPECT_EQ(Percentile({7}, 0.99), 7);
  EXPECT_EQ(Percentile({4, 1, 3, 2}, 0.5), 2);
  EXPECT_EQ(Percentile({4, 1, 3, 2}, 0.51), 3);
  EXPECT_EQ(Percentile({4, 1, 3, 2}, 0), 1);
  EXPECT_EQ(Percentile({4, 1, 3, 2}, 1), 4);
}

}  // namespace
}  // namespace footnote::retrieval
