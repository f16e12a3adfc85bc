#include "retrieval/search/diversity.h"

#include <algorithm>
#include <limits>
#include <map>
#include <optional>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"

namespace footnote::retrieval {
namespace {

// The scores, scaled over each tier.
std::vector<double> Relevance(absl::Span<const DiversityItem> items) {
  struct Range {
    double low = std::numeric_limits<double>::infinity();
    double high = -std::numeric_limits<double>::infinity();
  };
  std::map<int, Range> ranges;
  for (const DiversityItem& item : items) {
    Range& range = ranges[item.tier];
    range.low = std::min(range.low, item.score);
    range.high = std::max(range.high, item.score);
  }
  std::vector<double> relevance;
  relevance.reserve(items.size());
  for (const DiversityItem& item : items) {
    const Range& range = ranges[item.tier];
    relevance.push_back(range.high > range.low ? (item.score - range.low) / (range.high - range.low)
                                               : 1.0);
  }
  return relevance;
}

}  // namespace

absl::StatusOr<std::vector<DiverseChoice>> ChooseDiverse(
    absl::Span<const DiversityItem> items, const DiversityOptions& options, size_t n,
    absl::FunctionRef<double(size_t, size_t)> similarity, const std::function<bool()>& cancelled) {
  const std::vector<double> relevance = Relevance(items);
  const double novelty = 1 - options.lambda;
  std::vector<double> nearest(items.size(), 0);  // the greatest similarity to a chosen one
  std::vector<bool> left(items.size(), true);
  absl::flat_hash_map<uint64_t, int> of_document;
  std::vector<DiverseChoice> chosen;
  while (chosen.size() < n) {
    if (cancelled && cancelled()) return absl::CancelledError("the search was cancelled");
    std::optional<DiverseChoice> best;
    for (size_t i = 0; i < items.size(); ++i) {
      if (!left[i]) continue;
      const double margin = options.lambda * relevance[i] - novelty * nearest[i];
      if (!best.has_value() || items[i].tier < items[best->item].tier ||
          (items[i].tier == items[best->item].tier && margin > best->margin)) {
        best = {i, margin};
      }
    }
    if (!best.has_value()) break;
    left[best->item] = false;
    const uint64_t document = items[best->item].document;
    const bool full = ++of_document[document] == options.max_per_document;
    for (size_t i = 0; i < items.size(); ++i) {
      if (full && items[i].document == document) left[i] = false;
      if (!left[i] || novelty == 0) continue;
      const double s = similarity(i, best->item);
      nearest[i] = chosen.empty() ? s : std::max(nearest[i], s);
    }
    chosen.push_back(*best);
  }
  return chosen;
}

}  // namespace footnote::retrieval
