#ifndef FOOTNOTE_TRANSFORMER_CHAT_PARSER_H_
#define FOOTNOTE_TRANSFORMER_CHAT_PARSER_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "transformer/chat/lexer.h"
#include "transformer/chat/value.h"

namespace footnote::transformer::chat {

// A statement or an expression of a template. What is in `text` and `children`
// stands beside each kind; a null child is something left out.
struct Node {
  enum class Kind {
    // Statements.
    kBlock,  // children: statements
    kText,   // value
    kPrint,  // expression
    kIf,     // condition, block, block otherwise or null
    kFor,    // target, iterable, condition or null, block, block if nothing or null
    kSet,    // target, expression or (block set) block
    kMacro,  // text: name; names: parameters; children: defaults or null ..., block
    kBreak,
    kContinue,
    // Expressions.
    kLiteral,    // value
    kName,       // text
    kTuple,      // children; also a target
    kList,       // children
    kDict,       // children: key, value, key, value ...
    kUnary,      // text: "-", "+", "not"
    kBinary,     // text: operator, also "and", "or", "in", "not in", "~"
    kTernary,    // condition, then, otherwise or null
    kAttribute,  // object; text: name
    kItem,       // object, key
    kSlice,      // object, begin or null, end or null, step or null
    kCall,       // function, arguments ...; names: "" or the argument's name
    kFilter,     // input, arguments ...; text: name; names as in kCall
    kTest,       // input, arguments ...; text: name
  };
  Kind kind = Kind::kBlock;
  int line = 1;
  std::string text;
  Value value;
  std::vector<std::string> names;
  std::vector<std::unique_ptr<Node>> children;
};

using NodePtr = std::unique_ptr<Node>;

// The template's block. Errors: InvalidArgument (with the line), Unimplemented
// (a tag outside the subset, which is named), ResourceExhausted (nested too
// deeply).
absl::StatusOr<NodePtr> Parse(std::vector<Token> tokens);

}  // namespace footnote::transformer::chat

#endif  // FOOTNOTE_TRANSFORMER_CHAT_PARSER_H_
