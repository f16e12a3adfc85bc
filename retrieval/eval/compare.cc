#include "retrieval/eval/compare.h"

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_replace.h"

namespace footnote::retrieval {
namespace {

std::vector<double> Column(absl::Span<const QueryFigures> queries, double RankingMetrics::*value) {
  std::vector<double> column;
  column.reserve(queries.size());
  for (const QueryFigures& query : queries) column.push_back(query.metrics.*value);
  return column;
}

RankingMetrics Score(const Qrels& qrels, const QueryRun& run) {
  const auto judgments = qrels.find(run.query);
  if (judgments == qrels.end()) return {};
  std::vector<std::string> ranking;
  ranking.reserve(run.ranking.size());
  for (const RankedDocument& document : run.ranking) ranking.push_back(document.id);
  return ScoreRanking(judgments->second, ranking);
}

}  // namespace

absl::StatusOr<RunComparison> CompareRuns(const Qrels& qrels, absl::Span<const QueryFigures> run,
                                          absl::Span<const QueryRun> baseline,
                                          const SignificanceOptions& options) {
  absl::flat_hash_map<std::string, const QueryRun*> rankings;
  for (const QueryRun& ranking : baseline) rankings.emplace(ranking.query, &ranking);
  RunComparison out;
  std::vector<RankingMetrics> metrics;
  size_t in_both = 0;
  for (const QueryFigures& query : run) {
    const auto ranking = rankings.find(query.query);
    const bool found = ranking != rankings.end();
    in_both += found ? 1 : 0;
    metrics.push_back(found ? Score(qrels, *ranking->second) : RankingMetrics());
    out.baseline.push_back({query.query, metrics.back()});
  }
  if (in_both == 0) {
    return absl::InvalidArgumentError(
        "the baseline has none of the run's queries: do they belong together?");
  }
  if (in_both < run.size()) {
    out.warnings.push_back(absl::StrCat("the baseline lacks ", run.size() - in_both,
                                        " of the queries, which score 0 in it"));
  }
  if (in_both < rankings.size()) {
    out.warnings.push_back(absl::StrCat(rankings.size() - in_both,
                                        " queries of the baseline are not of this run and are "
                                        "left out"));
  }
  out.baseline_mean = MeanOf(metrics);
  for (const Figure& figure : Figures()) {
    out.figures.push_back(
        ComparePaired(Column(run, figure.value), Column(out.baseline, figure.value), options));
  }
  return out;
}

std::string FormatPerQuery(absl::Span<const QueryFigures> run, const RunComparison* comparison) {
  std::string out = "query\tfigure\trun";
  if (comparison != nullptr) out += "\tbaseline\tdifference\toutcome";
  out += "\n";
  for (size_t i = 0; i < run.size(); ++i) {
    const std::string query =
        absl::StrReplaceAll(run[i].query, {{"\t", " "}, {"\n", " "}, {"\r", " "}});
    for (const Figure& figure : Figures()) {
      const double value = run[i].metrics.*figure.value;
      absl::StrAppendFormat(&out, "%s\t%s\t%.6f", query, figure.name, value);
      if (comparison != nullptr) {
        const double baseline = comparison->baseline[i].metrics.*figure.value;
        absl::StrAppendFormat(&out, "\t%.6f\t%.6f\t%s", baseline, value - baseline,
                              value > baseline   ? "win"
                              : value < baseline ? "loss"
                                                 : "tie");
      }
      out += "\n";
    }
  }
  return out;
}

}  // namespace footnote::retrieval
