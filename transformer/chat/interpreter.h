#ifndef FOOTNOTE_TRANSFORMER_CHAT_INTERPRETER_H_
#define FOOTNOTE_TRANSFORMER_CHAT_INTERPRETER_H_

#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "transformer/chat/builtins.h"
#include "transformer/chat/parser.h"

namespace footnote::transformer::chat {

// How much one rendering may do. A published template takes some thousand steps.
struct Limits {
  size_t max_steps = 4'000'000;         // statements, expressions, elements, eights of bytes
  size_t max_output_bytes = 64u << 20;  // of what is printed
  int max_calls = 50;                   // of macros within each other
};

// Runs one parsed template once. Not thread-safe.
class Interpreter {
 public:
  Interpreter(const Limits& limits, absl::Time now);

  // Renders `block` with these variables. Errors: InvalidArgument (a value of the
  // wrong type, the template's own raise_exception), Unimplemented (something
  // outside the subset), ResourceExhausted (beyond the limits); with the line.
  absl::StatusOr<std::string> Render(const Node& block, const Value::Dict& variables);

 private:
  using Scope = std::vector<std::pair<std::string, Value>>;
  enum class Flow { kOn, kBreak, kContinue };
  using FlowOr = absl::StatusOr<Flow>;

  FlowOr Run(const Node& node);
  FlowOr RunBlock(const Node& block);
  FlowOr RunFor(const Node& node);
  absl::Status RunSet(const Node& node);
  absl::Status Assign(const Node& target, const Value& value);
  absl::Status Print(const std::string& text);
  // What a block prints.
  absl::StatusOr<std::string> Capture(const Node& block);

  ValueOr Eval(const Node& node);
  ValueOr EvalKind(const Node& node);
  ValueOr EvalOptional(const Node* node);
  ValueOr EvalUnary(const Node& node);
  ValueOr EvalBinary(const Node& node);
  ValueOr EvalCall(const Node& node);
  ValueOr EvalMember(const Node& node);
  ValueOr CallMacro(const Node& macro, const Arguments& arguments);
  absl::StatusOr<Arguments> EvalArguments(const Node& node);
  ValueOr Lookup(const std::string& name) const;

  absl::Status Count(size_t units);

  const Limits limits_;
  Environment environment_;
  std::vector<Scope> scopes_;  // [0]: the template's; a macro sees it and its own
  std::string output_;
  size_t steps_ = 0;
  int calls_ = 0;
};

// a + b and the other operators but "and" and "or". Errors: InvalidArgument.
ValueOr Operate(const std::string& op, const Value& a, const Value& b);

}  // namespace footnote::transformer::chat

#endif  // FOOTNOTE_TRANSFORMER_CHAT_INTERPRETER_H_
