#include "generator/chat/chat_prompt.h"

#include <cstddef>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "kernels/base/status_macros.h"

namespace footnote::generator {
namespace {

using transformer::ChatMessage;

// What stands for a message's text while the template is looked at: nothing that a
// template asks for or changes. The tabs show whether it trims.
std::string Placeholder(size_t message) { return absl::StrCat("qzFootnoteMessage", message, "zq"); }

std::vector<ChatMessage> WithPlaceholders(const std::vector<ChatMessage>& messages) {
  std::vector<ChatMessage> result;
  for (size_t i = 0; i < messages.size(); ++i) {
    result.push_back({messages[i].role, absl::StrCat("\t", Placeholder(i), "\t")});
  }
  return result;
}

// Takes the text before the placeholder off `frame`, and the placeholder;
// `content` loses the white space that the template would have taken off.
std::string TakeUpTo(const std::string& placeholder, absl::string_view* frame,
                     absl::string_view* content) {
  const size_t at = frame->find(placeholder);
  absl::string_view before = frame->substr(0, at);
  frame->remove_prefix(at + placeholder.size());
  if (!before.empty() && before.back() == '\t') {
    before.remove_suffix(1);
  } else {
    *content = absl::StripLeadingAsciiWhitespace(*content);
  }
  if (!frame->empty() && frame->front() == '\t') {
    frame->remove_prefix(1);
  } else {
    *content = absl::StripTrailingAsciiWhitespace(*content);
  }
  return std::string(before);
}

}  // namespace

std::vector<int32_t> ChatPrompter::Tokens(const std::string& text, bool parse_special) const {
  transformer::TokenizeOptions options;
  options.add_special = false;  // the template writes them
  options.parse_special = parse_special;
  return tokenizer_->Tokenize(text, options);
}

std::vector<int32_t> ChatPrompter::SpecialTokens(const std::vector<int32_t>& ids) const {
  std::vector<int32_t> special;
  for (const int32_t id : ids) {
    if (tokenizer_->IsSpecial(id)) special.push_back(id);
  }
  return special;
}

absl::StatusOr<std::vector<int32_t>> ChatPrompter::Prompt(
    const std::vector<ChatMessage>& messages) const {
  transformer::ChatRenderOptions options;
  FN_ASSIGN_OR_RETURN(const std::string text, template_.Render(messages, options));
  FN_ASSIGN_OR_RETURN(const std::string frame,
                      template_.Render(WithPlaceholders(messages), options));
  std::vector<int32_t> ids = Tokens(text, /*parse_special=*/true);
  // The template's own special tokens and no other: then no message has one.
  if (SpecialTokens(ids) == SpecialTokens(Tokens(frame, /*parse_special=*/true))) return ids;
  return PromptInPieces(messages, frame);
}

absl::StatusOr<std::vector<int32_t>> ChatPrompter::PromptInPieces(
    const std::vector<ChatMessage>& messages, const std::string& frame) const {
  std::vector<int32_t> ids;
  const auto append = [&](const std::string& text, bool parse_special) {
    const std::vector<int32_t> more = Tokens(text, parse_special);
    ids.insert(ids.end(), more.begin(), more.end());
  };
  absl::string_view rest = frame;
  for (size_t i = 0; i < messages.size(); ++i) {
    const std::string placeholder = Placeholder(i);
    if (rest.find(placeholder) == absl::string_view::npos) {
      return absl::InvalidArgumentError(
          absl::StrCat("message ", i + 1,
                       " has the name of one of the model's special tokens, and "
                       "the chat template doesn't show where the message goes; take it out"));
    }
    absl::string_view content = messages[i].content;
    append(TakeUpTo(placeholder, &rest, &content), /*parse_special=*/true);
    append(std::string(content), /*parse_special=*/false);
  }
  append(std::string(rest), /*parse_special=*/true);
  return ids;
}

}  // namespace footnote::generator
