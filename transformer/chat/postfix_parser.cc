// What may follow an expression: attributes, items, calls, filters and tests.
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "kernels/base/status_macros.h"
#include "transformer/chat/parser_internal.h"

namespace footnote::transformer::chat::internal {
namespace {

// A chain makes a tree as deep as it is long.
constexpr int kMaxChain = 200;

}  // namespace

Result ExpressionParser::Postfix(NodePtr node) {
  for (int chained = 0;; ++chained) {
    if (chained > kMaxChain) return Error("an expression is too long");
    const int line = Current().line;
    if (TakeOperator(".")) {
      NodePtr member;
      if (At(Token::Kind::kInt)) {
        member = MakeNode(Node::Kind::kItem, line);
        NodePtr key = MakeNode(Node::Kind::kLiteral, line);
        int64_t number;
        if (!absl::SimpleAtoi(Current().text, &number)) return Error("a number is too large");
        key->value = Value::Int(number);
        Advance();
        member->children.push_back(std::move(node));
        member->children.push_back(std::move(key));
      } else {
        FN_ASSIGN_OR_RETURN(std::string name, Name());
        member = MakeNode(Node::Kind::kAttribute, line, std::move(name));
        member->children.push_back(std::move(node));
      }
      node = std::move(member);
    } else if (AtOperator("[")) {
      FN_ASSIGN_OR_RETURN(node, Subscript(std::move(node)));
    } else if (AtOperator("(")) {
      NodePtr call = MakeNode(Node::Kind::kCall, line);
      call->children.push_back(std::move(node));
      FN_RETURN_IF_ERROR(Arguments(call.get()));
      node = std::move(call);
    } else {
      return node;
    }
  }
}

Result ExpressionParser::Subscript(NodePtr object) {
  const int line = Current().line;
  Advance();
  NodePtr parts[3];
  int colons = 0;
  while (!AtOperator("]")) {
    if (TakeOperator(":")) {
      if (++colons > 2) return Error("a slice has too many parts");
      continue;
    }
    if (parts[colons] != nullptr) return Error("\"]\" is missing");
    FN_ASSIGN_OR_RETURN(parts[colons], Expression());
  }
  Advance();
  if (colons == 0 && parts[0] == nullptr) return Error("an index is missing");
  NodePtr node = MakeNode(colons == 0 ? Node::Kind::kItem : Node::Kind::kSlice, line);
  node->children.push_back(std::move(object));
  for (int i = 0; i < (colons == 0 ? 1 : 3); ++i) node->children.push_back(std::move(parts[i]));
  return node;
}

absl::Status ExpressionParser::Arguments(Node* call) {
  FN_RETURN_IF_ERROR(Expect("("));
  while (!AtOperator(")")) {
    std::string name;
    if (At(Token::Kind::kName) && tokens_[pos_ + 1].kind == Token::Kind::kOperator &&
        tokens_[pos_ + 1].text == "=") {
      name = Current().text;
      Advance();
      Advance();
    } else if (!call->names.empty() && !call->names.back().empty()) {
      return Error("an argument without a name follows one with a name");
    }
    FN_ASSIGN_OR_RETURN(NodePtr argument, Expression());
    call->names.push_back(std::move(name));
    call->children.push_back(std::move(argument));
    if (!TakeOperator(",")) break;
  }
  return Expect(")");
}

Result ExpressionParser::Filters(NodePtr node) {
  for (int chained = 0;; ++chained) {
    if (chained > kMaxChain) return Error("an expression is too long");
    const int line = Current().line;
    if (TakeOperator("|")) {
      FN_ASSIGN_OR_RETURN(std::string name, Name());
      NodePtr filter = MakeNode(Node::Kind::kFilter, line, std::move(name));
      filter->children.push_back(std::move(node));
      if (AtOperator("(")) FN_RETURN_IF_ERROR(Arguments(filter.get()));
      node = std::move(filter);
    } else if (AtName("is")) {
      FN_ASSIGN_OR_RETURN(node, Test(std::move(node)));
    } else if (AtOperator("(")) {  // the result of a filter is called
      NodePtr call = MakeNode(Node::Kind::kCall, line);
      call->children.push_back(std::move(node));
      FN_RETURN_IF_ERROR(Arguments(call.get()));
      node = std::move(call);
    } else {
      return node;
    }
  }
}

Result ExpressionParser::Test(NodePtr node) {
  const int line = Current().line;
  Advance();
  const bool negated = TakeName("not");
  FN_ASSIGN_OR_RETURN(std::string name, Name());
  NodePtr test = MakeNode(Node::Kind::kTest, line, std::move(name));
  test->children.push_back(std::move(node));
  const bool keyword = AtName("else") || AtName("or") || AtName("and") || AtName("if") ||
                       AtName("is") || AtName("not") || AtName("in");
  if (AtOperator("(")) {
    FN_RETURN_IF_ERROR(Arguments(test.get()));
  } else if ((At(Token::Kind::kName) && !keyword) || At(Token::Kind::kString) ||
             At(Token::Kind::kInt) || At(Token::Kind::kFloat) || AtOperator("[") ||
             AtOperator("{")) {
    FN_ASSIGN_OR_RETURN(NodePtr argument, Primary());
    FN_ASSIGN_OR_RETURN(argument, Postfix(std::move(argument)));
    test->names.emplace_back();
    test->children.push_back(std::move(argument));
  }
  if (!negated) return test;
  NodePtr result = MakeNode(Node::Kind::kUnary, line, "not");
  result->children.push_back(std::move(test));
  return result;
}

}  // namespace footnote::transformer::chat::internal
