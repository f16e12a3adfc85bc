// The expressions of the interpreter.
#include <algorithm>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "kernels/base/status_macros.h"
#include "transformer/chat/interpreter.h"

namespace footnote::transformer::chat {

using NodeKind = Node::Kind;
using Kind = Value::Kind;

// Printing, comparing and freeing a value take the stack's depth. JSON that comes
// in is at most 64 deep.
constexpr int kMaxValueDepth = 100;

ValueOr Interpreter::Eval(const Node& node) {
  FN_RETURN_IF_ERROR(Count(1));
  ValueOr value = EvalKind(node);
  if (value.ok() && value->depth() > kMaxValueDepth) {
    return absl::ResourceExhaustedError(
        absl::StrCat("values are nested more than ", kMaxValueDepth, " deep"));
  }
  // What is built up costs by its size, so that a text can't double for ever.
  if (value.ok() && value->is(Kind::kString)) {
    FN_RETURN_IF_ERROR(Count(value->string().size() / 64));
  }
  if (value.ok() && value->is(Kind::kList)) FN_RETURN_IF_ERROR(Count(value->list().size() / 8));
  return value;
}

ValueOr Interpreter::EvalOptional(const Node* node) {
  return node == nullptr ? Value() : Eval(*node);
}

ValueOr Interpreter::EvalKind(const Node& node) {
  switch (node.kind) {
    case NodeKind::kLiteral:
      return node.value;
    case NodeKind::kName:
      return Lookup(node.text);
    case NodeKind::kTuple:
    case NodeKind::kList: {
      Value::List list;
      for (const NodePtr& child : node.children) {
        FN_ASSIGN_OR_RETURN(Value item, Eval(*child));
        list.push_back(std::move(item));
      }
      return Value::FromList(std::move(list));
    }
    case NodeKind::kDict: {
      Value::Dict dict;
      for (size_t i = 0; i + 1 < node.children.size(); i += 2) {
        FN_ASSIGN_OR_RETURN(const Value key, Eval(*node.children[i]));
        FN_ASSIGN_OR_RETURN(Value value, Eval(*node.children[i + 1]));
        const std::string name = key.ToString();
        const auto same = std::find_if(dict.begin(), dict.end(),
                                       [&name](const auto& entry) { return entry.first == name; });
        if (same != dict.end()) {
          same->second = std::move(value);
        } else {
          dict.emplace_back(name, std::move(value));
        }
      }
      return Value::FromDict(std::move(dict));
    }
    case NodeKind::kUnary:
      return EvalUnary(node);
    case NodeKind::kBinary:
      return EvalBinary(node);
    case NodeKind::kTernary: {
      FN_ASSIGN_OR_RETURN(const Value condition, Eval(*node.children[0]));
      return condition.Truthy() ? Eval(*node.children[1]) : EvalOptional(node.children[2].get());
    }
    case NodeKind::kAttribute:
    case NodeKind::kItem:
      return EvalMember(node);
    case NodeKind::kSlice: {
      Value parts[4];
      for (int i = 0; i < 4; ++i) {
        FN_ASSIGN_OR_RETURN(parts[i], EvalOptional(node.children[i].get()));
      }
      return Slice(parts[0], parts[1], parts[2], parts[3]);
    }
    case NodeKind::kCall:
      return EvalCall(node);
    case NodeKind::kFilter: {
      FN_ASSIGN_OR_RETURN(const Value input, Eval(*node.children[0]));
      FN_ASSIGN_OR_RETURN(const Arguments arguments, EvalArguments(node));
      return ApplyFilter(node.text, input, arguments, environment_);
    }
    case NodeKind::kTest: {
      FN_ASSIGN_OR_RETURN(const Value input, Eval(*node.children[0]));
      FN_ASSIGN_OR_RETURN(const Arguments arguments, EvalArguments(node));
      FN_ASSIGN_OR_RETURN(const bool holds, ApplyTest(node.text, input, arguments));
      return Value::Bool(holds);
    }
    default:
      return absl::InternalError("not an expression");
  }
}

ValueOr Interpreter::EvalUnary(const Node& node) {
  FN_ASSIGN_OR_RETURN(const Value value, Eval(*node.children[0]));
  if (node.text == "not") return Value::Bool(!value.Truthy());
  if (!value.is_number()) return WrongType(absl::StrCat("\"", node.text, "\""), value);
  if (node.text == "+") return value;
  if (value.is(Kind::kFloat)) return Value::Float(-value.number());
  return Operate("-", Value::Int(0), value);
}

ValueOr Interpreter::EvalBinary(const Node& node) {
  FN_ASSIGN_OR_RETURN(Value left, Eval(*node.children[0]));
  if (node.text == "and" || node.text == "or") {
    return left.Truthy() == (node.text == "or") ? left : Eval(*node.children[1]);
  }
  FN_ASSIGN_OR_RETURN(const Value right, Eval(*node.children[1]));
  return Operate(node.text, left, right);
}

ValueOr Interpreter::EvalMember(const Node& node) {
  FN_ASSIGN_OR_RETURN(const Value object, Eval(*node.children[0]));
  Value key = Value::String(node.text);
  if (node.kind == NodeKind::kItem) {
    FN_ASSIGN_OR_RETURN(key, Eval(*node.children[1]));
  }
  if (object.is(Kind::kUndefined)) {
    return absl::InvalidArgumentError(
        absl::StrCat("\"", key.ToString(), "\" of something that is not defined"));
  }
  return Member(object, key);
}

absl::StatusOr<Arguments> Interpreter::EvalArguments(const Node& node) {
  Arguments out;
  for (size_t i = 0; i < node.names.size(); ++i) {
    FN_ASSIGN_OR_RETURN(Value value, Eval(*node.children[i + 1]));
    if (node.names[i].empty()) {
      out.positional.push_back(std::move(value));
    } else {
      out.named.emplace_back(node.names[i], std::move(value));
    }
  }
  return out;
}

ValueOr Interpreter::EvalCall(const Node& node) {
  const Node& callee = *node.children[0];
  if (callee.kind == NodeKind::kAttribute) {
    FN_ASSIGN_OR_RETURN(const Value object, Eval(*callee.children[0]));
    if (object.is(Kind::kUndefined)) {
      return absl::InvalidArgumentError(
          absl::StrCat("\"", callee.text, "\" of something that is not defined"));
    }
    FN_ASSIGN_OR_RETURN(const Arguments arguments, EvalArguments(node));
    return CallMethod(object, callee.text, arguments, environment_);
  }
  FN_ASSIGN_OR_RETURN(const Value function, Eval(callee));
  if (!function.is(Kind::kFunction)) {
    return absl::InvalidArgumentError(
        absl::StrCat("a value of type ", KindName(function), " can't be called"));
  }
  FN_ASSIGN_OR_RETURN(const Arguments arguments, EvalArguments(node));
  if (function.macro() != nullptr) return CallMacro(*function.macro(), arguments);
  return CallFunction(function.string(), arguments, environment_);
}

}  // namespace footnote::transformer::chat
