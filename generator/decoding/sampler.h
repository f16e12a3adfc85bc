#ifndef FOOTNOTE_GENERATOR_DECODING_SAMPLER_H_
#define FOOTNOTE_GENERATOR_DECODING_SAMPLER_H_

#include <cstdint>
#include <vector>

#include "absl/status/status.h"
#include "absl/types/span.h"

namespace footnote::generator {

// How the next token is chosen from the model's logits. The filters apply in the
// order of `transformers` (temperature, top-k, top-p, min-p), each to the
// distribution that the one before left. llama.cpp applies the temperature last
// by default, which top-p and min-p notice when it isn't 1.
struct SamplingOptions {
  // 0 takes the most probable token (the lowest id among equals) and nothing
  // below matters; else at most 100. Logits are divided by it.
  double temperature = 0;
  // The most probable so many; 0: all. Equals at the edge: the lower ids.
  int top_k = 0;
  // The fewest most probable tokens that together have at least this
  // probability, 0 to 1; 1: all. At least one is kept.
  // Source: Holtzman et al. 2019, https://arxiv.org/abs/1904.09751
  double top_p = 1;
  // Tokens with at least this share of the most probable one's probability, 0 to
  // 1; 0: all. Source: Nguyen et al. 2024, https://arxiv.org/abs/2407.01082
  double min_p = 0;
  // The same seed, prompt and options give the same text.
  uint64_t seed = 0;
};

// Errors: InvalidArgument; the message names the option and its range.
absl::Status Validate(const SamplingOptions& options);

// Chooses tokens. Keeps nothing but scratch space between calls: a choice depends
// on the arguments alone. One thread at a time.
class Sampler {
 public:
  // An id, or -1 if no logit is finite. Logits that aren't finite are never
  // chosen. `place` is the ordinal of the token in its generation.
  int32_t Choose(absl::Span<const float> logits, const SamplingOptions& options, uint64_t place);

 private:
  struct Candidate {
    double weight = 0;  // probability relative to the most probable token's
    int32_t id = 0;
  };
  int32_t Draw(double uniform) const;

  std::vector<Candidate> candidates_;
};

}  // namespace footnote::generator

#endif  // FOOTNOTE_GENERATOR_DECODING_SAMPLER_H_
