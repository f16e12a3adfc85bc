#ifndef FOOTNOTE_RETRIEVAL_EVAL_COMPARE_H_
#define FOOTNOTE_RETRIEVAL_EVAL_COMPARE_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "retrieval/eval/metrics.h"
#include "retrieval/eval/significance.h"
#include "retrieval/eval/trec_run.h"

namespace footnote::retrieval {

// A query and its ranking's figures.
struct QueryFigures {
  std::string query;
  RankingMetrics metrics;
};

// A run beside an earlier one, the baseline.
struct RunComparison {
  std::vector<QueryFigures> baseline;  // of the run's queries, in their order
  RankingMetrics baseline_mean;
  std::vector<PairedComparison> figures;  // in the order of Figures()
  std::vector<std::string> warnings;      // queries that only one of the two has
};

// Scores the baseline's rankings for the queries of `run`; a query that it lacks
// scores 0, as trec_eval -c has it. Errors: InvalidArgument (no query in common).
absl::StatusOr<RunComparison> CompareRuns(const Qrels& qrels, absl::Span<const QueryFigures> run,
                                          absl::Span<const QueryRun> baseline,
                                          const SignificanceOptions& options);

// A table with tabs: query, figure, run, and beside a comparison (may be null)
// baseline, difference and "win", "loss" or "tie". A row for each query and figure.
// A tab or line break in a query's id becomes a space.
std::string FormatPerQuery(absl::Span<const QueryFigures> run, const RunComparison* comparison);

}  // namespace footnote::retrieval

#endif  // FOOTNOTE_RETRIEVAL_EVAL_COMPARE_H_
