#include "retrieval/eval/metrics.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <vector>

namespace footnote::retrieval {
namespace {

// The discounted gain of grades in ranking order, first 10 only.
double DiscountedGain10(absl::Span<const int> grades) {
  double sum = 0;
  for (size_t i = 0; i < std::min<size_t>(10, grades.size()); ++i) {
    sum += grades[i] / std::log2(static_cast<double>(i) + 2);
  }
  return sum;
}

constexpr Figure kFigures[] = {{"ndcg@10", &RankingMetrics::ndcg_10},
                               {"map", &RankingMetrics::map},
                               {"mrr@10", &RankingMetrics::mrr_10},
                               {"recall@10", &RankingMetrics::recall_10},
                               {"recall@100", &RankingMetrics::recall_100}};

}  // namespace

absl::Span<const Figure> Figures() { return kFigures; }

RankingMetrics ScoreRanking(const Judgments& judgments, absl::Span<const std::string> ranking) {
  std::vector<int> ideal;  // grades of the relevant documents, best first
  for (const auto& [doc, grade] : judgments) {
    if (grade > 0) ideal.push_back(grade);
  }
  RankingMetrics metrics;
  if (ideal.empty()) return metrics;
  std::sort(ideal.begin(), ideal.end(), std::greater<>());

  std::vector<int> grades;
  grades.reserve(ranking.size());
  int relevant = 0;
  for (size_t i = 0; i < ranking.size(); ++i) {
    const auto found = judgments.find(ranking[i]);
    const int grade = found == judgments.end() ? 0 : std::max(0, found->second);
    grades.push_back(grade);
    if (grade == 0) continue;
    ++relevant;
    const double rank = static_cast<double>(i) + 1;
    metrics.map += relevant / rank;
    if (relevant == 1 && i < 10) metrics.mrr_10 = 1 / rank;
    if (i < 10) metrics.recall_10 += 1;
    if (i < 100) metrics.recall_100 += 1;
  }
  const double total = static_cast<double>(ideal.size());
  metrics.ndcg_10 = DiscountedGain10(grades) / DiscountedGain10(ideal);
  metrics.map /= total;
  metrics.recall_10 /= total;
  metrics.recall_100 /= total;
  return metrics;
}

RankingMetrics MeanOf(absl::Span<const RankingMetrics> queries) {
  RankingMetrics mean;
  if (queries.empty()) return mean;
  const double n = static_cast<double>(queries.size());
  for (const Figure& figure : Figures()) {
    for (const RankingMetrics& query : queries) mean.*figure.value += query.*figure.value;
    mean.*figure.value /= n;
  }
  return mean;
}

}  // namespace footnote::retrieval
