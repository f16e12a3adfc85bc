#ifndef FOOTNOTE_RETRIEVAL_EVAL_FUSION_WEIGHT_H_
#define FOOTNOTE_RETRIEVAL_EVAL_FUSION_WEIGHT_H_

#include <array>
#include <cstddef>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "retrieval/engine.h"
#include "retrieval/eval/metrics.h"
#include "retrieval/eval/significance.h"

// Learns from judged queries how much the dense score should weigh in the convex
// combination (search/fusion.h): one number, so that few queries are enough.
namespace footnote::retrieval {

// The weights that are tried: 0, 0.01, ..., 1.
inline constexpr size_t kTriedWeights = 101;
// nDCG@10 of one query at each of them.
using WeightCurve = std::array<double, kTriedWeights>;

// Fewer queries than this say next to nothing.
inline constexpr size_t kLeastJudgedQueries = 20;

// The curve of one query. `request` says the query, the collection and who asks;
// its candidates are ranked anew at each weight, a document by its best passage.
// Errors: those of Search.
absl::StatusOr<WeightCurve> MeasureWeights(const Engine& engine, SearchRequest request,
                                           const Judgments& judgments);

// The weight at which the curves' mean is highest, after a triangular window of
// 0.05 to each side: single queries make it jagged. Of equal ones that nearest to
// kDefaultDenseWeight, which is also the answer to no curves.
double LearnWeight(absl::Span<const WeightCurve> curves);

// For each query the weight that the others teach: queries are dealt into five
// parts in turn, in an order that `seed` shuffles, and each part's weight is
// learned from the other four.
std::vector<double> LearnHeldOut(absl::Span<const WeightCurve> curves, uint64_t seed);

// What learning is worth: mean nDCG@10 of the queries.
struct WeightReport {
  double weight = kDefaultDenseWeight;  // learned from all
  double held_out = 0;                  // each query at the weight that the others teach
  // The same queries at 0.6, with meaning alone and with words alone, and held_out
  // beside each.
  double with_default = 0, dense = 0, lexical = 0;
  PairedComparison to_default, to_dense, to_lexical;
};
WeightReport ReportWeight(absl::Span<const WeightCurve> curves, uint64_t seed);

}  // namespace footnote::retrieval

#endif  // FOOTNOTE_RETRIEVAL_EVAL_FUSION_WEIGHT_H_
