#ifndef FOOTNOTE_GENERATOR_RUNNER_GENERATION_H_
#define FOOTNOTE_GENERATOR_RUNNER_GENERATION_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "generator/decoding/log_probs.h"
#include "generator/decoding/sampler.h"
#include "generator/decoding/token_constraint.h"

namespace footnote::generator {

inline constexpr int kMaxTopLogProbs = 20;

// What to generate. All numbers are checked when it is submitted.
struct GenerateRequest {
  // The tokens that the text continues; of an encoder-decoder, its source. As the
  // model wants them: with its special tokens.
  std::vector<int32_t> prompt;
  // Tokens to generate at most. Together with the prompt they must fit into the
  // model's context and the cache.
  int max_tokens = 256;
  SamplingOptions sampling;
  // The text ends before the first of these; see ValidateStopStrings.
  std::vector<std::string> stop;
  // Whether tokens carry their log probability, and how many others at their
  // place do, 0 to kMaxTopLogProbs. Costs a pass over the vocabulary per token.
  bool log_probs = false;
  int top_log_probs = 0;
  // Go on after the model's end-of-text token, which is then a token like others.
  bool ignore_end = false;
  // A loaded adapter's name; empty: the base model.
  std::string adapter;
  // May be null. Used by the runner's thread.
  std::unique_ptr<TokenConstraint> constraint;
  absl::Time deadline = absl::InfiniteFuture();
};

struct GeneratedToken {
  int32_t id = 0;
  float log_prob = 0;             // if asked for
  std::vector<TokenLogProb> top;  // best first
};

// The next stretch of a generated text, of whole characters, and the tokens
// whose text is out with it. Either may be empty: the text of a token is held back
// while it may be part of a character or of a stop string.
struct Piece {
  std::string text;
  std::vector<GeneratedToken> tokens;
};

enum class FinishReason {
  kEnd,         // the model's end-of-text token
  kStopString,  // one of the request's
  kLength,      // max_tokens
};

// How a generation ended.
struct Finish {
  FinishReason reason = FinishReason::kEnd;
  std::string stop;         // the stop string
  int prompt_tokens = 0;    // of the request
  int tokens = 0;           // generated, without the end-of-text token
  std::string adapter;      // content hash of the adapter that was used
  absl::Duration queued;    // from submission to the first step
  absl::Duration prefill;   // to the first token
  absl::Duration decoding;  // from the first token to the end
};

// Called on the reader's thread; false gives the generation up.
using PieceCallback = std::function<bool(const Piece&)>;

// A submitted request. Used by one thread at a time; may outlive the runner,
// whose end ends it with Cancelled.
class Generation {
 public:
  // Gives it up, if it hasn't ended: the runner drops it before its next step.
  virtual ~Generation() = default;

  // Hands out the pieces as they come until the text ends. Once. `cancelled` is
  // polled every few milliseconds and may be null. Errors: Cancelled (by
  // `cancelled` or `on_piece`, or the runner ended), DeadlineExceeded, and those
  // of the model.
  virtual absl::StatusOr<Finish> Read(const PieceCallback& on_piece,
                                      const std::function<bool()>& cancelled) = 0;
};

}  // namespace footnote::generator

#endif  // FOOTNOTE_GENERATOR_RUNNER_GENERATION_H_
