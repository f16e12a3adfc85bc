#include "transformer/chat/interpreter.h"

#include <algorithm>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "kernels/base/status_macros.h"

namespace footnote::transformer::chat {
namespace {

using NodeKind = Node::Kind;
using Kind = Value::Kind;

// `status` with the line, once.
absl::Status AtLine(const absl::Status& status, int line) {
  if (status.ok() || absl::StartsWith(status.message(), "line ")) return status;
  return absl::Status(status.code(), absl::StrCat("line ", line, ": ", status.message()));
}

Value LoopVariable(const Value::List& items, size_t i) {
  const int64_t index = static_cast<int64_t>(i), length = static_cast<int64_t>(items.size());
  Value::Dict loop = {{"index", Value::Int(index + 1)},
                      {"index0", Value::Int(index)},
                      {"revindex", Value::Int(length - index)},
                      {"revindex0", Value::Int(length - index - 1)},
                      {"first", Value::Bool(i == 0)},
                      {"last", Value::Bool(i + 1 == items.size())},
                      {"length", Value::Int(length)}};
  if (i > 0) loop.emplace_back("previtem", items[i - 1]);
  if (i + 1 < items.size()) loop.emplace_back("nextitem", items[i + 1]);
  return Value::FromDict(std::move(loop));
}

}  // namespace

Interpreter::Interpreter(const Limits& limits, absl::Time now) : limits_(limits) {
  environment_.now = now;
  environment_.count = [this](size_t units) { return Count(units); };
}

absl::Status Interpreter::Count(size_t units) {
  steps_ += units;
  if (steps_ <= limits_.max_steps) return absl::OkStatus();
  return absl::ResourceExhaustedError(
      absl::StrCat("the chat template takes more than ", limits_.max_steps, " steps"));
}

absl::StatusOr<std::string> Interpreter::Render(const Node& block, const Value::Dict& variables) {
  scopes_.assign(1, Scope(variables.begin(), variables.end()));
  output_.clear();
  FN_RETURN_IF_ERROR(RunBlock(block).status());
  return std::move(output_);
}

absl::Status Interpreter::Print(const std::string& text) {
  if (text.size() > limits_.max_output_bytes - std::min(limits_.max_output_bytes, output_.size())) {
    return absl::ResourceExhaustedError(
        absl::StrCat("the chat template prints more than ", limits_.max_output_bytes, " bytes"));
  }
  output_ += text;
  return absl::OkStatus();
}

absl::StatusOr<std::string> Interpreter::Capture(const Node& block) {
  std::string outer = std::exchange(output_, {});
  const absl::Status status = RunBlock(block).status();
  std::swap(outer, output_);
  FN_RETURN_IF_ERROR(status);
  return outer;
}

Interpreter::FlowOr Interpreter::RunBlock(const Node& block) {
  for (const NodePtr& statement : block.children) {
    FN_RETURN_IF_ERROR(Count(1));
    FlowOr flow = Run(*statement);
    if (!flow.ok()) return AtLine(flow.status(), statement->line);
    if (*flow != Flow::kOn) return flow;
  }
  return Flow::kOn;
}

Interpreter::FlowOr Interpreter::Run(const Node& node) {
  switch (node.kind) {
    case NodeKind::kBlock:
      return RunBlock(node);
    case NodeKind::kText:
      FN_RETURN_IF_ERROR(Print(node.value.string()));
      return Flow::kOn;
    case NodeKind::kPrint: {
      FN_ASSIGN_OR_RETURN(const Value value, Eval(*node.children[0]));
      FN_RETURN_IF_ERROR(Print(value.ToString()));
      return Flow::kOn;
    }
    case NodeKind::kIf: {
      FN_ASSIGN_OR_RETURN(const Value condition, Eval(*node.children[0]));
      if (condition.Truthy()) return RunBlock(*node.children[1]);
      return node.children[2] == nullptr ? FlowOr(Flow::kOn) : Run(*node.children[2]);
    }
    case NodeKind::kFor:
      return RunFor(node);
    case NodeKind::kSet:
      FN_RETURN_IF_ERROR(RunSet(node));
      return Flow::kOn;
    case NodeKind::kMacro: {
      Node name;
      name.kind = NodeKind::kName;
      name.text = node.text;
      FN_RETURN_IF_ERROR(Assign(name, Value::Function(node.text, &node)));
      return Flow::kOn;
    }
    case NodeKind::kBreak:
      return Flow::kBreak;
    case NodeKind::kContinue:
      return Flow::kContinue;
    default:
      return absl::InternalError("not a statement");
  }
}

Interpreter::FlowOr Interpreter::RunFor(const Node& node) {
  const Node& target = *node.children[0];
  const Node* const condition = node.children[2].get();
  FN_ASSIGN_OR_RETURN(const Value iterable, Eval(*node.children[1]));
  FN_ASSIGN_OR_RETURN(Value::List items, Elements(iterable));
  if (condition != nullptr) {
    Value::List kept;
    for (const Value& item : items) {
      scopes_.emplace_back();
      absl::Status status = Assign(target, item);
      const ValueOr wanted = status.ok() ? Eval(*condition) : ValueOr(status);
      scopes_.pop_back();
      if (!wanted.ok()) return wanted.status();
      if (wanted->Truthy()) kept.push_back(item);
    }
    items = std::move(kept);
  }
  bool completed = false;  // some body to its end, which is what Jinja asks for `else`
  for (size_t i = 0; i < items.size(); ++i) {
    FN_RETURN_IF_ERROR(Count(1));
    scopes_.emplace_back();
    scopes_.back().emplace_back("loop", LoopVariable(items, i));
    absl::Status status = Assign(target, items[i]);
    FlowOr flow = status.ok() ? RunBlock(*node.children[3]) : FlowOr(status);
    scopes_.pop_back();
    if (!flow.ok()) return flow;
    if (*flow == Flow::kBreak) break;
    completed = completed || *flow == Flow::kOn;
  }
  if (!completed && node.children[4] != nullptr) return RunBlock(*node.children[4]);
  return Flow::kOn;
}

absl::Status Interpreter::RunSet(const Node& node) {
  const Node& source = *node.children[1];
  if (source.kind == NodeKind::kBlock) {
    FN_ASSIGN_OR_RETURN(std::string text, Capture(source));
    return Assign(*node.children[0], Value::String(std::move(text)));
  }
  FN_ASSIGN_OR_RETURN(const Value value, Eval(source));
  return Assign(*node.children[0], value);
}

absl::Status Interpreter::Assign(const Node& target, const Value& value) {
  if (target.kind == NodeKind::kName) {
    Scope& scope = scopes_.back();
    for (auto& [name, old] : scope) {
      if (name == target.text) {
        old = value;
        return absl::OkStatus();
      }
    }
    scope.emplace_back(target.text, value);
    return absl::OkStatus();
  }
  if (target.kind == NodeKind::kAttribute) {
    FN_ASSIGN_OR_RETURN(const Value object, Lookup(target.children[0]->text));
    if (!object.is_namespace()) {
      return absl::InvalidArgumentError(absl::StrCat(
          "only attributes of a namespace can be set, and ", target.children[0]->text, " is none"));
    }
    // A namespace that held itself would never be printed to its end, nor freed.
    if (value.has_namespace()) {
      return absl::UnimplementedError("a namespace within a namespace is not supported");
    }
    object.Set(target.text, value);
    return absl::OkStatus();
  }
  FN_ASSIGN_OR_RETURN(const Value::List parts, Elements(value));
  if (parts.size() != target.children.size()) {
    return absl::InvalidArgumentError(
        absl::StrCat(parts.size(), " values for ", target.children.size(), " names"));
  }
  for (size_t i = 0; i < parts.size(); ++i) {
    FN_RETURN_IF_ERROR(Assign(*target.children[i], parts[i]));
  }
  return absl::OkStatus();
}

ValueOr Interpreter::Lookup(const std::string& name) const {
  for (auto scope = scopes_.rbegin(); scope != scopes_.rend(); ++scope) {
    for (const auto& [key, value] : *scope) {
      if (key == name) return value;
    }
  }
  return IsFunction(name) ? Value::Function(name, nullptr) : Value();
}

ValueOr Interpreter::CallMacro(const Node& macro, const Arguments& arguments) {
  if (++calls_ > limits_.max_calls) {
    return absl::ResourceExhaustedError(
        absl::StrCat("macros call each other more than ", limits_.max_calls, " deep"));
  }
  Scope scope;
  for (size_t i = 0; i < macro.names.size(); ++i) {
    Value value = arguments.Get(i, macro.names[i]);
    if (value.is(Kind::kUndefined) && macro.children[i] != nullptr) {
      FN_ASSIGN_OR_RETURN(value, Eval(*macro.children[i]));
    }
    scope.emplace_back(macro.names[i], std::move(value));
  }
  std::vector<Scope> outer = std::exchange(scopes_, {});
  scopes_.push_back(std::move(outer[0]));
  scopes_.push_back(std::move(scope));
  absl::StatusOr<std::string> text = Capture(*macro.children.back());
  outer[0] = std::move(scopes_[0]);
  scopes_ = std::move(outer);
  --calls_;
  if (!text.ok()) return text.status();
  return Value::String(*std::move(text));
}

}  // namespace footnote::transformer::chat
