#include <algorithm>
#include <limits>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "kernels/base/status_macros.h"
#include "transformer/chat/builtins.h"

namespace footnote::transformer::chat {
namespace {

using Kind = Value::Kind;
using BoolOr = absl::StatusOr<bool>;

struct TestRow {
  absl::string_view name;
  BoolOr (*holds)(const Value&, const Arguments&);
};

template <Kind kind>
BoolOr Is(const Value& v, const Arguments&) {
  return v.is(kind);
}
BoolOr Equals(const Value& v, const Arguments& a) { return Equal(v, a.Get(0, "other")); }
BoolOr Differs(const Value& v, const Arguments& a) { return !Equal(v, a.Get(0, "other")); }

template <int low, int high>
BoolOr Ordered(const Value& v, const Arguments& a) {
  FN_ASSIGN_OR_RETURN(const int order, Compare(v, a.Get(0, "other")));
  const int sign = order < 0 ? -1 : order > 0 ? 1 : 0;
  return sign >= low && sign <= high;
}

template <int remainder>
BoolOr Parity(const Value& v, const Arguments&) {
  if (!v.is(Kind::kInt)) return WrongType("odd and even", v);
  return (v.integer() & 1) == remainder;
}

constexpr TestRow kTests[] = {
    {"!=", Differs},
    {"<", Ordered<-1, -1>},
    {"<=", Ordered<-1, 0>},
    {"==", Equals},
    {">", Ordered<1, 1>},
    {">=", Ordered<0, 1>},
    {"boolean", Is<Kind::kBool>},
    {"callable", Is<Kind::kFunction>},
    {"defined", [](const Value& v, const Arguments&) -> BoolOr { return !v.is(Kind::kUndefined); }},
    {"divisibleby",
     [](const Value& v, const Arguments& a) -> BoolOr {
       const Value by = a.Get(0, "num");
       if (!v.is(Kind::kInt) || !by.is(Kind::kInt) || by.integer() == 0 || by.integer() == -1) {
         return WrongType("divisibleby", by);
       }
       return v.integer() % by.integer() == 0;
     }},
    {"eq", Equals},
    {"equalto", Equals},
    {"even", Parity<0>},
    {"false",
     [](const Value& v, const Arguments&) -> BoolOr {
       return v.is(Kind::kBool) && v.integer() == 0;
     }},
    {"float", Is<Kind::kFloat>},
    {"ge", Ordered<0, 1>},
    {"greaterthan", Ordered<1, 1>},
    {"gt", Ordered<1, 1>},
    {"in",
     [](const Value& v, const Arguments& a) -> BoolOr { return Contains(a.Get(0, "seq"), v); }},
    {"integer", Is<Kind::kInt>},
    {"iterable",
     [](const Value& v, const Arguments&) -> BoolOr {
       return v.is(Kind::kList) || v.is(Kind::kDict) || v.is(Kind::kString) ||
              v.is(Kind::kUndefined);
     }},
    {"le", Ordered<-1, 0>},
    {"lessthan", Ordered<-1, -1>},
    {"lower",
     [](const Value& v, const Arguments&) -> BoolOr {
       const std::string text = v.ToString();
       return Lower(text) == text && Upper(text) != text;
     }},
    {"lt", Ordered<-1, -1>},
    {"mapping", Is<Kind::kDict>},
    {"ne", Differs},
    {"none", Is<Kind::kNone>},
    {"number", [](const Value& v, const Arguments&) -> BoolOr { return v.is_number(); }},
    {"odd", Parity<1>},
    {"sameas",
     [](const Value& v, const Arguments& a) -> BoolOr {
       const Value other = a.Get(0, "other");
       return v.kind() == other.kind() && Equal(v, other);
     }},
    {"sequence",
     [](const Value& v, const Arguments&) -> BoolOr {
       return v.is(Kind::kList) || v.is(Kind::kDict) || v.is(Kind::kString) ||
              v.is(Kind::kUndefined);
     }},
    {"string", Is<Kind::kString>},
    {"true",
     [](const Value& v, const Arguments&) -> BoolOr {
       return v.is(Kind::kBool) && v.integer() != 0;
     }},
    {"undefined", Is<Kind::kUndefined>},
    {"upper",
     [](const Value& v, const Arguments&) -> BoolOr {
       const std::string text = v.ToString();
       return Upper(text) == text && Lower(text) != text;
     }},
};

ValueOr Range(const Arguments& a, const Environment& env) {
  for (const Value& v : a.positional) {
    if (!v.is(Kind::kInt)) return WrongType("range", v);
  }
  const size_t n = a.positional.size();
  if (n < 1 || n > 3) return absl::InvalidArgumentError("range takes one to three numbers");
  const int64_t begin = n == 1 ? 0 : a.positional[0].integer();
  const int64_t end = a.positional[n == 1 ? 0 : 1].integer();
  const int64_t step = n == 3 ? a.positional[2].integer() : 1;
  constexpr int64_t kMax = int64_t{1} << 40;
  if (step == 0 || std::max({begin, end, step}) > kMax || std::min({begin, end, step}) < -kMax) {
    return absl::InvalidArgumentError("range with a step of 0, or beyond 2^40");
  }
  Value::List out;
  for (int64_t i = begin; step > 0 ? i < end : i > end; i += step) {
    FN_RETURN_IF_ERROR(env.count(1));
    out.push_back(Value::Int(i));
  }
  return Value::FromList(std::move(out));
}

ValueOr MakeNamespace(const Arguments& a, const Environment&) {
  Value::Dict dict(a.named.begin(), a.named.end());
  if (!a.positional.empty() && a.positional[0].is(Kind::kDict)) {
    dict.insert(dict.begin(), a.positional[0].dict().begin(), a.positional[0].dict().end());
  }
  return Value::Namespace(std::move(dict));
}

ValueOr MakeDict(const Arguments& a, const Environment&) {
  Value::Dict dict;
  if (!a.positional.empty() && a.positional[0].is(Kind::kDict)) dict = a.positional[0].dict();
  dict.insert(dict.end(), a.named.begin(), a.named.end());
  return Value::FromDict(std::move(dict));
}

ValueOr Raise(const Arguments& a, const Environment&) {
  return absl::InvalidArgumentError(
      absl::StrCat("the chat template refuses: ", a.Get(0, "message").ToString()));
}

ValueOr StrftimeNow(const Arguments& a, const Environment& env) {
  const std::string format = a.Get(0, "format").ToString();
  if (format.size() > 200)
    return absl::InvalidArgumentError("strftime_now: the format is too long");
  return Value::String(absl::FormatTime(format, env.now, absl::LocalTimeZone()));
}

struct FunctionRow {
  absl::string_view name;
  ValueOr (*call)(const Arguments&, const Environment&);
};

constexpr FunctionRow kFunctions[] = {
    {"dict", MakeDict}, {"namespace", MakeNamespace},  {"raise_exception", Raise},
    {"range", Range},   {"strftime_now", StrftimeNow},
};

}  // namespace

absl::StatusOr<bool> ApplyTest(const std::string& name, const Value& input,
                               const Arguments& arguments) {
  for (const TestRow& row : kTests) {
    if (row.name == name) return row.holds(input, arguments);
  }
  return absl::UnimplementedError(absl::StrCat("the test \"", name, "\" is not supported"));
}

ValueOr CallFunction(const std::string& name, const Arguments& arguments,
                     const Environment& environment) {
  for (const FunctionRow& row : kFunctions) {
    if (row.name == name) return row.call(arguments, environment);
  }
  return absl::UnimplementedError(absl::StrCat("the function \"", name, "\" is not supported"));
}

bool IsFunction(absl::string_view name) {
  return std::any_of(std::begin(kFunctions), std::end(kFunctions),
                     [name](const FunctionRow& row) { return row.name == name; });
}

}  // namespace footnote::transformer::chat
