#ifndef FOOTNOTE_GENERATOR_RUNNER_TEXT_OUTPUT_H_
#define FOOTNOTE_GENERATOR_RUNNER_TEXT_OUTPUT_H_

#include <cstddef>
#include <deque>
#include <string>

#include "absl/types/span.h"
#include "generator/decoding/stop_strings.h"
#include "generator/runner/character_assembler.h"
#include "generator/runner/generation.h"
#include "transformer/tokenizer/tokenizer.h"

namespace footnote::generator {

// Turns one generation's tokens into pieces of text: whole characters, nothing of
// a stop string, and each token with the last of its text. The text continues the
// prompt's, so each token gives what it gives in the middle of a text; special
// ones give nothing. One thread at a time.
class TextOutput {
 public:
  // `tokenizer` must outlive it.
  TextOutput(const transformer::Tokenizer* tokenizer, absl::Span<const std::string> stops)
      : tokenizer_(tokenizer), matcher_(stops) {}

  // What can be said now.
  Piece Push(GeneratedToken token);
  // At the end of the text: the rest.
  Piece Finish();
  // The stop string that ended the text; null: none did.
  const std::string* stop() const { return matcher_.found(); }

 private:
  struct Held {
    GeneratedToken token;
    size_t end = 0;  // bytes of the decoded text up to the token's end
  };
  Piece Release(std::string text);

  const transformer::Tokenizer* const tokenizer_;
  CharacterAssembler characters_;
  StopMatcher matcher_;
  size_t decoded_ = 0;  // bytes
  size_t released_ = 0;
  std::deque<Held> held_;
};

}  // namespace footnote::generator

#endif  // FOOTNOTE_GENERATOR_RUNNER_TEXT_OUTPUT_H_
