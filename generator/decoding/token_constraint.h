#ifndef FOOTNOTE_GENERATOR_DECODING_TOKEN_CONSTRAINT_H_
#define FOOTNOTE_GENERATOR_DECODING_TOKEN_CONSTRAINT_H_

#include <cstdint>

#include "absl/types/span.h"

namespace footnote::generator {

// Says which tokens may come next in one generation. Used by one thread at a
// time, for one generation only; must leave at least one token.
class TokenConstraint {
 public:
  virtual ~TokenConstraint() = default;
  // Sets the logits of the tokens that may not come next to minus infinity.
  // logits: [vocab_size].
  virtual void Apply(absl::Span<float> logits) = 0;
  // `token` was chosen.
  virtual void Accept(int32_t token) = 0;
};

}  // namespace footnote::generator

#endif  // FOOTNOTE_GENERATOR_DECODING_TOKEN_CONSTRAINT_H_
