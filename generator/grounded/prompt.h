#ifndef FOOTNOTE_GENERATOR_GROUNDED_PROMPT_H_
#define FOOTNOTE_GENERATOR_GROUNDED_PROMPT_H_

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "generator/answerer.h"
#include "transformer/tokenizer/tokenizer.h"

namespace footnote::generator {

// Makes the tokens of a prompt that is one message of a user. Special tokens are
// its own: the name of one in the message is text.
using PromptMaker = std::function<absl::StatusOr<std::vector<int32_t>>(const std::string& message)>;

// For a model without a chat template: the message and what the model wants around
// any text. `tokenizer` must outlive the result.
PromptMaker PlainPrompt(const transformer::Tokenizer* tokenizer);

struct GroundedPrompt {
  std::vector<int32_t> ids;
  // The passages that are in it: the first so many of those given.
  int passages = 0;
};

// The text of the message: instructions, then the passages, numbered from 1 and
// each between delimiters that carry a number which none of them contains, then
// the question. The same arguments give the same text.
std::string GroundedMessage(absl::string_view question, absl::Span<const Passage> passages);

// Passages that don't fit into `max_tokens` are left out whole, from the last.
// Errors: OutOfRange (not even the first fits; both numbers are said), and those of
// `make_prompt`.
absl::StatusOr<GroundedPrompt> MakeGroundedPrompt(const PromptMaker& make_prompt,
                                                  absl::string_view question,
                                                  absl::Span<const Passage> passages,
                                                  int64_t max_tokens);

}  // namespace footnote::generator

#endif  // FOOTNOTE_GENERATOR_GROUNDED_PROMPT_H_
