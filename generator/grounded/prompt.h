#ifndef FOOTNOTE_GENERATOR_GROUNDED_PROMPT_H_
#define FOOTNOTE_GENERATOR_GROUNDED_PROMPT_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "generator/answerer.h"
#include "transformer/tokenizer/tokenizer.h"

namespace footnote::generator {

// What a chat model's template puts before and behind the text of a message, as
// tokens; both empty: the model has no template, and the text is all.
struct ChatFrame {
  std::vector<int32_t> before;
  std::vector<int32_t> after;
  bool empty() const { return before.empty() && after.empty(); }
};

struct GroundedPrompt {
  std::vector<int32_t> ids;
  // The passages that are in it: the first so many of those given.
  int passages = 0;
  // Where the message stands in `ids`: instructions, passages and question. No
  // token in there is a special one, whatever the passages say, except those that
  // the model wants around any text.
  size_t message_begin = 0;
  size_t message_end = 0;
};

// The text of the message: instructions, then the passages, numbered from 1 and
// each between delimiters that carry a number which none of them contains, then
// the question. The same arguments give the same text.
std::string GroundedMessage(absl::string_view question, absl::Span<const Passage> passages);

// Passages that don't fit into `max_tokens` are left out whole, from the last.
// Errors: OutOfRange (not even the first fits; both numbers are said).
absl::StatusOr<GroundedPrompt> MakeGroundedPrompt(const transformer::Tokenizer& tokenizer,
                                                  const ChatFrame& frame,
                                                  absl::string_view question,
                                                  absl::Span<const Passage> passages,
                                                  int64_t max_tokens);

}  // namespace footnote::generator

#endif  // FOOTNOTE_GENERATOR_GROUNDED_PROMPT_H_
