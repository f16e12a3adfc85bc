#include "generator/decoding/log_probs.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <numeric>

namespace footnote::generator {

LogProbs::LogProbs(absl::Span<const float> logits) : logits_(logits) {
  for (const float x : logits) top_ = std::max<double>(top_, x);
  double sum = 0;
  for (const float x : logits) sum += std::exp(x - top_);
  log_sum_ = std::log(sum);
}

float LogProbs::Of(int32_t id) const {
  // In this order: beside a great logit the sum's logarithm would vanish.
  return static_cast<float>((logits_[id] - top_) - log_sum_);
}

std::vector<TokenLogProb> LogProbs::Top(int n) const {
  std::vector<int32_t> ids(logits_.size());
  std::iota(ids.begin(), ids.end(), 0);
  const size_t count = std::min<size_t>(std::max(n, 0), ids.size());
  std::partial_sort(ids.begin(), ids.begin() + static_cast<std::ptrdiff_t>(count), ids.end(),
                    [&](int32_t a, int32_t b) {
                      return logits_[a] != logits_[b] ? logits_[a] > logits_[b] : a < b;
                    });
  std::vector<TokenLogProb> result;
  for (size_t i = 0; i < count; ++i) result.push_back({ids[i], Of(ids[i])});
  return result;
}

}  // namespace footnote::generator
