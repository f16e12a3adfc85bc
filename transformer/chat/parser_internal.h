#ifndef FOOTNOTE_TRANSFORMER_CHAT_PARSER_INTERNAL_H_
#define FOOTNOTE_TRANSFORMER_CHAT_PARSER_INTERNAL_H_

#include <initializer_list>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "transformer/chat/parser.h"

namespace footnote::transformer::chat::internal {

using Result = absl::StatusOr<NodePtr>;

NodePtr MakeNode(Node::Kind kind, int line, std::string text = "");

// Reads expressions from tokens, with Jinja's order of precedence.
class ExpressionParser {
 public:
  explicit ExpressionParser(std::vector<Token> tokens) : tokens_(std::move(tokens)) {}

  Result Expression();  // with "a if b else c"
  Result OrExpression();
  // One or more expressions with commas between.
  Result TupleExpression();
  // What `for` and `set` assign to: a name, an attribute, or several names.
  Result Target();

  const Token& Current() const { return tokens_[pos_]; }
  bool At(Token::Kind kind) const { return Current().kind == kind; }
  bool AtOperator(absl::string_view text) const;
  bool AtName(absl::string_view text) const;
  bool TakeOperator(absl::string_view text);
  bool TakeName(absl::string_view text);
  absl::Status Expect(absl::string_view op);
  absl::Status ExpectKind(Token::Kind kind, absl::string_view what);
  absl::StatusOr<std::string> Name();
  void Advance() { ++pos_; }
  absl::Status Error(absl::string_view what) const;

  // Counts nesting while it lives; !ok() where it is too deep.
  class Deeper {
   public:
    explicit Deeper(int* depth) : depth_(*depth) { ++depth_; }
    ~Deeper() { --depth_; }
    Deeper(const Deeper&) = delete;
    Deeper& operator=(const Deeper&) = delete;
    absl::Status status() const;

   private:
    int& depth_;
  };
  int* depth() { return &depth_; }

 private:
  using Level = Result (ExpressionParser::*)();
  Result Binary(Level operand, std::initializer_list<const char*> operators);

  Result And();
  Result Not();
  Result Compare();
  Result Sum();
  Result Concat();
  Result Product();
  Result Power();
  Result Unary(bool with_filter);
  Result UnaryWithFilter() { return Unary(true); }
  Result Primary();
  Result ParenthesisOrTuple();
  Result ListLiteral();
  Result DictLiteral();
  Result Postfix(NodePtr node);
  Result Subscript(NodePtr object);
  Result Filters(NodePtr node);
  Result Test(NodePtr node);
  absl::Status Arguments(Node* call);

  std::vector<Token> tokens_;
  size_t pos_ = 0;
  int depth_ = 0;
};

}  // namespace footnote::transformer::chat::internal

#endif  // FOOTNOTE_TRANSFORMER_CHAT_PARSER_INTERNAL_H_
