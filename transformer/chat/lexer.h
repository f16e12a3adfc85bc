#ifndef FOOTNOTE_TRANSFORMER_CHAT_LEXER_H_
#define FOOTNOTE_TRANSFORMER_CHAT_LEXER_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace footnote::transformer::chat {

struct Token {
  enum class Kind {
    kText,        // what stands outside tags
    kBlockBegin,  // {%
    kBlockEnd,    // %}
    kPrintBegin,  // {{
    kPrintEnd,    // }}
    kName,
    kString,
    kInt,
    kFloat,
    kOperator,
    kEnd,
  };
  Kind kind = Kind::kEnd;
  std::string text;
  int line = 1;
};

// The tokens of a Jinja template, the last of which is kEnd. White space is left
// out as Jinja does with trim_blocks and lstrip_blocks, which is how
// `transformers` sets it. Errors: InvalidArgument (a tag or text that doesn't
// end, a character that means nothing), with the line.
absl::StatusOr<std::vector<Token>> Tokenize(absl::string_view source);

}  // namespace footnote::transformer::chat

#endif  // FOOTNOTE_TRANSFORMER_CHAT_LEXER_H_
