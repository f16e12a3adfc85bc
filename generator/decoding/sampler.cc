#include "generator/decoding/sampler.h"

#include <algorithm>
#include <cmath>
#include <cstddef>

#include "absl/strings/str_cat.h"
#include "generator/decoding/philox.h"

namespace footnote::generator {
namespace {

constexpr double kMaxTemperature = 100;

// The greatest finite logit's id, the lowest among equals; -1: there is none.
int32_t ArgMax(absl::Span<const float> logits) {
  int32_t best = -1;
  for (size_t i = 0; i < logits.size(); ++i) {
    if (std::isfinite(logits[i]) && (best < 0 || logits[i] > logits[best])) {
      best = static_cast<int32_t>(i);
    }
  }
  return best;
}

absl::Status OutOfRange(const char* name, double value, const char* range) {
  return absl::InvalidArgumentError(absl::StrCat(name, " is ", value, "; it must be ", range));
}

}  // namespace

absl::Status Validate(const SamplingOptions& options) {
  // Written so that NaN fails.
  if (!(options.temperature >= 0 && options.temperature <= kMaxTemperature)) {
    return OutOfRange("temperature", options.temperature, "0 (greedy) to 100");
  }
  if (options.top_k < 0) return OutOfRange("top_k", options.top_k, "0 (all) or more");
  if (!(options.top_p >= 0 && options.top_p <= 1)) {
    return OutOfRange("top_p", options.top_p, "0 to 1 (all)");
  }
  if (!(options.min_p >= 0 && options.min_p <= 1)) {
    return OutOfRange("min_p", options.min_p, "0 (all) to 1");
  }
  return absl::OkStatus();
}

int32_t Sampler::Draw(double uniform) const {
  double sum = 0;
  for (const Candidate& c : candidates_) sum += c.weight;
  const double target = uniform * sum;
  double below = 0;
  for (const Candidate& c : candidates_) {
    below += c.weight;
    if (below > target) return c.id;
  }
  return candidates_.back().id;
}

int32_t Sampler::Choose(absl::Span<const float> logits, const SamplingOptions& options,
                        uint64_t place) {
  const int32_t best = ArgMax(logits);
  // A temperature so small that the division overflows is greedy, too.
  if (best < 0 || options.temperature < 1e-30) return best;

  const double top = logits[best];
  candidates_.clear();
  for (size_t i = 0; i < logits.size(); ++i) {
    if (!std::isfinite(logits[i])) continue;
    const double weight = std::exp((logits[i] - top) / options.temperature);
    candidates_.push_back({weight, static_cast<int32_t>(i)});
  }
  const auto better = [](const Candidate& a, const Candidate& b) {
    return a.weight != b.weight ? a.weight > b.weight : a.id < b.id;
  };
  if (options.top_k > 0 && static_cast<size_t>(options.top_k) < candidates_.size()) {
    std::nth_element(candidates_.begin(), candidates_.begin() + options.top_k, candidates_.end(),
                     better);
    candidates_.resize(options.top_k);
    std::sort(candidates_.begin(), candidates_.end(), better);
  }
  if (options.top_p < 1) {
    double sum = 0;
    for (const Candidate& c : candidates_) sum += c.weight;
    // A heap, because mostly only the first few of a large vocabulary are wanted.
    const auto worse = [&](const Candidate& a, const Candidate& b) { return better(b, a); };
    std::make_heap(candidates_.begin(), candidates_.end(), worse);
    double kept = 0;
    auto end = candidates_.end();
    while (end != candidates_.begin()) {
      std::pop_heap(candidates_.begin(), end, worse);
      kept += (--end)->weight;
      if (kept >= options.top_p * sum) break;
    }
    candidates_.erase(candidates_.begin(), end);
    std::reverse(candidates_.begin(), candidates_.end());  // best first
  }
  if (options.min_p > 0) {
    // The most probable token has weight 1 and is always kept.
    std::erase_if(candidates_, [&](const Candidate& c) { return c.weight < options.min_p; });
  }
  return Draw(UniformAt(options.seed, place));
}

}  // namespace footnote::generator
