#include "retrieval/eval/trec_run.h"

#include <cstdlib>
#include <fstream>
#include <limits>
#include <random>
#include <sstream>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace footnote::retrieval {
namespace {

// The scores of a run file as trec_eval reads them.
std::vector<float> Scores(const std::string& lines) {
  std::vector<float> scores;
  std::istringstream in(lines);
  std::string query, q0, doc, rank, score, tag;
  while (in >> query >> q0 >> doc >> rank >> score >> tag) {
    scores.push_back(static_cast<float>(std::atof(score.c_str())));
  }
  return scores;
}

TEST(FormatTrecRunTest, WritesSixColumns) {
  EXPECT_EQ(FormatTrecRun({"q1", {{"a", 0.5}, {"b", 0.25}}}, "tag"),
            "q1 Q0 a 1 0.5 tag\nq1 Q0 b 2 0.25 tag\n");
  EXPECT_EQ(FormatTrecRun({"q1", {}}, "tag"), "");
}

TEST(FormatTrecRunTest, ScoresFallStrictlyEvenWithTies) {
  constexpr double kInf = std::numeric_limits<double>::infinity();
  std::mt19937 random(7);
  std::vector<QueryRun> runs = {
      {"ties", {{"a", 1}, {"b", 1}, {"c", 1}, {"d", 0.5}}},
      {"zeros", {{"a", 0}, {"b", 0}, {"c", 0}}},
      {"rising", {{"a", 1}, {"b", 2}, {"c", 1.5}}},
      {"equal_as_floats", {{"a", 1.0000000001}, {"b", 1.0}}},
      {"not_finite", {{"a", kInf}, {"b", kInf}, {"c", std::nan("")}, {"d", 1}}}};
  QueryRun many = {"many", {}};
  for (int i = 0; i < 1000; ++i)
    many.ranking.push_back({absl::StrCat("d", i), 1.0 / (1 + random() % 7)});
  runs.push_back(many);
  for (const QueryRun& run : runs) {
    const std::vector<float> scores = Scores(FormatTrecRun(run, "t"));
    ASSERT_EQ(scores.size(), run.ranking.size()) << run.query;
    for (size_t i = 1; i < scores.size(); ++i) EXPECT_LT(scores[i], scores[i - 1]) << run.query;
  }
}

TEST(WriteTrecRunTest, WritesAndReplacesTheFile) {
  const std::string path = testing::TempDir() + "/run.trec";
  const std::vector<QueryRun> runs = {{"q1", {{"a", 2}}}, {"q2", {{"b", 1}}}};
  for (int i = 0; i < 2; ++i) {
    const absl::Status status = WriteTrecRun(path, runs, "t");
    ASSERT_TRUE(status.ok()) << status;
    std::stringstream contents;
    contents << std::ifstream(path).rdbuf();
    EXPECT_EQ(contents.str(), "q1 Q0 a 1 2 t\nq2 Q0 b 1 1 t\n");
  }
}

TEST(WriteTrecRunTest, RefusesIdsWithWhiteSpaceAndMissingFolders) {
  const std::string path = testing::TempDir() + "/refused.trec";
  for (const QueryRun& run :
       std::vector<QueryRun>{{"q 1", {{"a", 1}}}, {"q", {{"a\tb", 1}}}, {"q", {{"", 1}}}}) {
    EXPECT_EQ(WriteTrecRun(path, {run}, "t").code(), absl::StatusCode::kInvalidArgument);
    EXPECT_FALSE(std::ifstream(path).good());
  }
  const absl::Status status = WriteTrecRun(testing::TempDir() + "/no/folder/run.trec", {}, "t");
  EXPECT_EQ(status.code(), absl::StatusCode::kNotFound) << status;
}

}  // namespace
}  // namespace footnote::retrieval
