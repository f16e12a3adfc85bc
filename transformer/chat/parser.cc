#include "transformer/chat/parser.h"

#include "absl/strings/str_cat.h"
#include "kernels/base/status_macros.h"
#include "transformer/chat/parser_internal.h"

namespace footnote::transformer::chat {
namespace {

using internal::MakeNode;
using internal::Result;
class Parser {
 public:
  explicit Parser(std::vector<Token> tokens) : in_(std::move(tokens)) {}

  Result Template() {
    FN_ASSIGN_OR_RETURN(NodePtr block, Block({}));
    if (!in_.At(Token::Kind::kEnd)) return in_.Error("a tag ends something that wasn't begun");
    return block;
  }

 private:
  // Statements up to a tag whose name is in `ends`, which is left unread after
  // its "{%"; or to the end of the template.
  Result Block(std::initializer_list<const char*> ends) {
    const internal::ExpressionParser::Deeper deeper(in_.depth());
    FN_RETURN_IF_ERROR(deeper.status());
    NodePtr block = MakeNode(Node::Kind::kBlock, in_.Current().line);
    while (!in_.At(Token::Kind::kEnd)) {
      NodePtr statement;
      const int line = in_.Current().line;
      if (in_.At(Token::Kind::kText)) {
        statement = MakeNode(Node::Kind::kText, line);
        statement->value = Value::String(in_.Current().text);
        in_.Advance();
      } else if (in_.At(Token::Kind::kPrintBegin)) {
        in_.Advance();
        statement = MakeNode(Node::Kind::kPrint, line);
        FN_ASSIGN_OR_RETURN(NodePtr expression, in_.TupleExpression());
        statement->children.push_back(std::move(expression));
        FN_RETURN_IF_ERROR(in_.ExpectKind(Token::Kind::kPrintEnd, "\"}}\""));
      } else {
        FN_RETURN_IF_ERROR(in_.ExpectKind(Token::Kind::kBlockBegin, "\"{%\""));
        for (const char* end : ends) {
          if (in_.AtName(end)) return block;
        }
        FN_ASSIGN_OR_RETURN(statement, Statement());
      }
      block->children.push_back(std::move(statement));
    }
    if (ends.size() > 0) return in_.Error(absl::StrCat("{% ", *(ends.end() - 1), " %} is missing"));
    return block;
  }

  // A tag of this name without anything else.
  absl::Status EndTag(const char* name) {
    if (!in_.TakeName(name)) return in_.Error(absl::StrCat("{% ", name, " %} is missing"));
    return EndOfTag();
  }
  absl::Status EndOfTag() { return in_.ExpectKind(Token::Kind::kBlockEnd, "\"%}\""); }

  Result Statement() {
    const int line = in_.Current().line;
    if (in_.TakeName("if")) return If(line);
    if (in_.TakeName("for")) return For(line);
    if (in_.TakeName("set")) return Set(line);
    if (in_.TakeName("macro")) return Macro(line);
    if (in_.AtName("break") || in_.AtName("continue")) {
      NodePtr node =
          MakeNode(in_.AtName("break") ? Node::Kind::kBreak : Node::Kind::kContinue, line);
      if (loops_ == 0) return in_.Error("there is no loop");
      in_.Advance();
      FN_RETURN_IF_ERROR(EndOfTag());
      return node;
    }
    if (in_.TakeName("generation")) {  // marks what the model writes; prints it
      FN_RETURN_IF_ERROR(EndOfTag());
      FN_ASSIGN_OR_RETURN(NodePtr block, Block({"endgeneration"}));
      FN_RETURN_IF_ERROR(EndTag("endgeneration"));
      return block;
    }
    return absl::UnimplementedError(
        absl::StrCat("line ", line, ": the tag {% ", in_.Current().text, " %} is not supported"));
  }

  Result If(int line) {
    const internal::ExpressionParser::Deeper deeper(in_.depth());
    FN_RETURN_IF_ERROR(deeper.status());
    NodePtr node = MakeNode(Node::Kind::kIf, line);
    FN_ASSIGN_OR_RETURN(NodePtr condition, in_.TupleExpression());
    FN_RETURN_IF_ERROR(EndOfTag());
    FN_ASSIGN_OR_RETURN(NodePtr then, Block({"elif", "else", "endif"}));
    NodePtr otherwise;
    if (in_.TakeName("elif")) {
      FN_ASSIGN_OR_RETURN(otherwise, If(line));
    } else if (in_.TakeName("else")) {
      FN_RETURN_IF_ERROR(EndOfTag());
      FN_ASSIGN_OR_RETURN(otherwise, Block({"endif"}));
      FN_RETURN_IF_ERROR(EndTag("endif"));
    } else {
      FN_RETURN_IF_ERROR(EndTag("endif"));
    }
    node->children.push_back(std::move(condition));
    node->children.push_back(std::move(then));
    node->children.push_back(std::move(otherwise));
    return node;
  }

  Result For(int line) {
    NodePtr node = MakeNode(Node::Kind::kFor, line);
    FN_ASSIGN_OR_RETURN(NodePtr target, in_.Target());
    if (!in_.TakeName("in")) return in_.Error("\"in\" is missing");
    FN_ASSIGN_OR_RETURN(NodePtr iterable, in_.OrExpression());
    NodePtr condition, otherwise;
    if (in_.TakeName("if")) {
      FN_ASSIGN_OR_RETURN(condition, in_.Expression());
    }
    FN_RETURN_IF_ERROR(EndOfTag());
    ++loops_;
    FN_ASSIGN_OR_RETURN(NodePtr body, Block({"else", "endfor"}));
    --loops_;
    if (in_.TakeName("else")) {
      FN_RETURN_IF_ERROR(EndOfTag());
      FN_ASSIGN_OR_RETURN(otherwise, Block({"endfor"}));
    }
    FN_RETURN_IF_ERROR(EndTag("endfor"));
    node->children.push_back(std::move(target));
    node->children.push_back(std::move(iterable));
    node->children.push_back(std::move(condition));
    node->children.push_back(std::move(body));
    node->children.push_back(std::move(otherwise));
    return node;
  }

  Result Set(int line) {
    NodePtr node = MakeNode(Node::Kind::kSet, line);
    FN_ASSIGN_OR_RETURN(NodePtr target, in_.Target());
    NodePtr value;
    if (in_.TakeOperator("=")) {
      FN_ASSIGN_OR_RETURN(value, in_.TupleExpression());
      FN_RETURN_IF_ERROR(EndOfTag());
    } else {
      FN_RETURN_IF_ERROR(EndOfTag());
      FN_ASSIGN_OR_RETURN(value, Block({"endset"}));
      FN_RETURN_IF_ERROR(EndTag("endset"));
    }
    node->children.push_back(std::move(target));
    node->children.push_back(std::move(value));
    return node;
  }

  Result Macro(int line) {
    FN_ASSIGN_OR_RETURN(std::string name, in_.Name());
    NodePtr node = MakeNode(Node::Kind::kMacro, line, std::move(name));
    FN_RETURN_IF_ERROR(in_.Expect("("));
    while (!in_.AtOperator(")")) {
      FN_ASSIGN_OR_RETURN(std::string parameter, in_.Name());
      node->names.push_back(std::move(parameter));
      NodePtr value;
      if (in_.TakeOperator("=")) {
        FN_ASSIGN_OR_RETURN(value, in_.Expression());
      }
      node->children.push_back(std::move(value));
      if (!in_.TakeOperator(",")) break;
    }
    FN_RETURN_IF_ERROR(in_.Expect(")"));
    FN_RETURN_IF_ERROR(EndOfTag());
    const int loops = std::exchange(loops_, 0);
    FN_ASSIGN_OR_RETURN(NodePtr body, Block({"endmacro"}));
    loops_ = loops;
    FN_RETURN_IF_ERROR(EndTag("endmacro"));
    node->children.push_back(std::move(body));
    return node;
  }

  internal::ExpressionParser in_;
  int loops_ = 0;
};

}  // namespace

absl::StatusOr<NodePtr> Parse(std::vector<Token> tokens) {
  return Parser(std::move(tokens)).Template();
}

}  // namespace footnote::transformer::chat
