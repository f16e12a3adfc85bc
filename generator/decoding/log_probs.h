#ifndef FOOTNOTE_GENERATOR_DECODING_LOG_PROBS_H_
#define FOOTNOTE_GENERATOR_DECODING_LOG_PROBS_H_

#include <cstdint>
#include <limits>
#include <vector>

#include "absl/types/span.h"

namespace footnote::generator {

struct TokenLogProb {
  int32_t id = 0;
  float log_prob = 0;
};

// Natural logarithms of the model's probabilities: the log softmax of its
// logits, before temperature, filters and constraints. f64 sum in order of id.
class LogProbs {
 public:
  // Reads `logits` now; Of and Top read them again.
  explicit LogProbs(absl::Span<const float> logits);

  // Precondition: `id` is an index of the logits.
  float Of(int32_t id) const;
  // The `n` most probable, best first, equals by ascending id; fewer if there
  // are fewer.
  std::vector<TokenLogProb> Top(int n) const;

 private:
  absl::Span<const float> logits_;
  double top_ = -std::numeric_limits<double>::infinity();
  double log_sum_ = 0;  // of exp(logit - top_)
};

}  // namespace footnote::generator

#endif  // FOOTNOTE_GENERATOR_DECODING_LOG_PROBS_H_
