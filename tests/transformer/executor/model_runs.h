#ifndef FOOTNOTE_TESTS_TRANSFORMER_EXECUTOR_MODEL_RUNS_H_
#define FOOTNOTE_TESTS_TRANSFORMER_EXECUTOR_MODEL_RUNS_H_

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "gtest/gtest.h"
#include "transformer/language_model.h"

namespace footnote::transformer {

// f32 weights and cache: what is compared with transformers.
inline LanguageModelOptions ExactOptions() {
  LanguageModelOptions options;
  options.precision = WeightPrecision::kF32;
  options.kv_format = kernels::KvFormat::kF32;
  options.threads = 1;
  options.cache_tokens = 1024;
  return options;
}

inline std::unique_ptr<LanguageModel> LoadOrFail(const std::string& path,
                                                 const LanguageModelOptions& options) {
  auto model = LoadLanguageModel(path, options);
  EXPECT_TRUE(model.ok()) << model.status();
  return model.ok() ? std::move(*model) : nullptr;
}

inline std::unique_ptr<Sequence> NewSequence(LanguageModel* model) {
  auto sequence = model->NewSequence();
  EXPECT_TRUE(sequence.ok()) << sequence.status();
  return std::move(*sequence);
}

inline absl::StatusOr<Logits> Step(LanguageModel* model, Sequence* sequence,
                                   absl::Span<const int32_t> tokens, LogitRows rows,
                                   const Adapter* adapter = nullptr) {
  const SequenceInput input = {sequence, tokens, adapter, rows};
  return model->Forward({&input, 1});
}

// The logits of all positions, the tokens given in pieces that end at `cuts`
// and at their end.
inline std::vector<float> AllLogits(LanguageModel* model, absl::Span<const int32_t> tokens,
                                    const std::vector<int64_t>& cuts = {},
                                    const Adapter* adapter = nullptr) {
  const auto sequence = NewSequence(model);
  std::vector<float> all;
  std::vector<int64_t> ends = cuts;
  ends.push_back(static_cast<int64_t>(tokens.size()));
  int64_t begin = 0;
  for (int64_t end : ends) {
    const auto logits =
        Step(model, sequence.get(), tokens.subspan(begin, end - begin), LogitRows::kAll, adapter);
    EXPECT_TRUE(logits.ok()) << logits.status();
    if (!logits.ok()) return {};
    all.insert(all.end(), logits->values.begin(), logits->values.end());
    begin = end;
  }
  return all;
}

inline int32_t Best(absl::Span<const float> logits) {
  return static_cast<int32_t>(std::max_element(logits.begin(), logits.end()) - logits.begin());
}

// How many tokens have a greater logit than `token`.
inline int64_t Rank(absl::Span<const float> logits, int32_t token) {
  return std::count_if(logits.begin(), logits.end(), [&](float v) { return v > logits[token]; });
}

inline double LargestDifference(absl::Span<const float> a, absl::Span<const float> b) {
  if (a.size() != b.size()) return INFINITY;
  double worst = 0;
  for (size_t i = 0; i < a.size(); ++i) {
    const double difference = std::abs(double{a[i]} - double{b[i]});
    if (!(difference <= worst)) worst = difference;
  }
  return worst;
}

// `count` tokens after the prompt, each the likeliest.
inline std::vector<int32_t> Greedy(LanguageModel* model, absl::Span<const int32_t> prompt,
                                   size_t count, const Adapter* adapter = nullptr) {
  const auto sequence = NewSequence(model);
  std::vector<int32_t> next(prompt.begin(), prompt.end());
  std::vector<int32_t> tokens;
  while (tokens.size() < count) {
    const auto logits = Step(model, sequence.get(), next, LogitRows::kLast, adapter);
    EXPECT_TRUE(logits.ok()) << logits.status();
    if (!logits.ok()) return tokens;
    tokens.push_back(Best(logits->row(0)));
    next = {tokens.back()};
  }
  return tokens;
}

// The logits after `prompt` and then `more`.
inline std::vector<float> LogitsAfter(LanguageModel* model, absl::Span<const int32_t> prompt,
                                      absl::Span<const int32_t> more) {
  const auto sequence = NewSequence(model);
  std::vector<int32_t> tokens(prompt.begin(), prompt.end());
  tokens.insert(tokens.end(), more.begin(), more.end());
  const auto logits = Step(model, sequence.get(), tokens, LogitRows::kLast);
  EXPECT_TRUE(logits.ok()) << logits.status();
  return logits.ok() ? logits->values : std::vector<float>();
}

}  // namespace footnote::transformer

#endif  // FOOTNOTE_TESTS_TRANSFORMER_EXECUTOR_MODEL_RUNS_H_
