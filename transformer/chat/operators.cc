#include <cmath>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "kernels/base/status_macros.h"
#include "transformer/chat/interpreter.h"

namespace footnote::transformer::chat {
namespace {

using Kind = Value::Kind;

absl::Status NoSuchOperation(const std::string& op, const Value& a, const Value& b) {
  return absl::InvalidArgumentError(absl::StrCat(
      "\"", op, "\" doesn't work on values of the types ", KindName(a), " and ", KindName(b)));
}

bool IsInt(const Value& v) { return v.is(Kind::kInt) || v.is(Kind::kBool); }

// Integers as in Python: division rounds down.
ValueOr OperateInts(const std::string& op, int64_t a, int64_t b) {
  int64_t out = 0;
  if (op == "+" && !__builtin_add_overflow(a, b, &out)) return Value::Int(out);
  if (op == "-" && !__builtin_sub_overflow(a, b, &out)) return Value::Int(out);
  if (op == "*" && !__builtin_mul_overflow(a, b, &out)) return Value::Int(out);
  if (op == "/" || op == "//" || op == "%") {
    if (b == 0) return absl::InvalidArgumentError("division by zero");
    if (op == "/") return Value::Float(static_cast<double>(a) / static_cast<double>(b));
    if (b == -1 && a == INT64_MIN) return absl::InvalidArgumentError("a number is too large");
    const bool down = a % b != 0 && (a < 0) != (b < 0);
    return Value::Int(op == "%" ? (down ? a % b + b : a % b) : a / b - (down ? 1 : 0));
  }
  if (op == "**") {
    const double power = std::pow(static_cast<double>(a), static_cast<double>(b));
    if (b < 0) return Value::Float(power);
    if (std::fabs(power) < 9e15) return Value::Int(static_cast<int64_t>(power));
  }
  return absl::InvalidArgumentError("a number is too large");
}

ValueOr OperateFloats(const std::string& op, double a, double b) {
  if (op == "+") return Value::Float(a + b);
  if (op == "-") return Value::Float(a - b);
  if (op == "*") return Value::Float(a * b);
  if (op == "**") return Value::Float(std::pow(a, b));
  if (b == 0) return absl::InvalidArgumentError("division by zero");
  if (op == "/") return Value::Float(a / b);
  if (op == "//") return Value::Float(std::floor(a / b));
  return Value::Float(a - b * std::floor(a / b));
}

}  // namespace

ValueOr Operate(const std::string& op, const Value& a, const Value& b) {
  if (op == "~") return Value::String(absl::StrCat(a.ToString(), b.ToString()));
  if (op == "==") return Value::Bool(Equal(a, b));
  if (op == "!=") return Value::Bool(!Equal(a, b));
  if (op == "in" || op == "not in") {
    FN_ASSIGN_OR_RETURN(const bool contains, Contains(b, a));
    return Value::Bool(contains == (op == "in"));
  }
  if (op == "<" || op == ">" || op == "<=" || op == ">=") {
    FN_ASSIGN_OR_RETURN(const int order, Compare(a, b));
    return Value::Bool(op == "<"    ? order < 0
                       : op == ">"  ? order > 0
                       : op == "<=" ? order <= 0
                                    : order >= 0);
  }
  if (IsInt(a) && IsInt(b)) return OperateInts(op, a.integer(), b.integer());
  if (a.is_number() && b.is_number()) return OperateFloats(op, a.number(), b.number());
  if (op == "+" && a.is(Kind::kString) && b.is(Kind::kString)) {
    return Value::String(absl::StrCat(a.string(), b.string()));
  }
  if (op == "+" && a.is(Kind::kList) && b.is(Kind::kList)) {
    Value::List out = a.list();
    out.insert(out.end(), b.list().begin(), b.list().end());
    return Value::FromList(std::move(out));
  }
  if (op == "*" && a.is(Kind::kString) && b.is(Kind::kInt)) {
    const int64_t times = std::max<int64_t>(b.integer(), 0);
    constexpr size_t kMaxBytes = 1 << 20;
    if (!a.string().empty() && static_cast<size_t>(times) > kMaxBytes / a.string().size()) {
      return absl::ResourceExhaustedError("a repeated text is longer than 1 MiB");
    }
    std::string out;
    for (int64_t i = 0; i < times && !a.string().empty(); ++i) out += a.string();
    return Value::String(std::move(out));
  }
  return NoSuchOperation(op, a, b);
}

}  // namespace footnote::transformer::chat
