#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "kernels/base/status_macros.h"
#include "transformer/chat/parser_internal.h"

namespace footnote::transformer::chat::internal {
namespace {

// Real templates nest less than ten deep. Bounds the stack of the parser and of
// the interpreter.
constexpr int kMaxDepth = 100;

}  // namespace

NodePtr MakeNode(Node::Kind kind, int line, std::string text) {
  auto node = std::make_unique<Node>();
  node->kind = kind;
  node->line = line;
  node->text = std::move(text);
  return node;
}

absl::Status ExpressionParser::Deeper::status() const {
  if (depth_ <= kMaxDepth) return absl::OkStatus();
  return absl::ResourceExhaustedError(
      absl::StrCat("the template is nested more than ", kMaxDepth, " deep"));
}

bool ExpressionParser::AtOperator(absl::string_view text) const {
  return At(Token::Kind::kOperator) && Current().text == text;
}
bool ExpressionParser::AtName(absl::string_view text) const {
  return At(Token::Kind::kName) && Current().text == text;
}
bool ExpressionParser::TakeOperator(absl::string_view text) {
  if (!AtOperator(text)) return false;
  Advance();
  return true;
}
bool ExpressionParser::TakeName(absl::string_view text) {
  if (!AtName(text)) return false;
  Advance();
  return true;
}
absl::Status ExpressionParser::Error(absl::string_view what) const {
  return absl::InvalidArgumentError(absl::StrCat(
      "line ", Current().line, ": ", what, At(Token::Kind::kEnd) ? " at the end" : " before \"",
      Current().text, At(Token::Kind::kEnd) ? "" : "\""));
}
absl::Status ExpressionParser::Expect(absl::string_view op) {
  return TakeOperator(op) ? absl::OkStatus() : Error(absl::StrCat("\"", op, "\" is missing"));
}
absl::Status ExpressionParser::ExpectKind(Token::Kind kind, absl::string_view what) {
  if (!At(kind)) return Error(absl::StrCat(what, " is missing"));
  Advance();
  return absl::OkStatus();
}
absl::StatusOr<std::string> ExpressionParser::Name() {
  if (!At(Token::Kind::kName)) return Error("a name is missing");
  std::string name = Current().text;
  Advance();
  return name;
}

Result ExpressionParser::Binary(Level operand, std::initializer_list<const char*> operators) {
  FN_ASSIGN_OR_RETURN(NodePtr left, (this->*operand)());
  int chained = 0;
  while (true) {
    const char* found = nullptr;
    for (const char* op : operators) {
      if (AtOperator(op)) found = op;
    }
    if (found == nullptr) return left;
    // A chain makes a tree as deep as it is long.
    if (++chained > kMaxDepth * 10) return Error("an expression is too long");
    NodePtr node = MakeNode(Node::Kind::kBinary, Current().line, found);
    Advance();
    FN_ASSIGN_OR_RETURN(NodePtr right, (this->*operand)());
    node->children.push_back(std::move(left));
    node->children.push_back(std::move(right));
    left = std::move(node);
  }
}

Result ExpressionParser::Expression() {
  const Deeper deeper(&depth_);
  FN_RETURN_IF_ERROR(deeper.status());
  FN_ASSIGN_OR_RETURN(NodePtr then, OrExpression());
  for (int chained = 0; AtName("if"); ++chained) {
    if (chained > kMaxDepth) return Error("an expression is too long");
    NodePtr node = MakeNode(Node::Kind::kTernary, Current().line);
    Advance();
    FN_ASSIGN_OR_RETURN(NodePtr condition, OrExpression());
    NodePtr otherwise;
    if (TakeName("else")) {
      FN_ASSIGN_OR_RETURN(otherwise, Expression());
    }
    node->children.push_back(std::move(condition));
    node->children.push_back(std::move(then));
    node->children.push_back(std::move(otherwise));
    then = std::move(node);
  }
  return then;
}

Result ExpressionParser::OrExpression() {
  FN_ASSIGN_OR_RETURN(NodePtr left, And());
  for (int chained = 0; AtName("or"); ++chained) {
    if (chained > kMaxDepth * 10) return Error("an expression is too long");
    NodePtr node = MakeNode(Node::Kind::kBinary, Current().line, "or");
    Advance();
    FN_ASSIGN_OR_RETURN(NodePtr right, And());
    node->children.push_back(std::move(left));
    node->children.push_back(std::move(right));
    left = std::move(node);
  }
  return left;
}

Result ExpressionParser::And() {
  FN_ASSIGN_OR_RETURN(NodePtr left, Not());
  for (int chained = 0; AtName("and"); ++chained) {
    if (chained > kMaxDepth * 10) return Error("an expression is too long");
    NodePtr node = MakeNode(Node::Kind::kBinary, Current().line, "and");
    Advance();
    FN_ASSIGN_OR_RETURN(NodePtr right, Not());
    node->children.push_back(std::move(left));
    node->children.push_back(std::move(right));
    left = std::move(node);
  }
  return left;
}

Result ExpressionParser::Not() {
  if (!AtName("not")) return Compare();
  const Deeper deeper(&depth_);
  FN_RETURN_IF_ERROR(deeper.status());
  NodePtr node = MakeNode(Node::Kind::kUnary, Current().line, "not");
  Advance();
  FN_ASSIGN_OR_RETURN(NodePtr operand, Not());
  node->children.push_back(std::move(operand));
  return node;
}

// One comparison, or a chain such as a < b < c, which is a < b and b < c.
Result ExpressionParser::Compare() {
  FN_ASSIGN_OR_RETURN(NodePtr left, Sum());
  for (int chained = 0;; ++chained) {
    std::string op;
    if (AtName("in")) {
      op = "in";
    } else if (AtName("not") && tokens_[pos_ + 1].text == "in") {
      op = "not in";
      Advance();
    } else if (At(Token::Kind::kOperator)) {
      for (const char* known : {"==", "!=", "<", ">", "<=", ">="}) {
        if (Current().text == known) op = known;
      }
    }
    if (op.empty()) return left;
    if (chained > 0) return Error("chained comparisons are not supported");
    NodePtr node = MakeNode(Node::Kind::kBinary, Current().line, op);
    Advance();
    FN_ASSIGN_OR_RETURN(NodePtr right, Sum());
    node->children.push_back(std::move(left));
    node->children.push_back(std::move(right));
    left = std::move(node);
  }
}

Result ExpressionParser::Sum() { return Binary(&ExpressionParser::Concat, {"+", "-"}); }
Result ExpressionParser::Concat() { return Binary(&ExpressionParser::Product, {"~"}); }
Result ExpressionParser::Product() {
  return Binary(&ExpressionParser::Power, {"*", "/", "//", "%"});
}
Result ExpressionParser::Power() { return Binary(&ExpressionParser::UnaryWithFilter, {"**"}); }

Result ExpressionParser::Unary(bool with_filter) {
  const Deeper deeper(&depth_);
  FN_RETURN_IF_ERROR(deeper.status());
  NodePtr node;
  if (AtOperator("-") || AtOperator("+")) {
    node = MakeNode(Node::Kind::kUnary, Current().line, Current().text);
    Advance();
    FN_ASSIGN_OR_RETURN(NodePtr operand, Unary(false));
    node->children.push_back(std::move(operand));
  } else {
    FN_ASSIGN_OR_RETURN(node, Primary());
  }
  FN_ASSIGN_OR_RETURN(node, Postfix(std::move(node)));
  return with_filter ? Filters(std::move(node)) : Result(std::move(node));
}

Result ExpressionParser::Primary() {
  const Token token = Current();
  const auto literal = [&token](Value value) {
    NodePtr node = MakeNode(Node::Kind::kLiteral, token.line);
    node->value = std::move(value);
    return node;
  };
  switch (token.kind) {
    case Token::Kind::kName: {
      Advance();
      const std::string& name = token.text;
      if (name == "true" || name == "True") return literal(Value::Bool(true));
      if (name == "false" || name == "False") return literal(Value::Bool(false));
      if (name == "none" || name == "None") return literal(Value::None());
      return MakeNode(Node::Kind::kName, token.line, name);
    }
    case Token::Kind::kString: {
      std::string text;
      for (; At(Token::Kind::kString); Advance()) text += Current().text;  // neighbours join
      return literal(Value::String(std::move(text)));
    }
    case Token::Kind::kInt: {
      int64_t number;
      if (!absl::SimpleAtoi(token.text, &number)) return Error("a number is too large");
      Advance();
      return literal(Value::Int(number));
    }
    case Token::Kind::kFloat: {
      double number;
      if (!absl::SimpleAtod(token.text, &number)) return Error("this is no number");
      Advance();
      return literal(Value::Float(number));
    }
    default:
      break;
  }
  if (AtOperator("(")) return ParenthesisOrTuple();
  if (AtOperator("[")) return ListLiteral();
  if (AtOperator("{")) return DictLiteral();
  return Error("an expression is missing");
}

Result ExpressionParser::ParenthesisOrTuple() {
  NodePtr tuple = MakeNode(Node::Kind::kTuple, Current().line);
  Advance();
  bool comma = false;
  while (!AtOperator(")")) {
    FN_ASSIGN_OR_RETURN(NodePtr item, Expression());
    tuple->children.push_back(std::move(item));
    if (!TakeOperator(",")) break;
    comma = true;
  }
  FN_RETURN_IF_ERROR(Expect(")"));
  if (tuple->children.size() == 1 && !comma) return std::move(tuple->children[0]);
  return tuple;
}

Result ExpressionParser::ListLiteral() {
  NodePtr list = MakeNode(Node::Kind::kList, Current().line);
  Advance();
  while (!AtOperator("]")) {
    FN_ASSIGN_OR_RETURN(NodePtr item, Expression());
    list->children.push_back(std::move(item));
    if (!TakeOperator(",")) break;
  }
  FN_RETURN_IF_ERROR(Expect("]"));
  return list;
}

Result ExpressionParser::DictLiteral() {
  NodePtr dict = MakeNode(Node::Kind::kDict, Current().line);
  Advance();
  while (!AtOperator("}")) {
    FN_ASSIGN_OR_RETURN(NodePtr key, Expression());
    FN_RETURN_IF_ERROR(Expect(":"));
    FN_ASSIGN_OR_RETURN(NodePtr value, Expression());
    dict->children.push_back(std::move(key));
    dict->children.push_back(std::move(value));
    if (!TakeOperator(",")) break;
  }
  FN_RETURN_IF_ERROR(Expect("}"));
  return dict;
}

Result ExpressionParser::TupleExpression() {
  FN_ASSIGN_OR_RETURN(NodePtr first, Expression());
  if (!AtOperator(",")) return first;
  NodePtr tuple = MakeNode(Node::Kind::kTuple, first->line);
  tuple->children.push_back(std::move(first));
  while (TakeOperator(",")) {
    if (At(Token::Kind::kPrintEnd) || At(Token::Kind::kBlockEnd)) break;
    FN_ASSIGN_OR_RETURN(NodePtr item, Expression());
    tuple->children.push_back(std::move(item));
  }
  return tuple;
}

Result ExpressionParser::Target() {
  const bool parenthesis = TakeOperator("(");
  NodePtr tuple = MakeNode(Node::Kind::kTuple, Current().line);
  do {
    const int line = Current().line;
    FN_ASSIGN_OR_RETURN(std::string name, Name());
    NodePtr target = MakeNode(Node::Kind::kName, line, std::move(name));
    if (TakeOperator(".")) {
      FN_ASSIGN_OR_RETURN(std::string attribute, Name());
      NodePtr member = MakeNode(Node::Kind::kAttribute, line, std::move(attribute));
      member->children.push_back(std::move(target));
      target = std::move(member);
    }
    tuple->children.push_back(std::move(target));
  } while (TakeOperator(","));
  if (parenthesis) FN_RETURN_IF_ERROR(Expect(")"));
  if (tuple->children.size() == 1) return std::move(tuple->children[0]);
  return tuple;
}

}  // namespace footnote::transformer::chat::internal
