#ifndef FOOTNOTE_GENERATOR_CHAT_CHAT_PROMPT_H_
#define FOOTNOTE_GENERATOR_CHAT_CHAT_PROMPT_H_

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "transformer/chat/chat_template.h"
#include "transformer/tokenizer/tokenizer.h"

namespace footnote::generator {

// Makes the tokens of a conversation as a model's chat template has it. Special
// tokens come from the template alone: the name of one in a message is text, so
// that no message can end itself and begin another. Immutable and thread-safe.
class ChatPrompter {
 public:
  // `tokenizer` must outlive it.
  ChatPrompter(transformer::ChatTemplate chat_template, const transformer::Tokenizer* tokenizer)
      : template_(std::move(chat_template)), tokenizer_(tokenizer) {}

  // Ends where the model's answer begins. The ids are those of `transformers`
  // unless a message has the name of a special token. Errors: those of
  // ChatTemplate::Render, and InvalidArgument (such a message, and a template that
  // changes what it is given).
  absl::StatusOr<std::vector<int32_t>> Prompt(
      const std::vector<transformer::ChatMessage>& messages) const;

 private:
  std::vector<int32_t> Tokens(const std::string& text, bool parse_special) const;
  std::vector<int32_t> SpecialTokens(const std::vector<int32_t>& ids) const;
  absl::StatusOr<std::vector<int32_t>> PromptInPieces(
      const std::vector<transformer::ChatMessage>& messages, const std::string& frame) const;

  transformer::ChatTemplate template_;
  const transformer::Tokenizer* tokenizer_;
};

}  // namespace footnote::generator

#endif  // FOOTNOTE_GENERATOR_CHAT_CHAT_PROMPT_H_
