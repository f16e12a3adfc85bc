#include "retrieval/eval/fusion_weight.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <random>
#include <string>
#include <tuple>
#include <utility>

#include "absl/container/flat_hash_set.h"
#include "kernels/base/status_macros.h"

namespace footnote::retrieval {
namespace {

constexpr size_t kFolds = 5;
constexpr ptrdiff_t kHalfWindow = 5;  // tried weights to each side
constexpr size_t kDepth = 10;         // of nDCG

double WeightAt(size_t i) { return static_cast<double>(i) / (kTriedWeights - 1); }
size_t IndexOf(double weight) {
  return static_cast<size_t>(std::lround(weight * (kTriedWeights - 1)));
}

struct Item {
  const Hit* hit;
  double dense, lexical;  // the two scores that are combined
  double score;
};

// The first documents at the items' scores, each once. Items stand in the order
// that equal scores have.
std::vector<std::string> BestDocuments(std::vector<Item> items) {
  std::stable_sort(items.begin(), items.end(),
                   [](const Item& a, const Item& b) { return a.score > b.score; });
  std::vector<std::string> ranking;
  absl::flat_hash_set<absl::string_view> seen;
  for (const Item& item : items) {
    if (ranking.size() == kDepth) break;
    if (seen.insert(item.hit->doc).second) ranking.push_back(item.hit->doc);
  }
  return ranking;
}

std::vector<double> Column(absl::Span<const WeightCurve> curves, double weight) {
  std::vector<double> column;
  column.reserve(curves.size());
  for (const WeightCurve& curve : curves) column.push_back(curve[IndexOf(weight)]);
  return column;
}

double Mean(absl::Span<const double> values) {
  if (values.empty()) return 0;
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

}  // namespace

absl::StatusOr<WeightCurve> MeasureWeights(const Engine& engine, SearchRequest request,
                                           const Judgments& judgments) {
  request.mode = SearchMode::kHybrid;
  request.fusion = Fusion::kConvex;
  request.dense_weight = 0.5;  // so that the best of either stage are in the result
  request.rerank = false;
  request.fold_similarity = 0;
  request.max_per_document = 0;
  request.mmr_lambda = 1;
  request.boost.clear();
  request.k = kMaxK;
  FN_ASSIGN_OR_RETURN(const SearchResult result, engine.Search(request));
  std::vector<Item> items;
  items.reserve(result.hits.size());
  double best_lexical = 0;
  for (const Hit& hit : result.hits) best_lexical = std::max(best_lexical, hit.lexical.score);
  for (const Hit& hit : result.hits) {
    const double lexical = best_lexical > 0 ? hit.lexical.score / best_lexical : 0;
    items.push_back({&hit, hit.dense.score, lexical, 0});
  }
  std::sort(items.begin(), items.end(), [](const Item& a, const Item& b) {
    return std::tie(a.hit->doc, a.hit->chunk) < std::tie(b.hit->doc, b.hit->chunk);
  });
  WeightCurve curve;
  for (size_t i = 0; i < kTriedWeights; ++i) {
    const double weight = WeightAt(i);
    for (Item& item : items) item.score = weight * item.dense + (1 - weight) * item.lexical;
    curve[i] = ScoreRanking(judgments, BestDocuments(items)).ndcg_10;
  }
  return curve;
}

double LearnWeight(absl::Span<const WeightCurve> curves) {
  if (curves.empty()) return kDefaultDenseWeight;
  std::array<double, kTriedWeights> mean = {};
  for (const WeightCurve& curve : curves) {
    for (size_t i = 0; i < kTriedWeights; ++i) mean[i] += curve[i];
  }
  size_t best = IndexOf(kDefaultDenseWeight);
  double best_value = -1;
  const auto distance = [](size_t i) { return std::abs(WeightAt(i) - kDefaultDenseWeight); };
  for (size_t i = 0; i < kTriedWeights; ++i) {
    double sum = 0, weights = 0;
    for (ptrdiff_t d = -kHalfWindow; d <= kHalfWindow; ++d) {
      const ptrdiff_t j = static_cast<ptrdiff_t>(i) + d;
      if (j < 0 || j >= static_cast<ptrdiff_t>(kTriedWeights)) continue;
      const auto share = static_cast<double>(kHalfWindow + 1 - std::abs(d));
      sum += share * mean[j];
      weights += share;
    }
    const double value = sum / weights;
    // Sums that differ in their last bits alone are equal.
    const double near = 1e-12 * (1 + std::abs(best_value));
    if (value > best_value + near || (value > best_value - near && distance(i) < distance(best))) {
      best = i;
      best_value = value;
    }
  }
  return WeightAt(best);
}

std::vector<double> LearnHeldOut(absl::Span<const WeightCurve> curves, uint64_t seed) {
  std::vector<size_t> order(curves.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::mt19937_64 random(seed);
  // std::shuffle differs between libraries.
  for (size_t i = order.size(); i > 1; --i) std::swap(order[i - 1], order[random() % i]);
  std::vector<double> weights(curves.size(), kDefaultDenseWeight);
  for (size_t fold = 0; fold < kFolds; ++fold) {
    std::vector<WeightCurve> others;
    for (size_t i = 0; i < order.size(); ++i) {
      if (i % kFolds != fold) others.push_back(curves[order[i]]);
    }
    const double weight = LearnWeight(others);
    for (size_t i = fold; i < order.size(); i += kFolds) weights[order[i]] = weight;
  }
  return weights;
}

WeightReport ReportWeight(absl::Span<const WeightCurve> curves, uint64_t seed) {
  const std::vector<double> weights = LearnHeldOut(curves, seed);
  std::vector<double> held_out;
  held_out.reserve(curves.size());
  for (size_t i = 0; i < curves.size(); ++i) held_out.push_back(curves[i][IndexOf(weights[i])]);
  SignificanceOptions significance;
  significance.seed = seed;
  WeightReport report;
  report.weight = LearnWeight(curves);
  report.held_out = Mean(held_out);
  const auto compare = [&](double weight, double* mean, PairedComparison* comparison) {
    const std::vector<double> column = Column(curves, weight);
    *mean = Mean(column);
    *comparison = ComparePaired(held_out, column, significance);
  };
  compare(kDefaultDenseWeight, &report.with_default, &report.to_default);
  compare(1, &report.dense, &report.to_dense);
  compare(0, &report.lexical, &report.to_lexical);
  return report;
}

}  // namespace footnote::retrieval
