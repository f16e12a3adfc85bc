#ifndef FOOTNOTE_GENERATOR_RUNNER_TEXT_OUTPUT_H_
#define FOOTNOTE_GENERATOR_RUNNER_TEXT_OUTPUT_H_

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>

#include "absl/types/span.h"
#include "generator/decoding/stop_strings.h"
#include "generator/runner/generation.h"
#include "transformer/tokenizer/stream_decoder.h"
#include "transformer/tokenizer/tokenizer.h"

namespace footnote::generator {

// Turns one generation's tokens into pieces of text: whole characters, nothing of
// a stop string, and each token with the last of its text. Special ones give
// nothing. One thread at a time.
class TextOutput {
 public:
  // `before`: the tokens that the text goes on, such as the prompt; none for a text
  // of its own. `tokenizer` must outlive it.
  TextOutput(const transformer::Tokenizer* tokenizer, absl::Span<const int32_t> before,
             absl::Span<const std::string> stops)
      : decoder_(*tokenizer, /*skip_special=*/true, before), matcher_(stops) {}

  // What can be said now.
  Piece Push(GeneratedToken token);
  // At the end of the text: the rest.
  Piece Finish();
  // The stop string that ended the text; null: none did.
  const std::string* stop() const { return matcher_.found(); }

 private:
  struct Held {
    GeneratedToken token;
    size_t end = 0;      // bytes of the decoded text up to the token's end
    bool whole = false;  // else its text, and so `end`, is yet to come
  };
  // All tokens held are decoded now.
  void SetEnds();
  Piece Release(std::string text);

  transformer::StreamDecoder decoder_;
  StopMatcher matcher_;
  size_t decoded_ = 0;  // bytes
  size_t released_ = 0;
  std::deque<Held> held_;
};

}  // namespace footnote::generator

#endif  // FOOTNOTE_GENERATOR_RUNNER_TEXT_OUTPUT_H_
