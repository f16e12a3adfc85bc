#ifndef FOOTNOTE_SERVICES_GENERATOR_TOTALS_H_
#define FOOTNOTE_SERVICES_GENERATOR_TOTALS_H_

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

#include "generator/runner/model_runner.h"

namespace footnote::services {

// What a language model has done since the start, for metrics. Thread-safe.
class GeneratorTotals : public generator::RunnerObserver {
 public:
  static constexpr int kCodes = 17;  // of absl::StatusCode

  void OnStep(const Step& step) override {
    steps_.fetch_add(1, std::memory_order_relaxed);
    prompt_tokens_.fetch_add(step.prompt_tokens, std::memory_order_relaxed);
    generated_tokens_.fetch_add(step.generated_tokens, std::memory_order_relaxed);
    step_microseconds_.fetch_add(absl::ToInt64Microseconds(step.time), std::memory_order_relaxed);
  }
  void OnEnd(const absl::StatusOr<generator::Finish>& end) override {
    const auto code = static_cast<size_t>(end.status().code());
    if (code < ends_.size()) ends_[code].fetch_add(1, std::memory_order_relaxed);
  }

  int64_t steps() const { return steps_.load(std::memory_order_relaxed); }
  int64_t prompt_tokens() const { return prompt_tokens_.load(std::memory_order_relaxed); }
  int64_t generated_tokens() const { return generated_tokens_.load(std::memory_order_relaxed); }
  double step_seconds() const {
    return 1e-6 * static_cast<double>(step_microseconds_.load(std::memory_order_relaxed));
  }
  // Generations that ended with `code`.
  int64_t ends(absl::StatusCode code) const {
    const auto at = static_cast<size_t>(code);
    return at < ends_.size() ? ends_[at].load(std::memory_order_relaxed) : 0;
  }

 private:
  std::atomic<int64_t> steps_{0};
  std::atomic<int64_t> prompt_tokens_{0};
  std::atomic<int64_t> generated_tokens_{0};
  std::atomic<int64_t> step_microseconds_{0};
  std::array<std::atomic<int64_t>, kCodes> ends_{};
};

}  // namespace footnote::services

#endif  // FOOTNOTE_SERVICES_GENERATOR_TOTALS_H_
