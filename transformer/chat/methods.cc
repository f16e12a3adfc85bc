// Methods of Python's strings and dicts.
#include <algorithm>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "kernels/base/status_macros.h"
#include "transformer/chat/builtins.h"

namespace footnote::transformer::chat {
namespace {

using Kind = Value::Kind;

ValueOr SplitText(const Value& v, const Arguments& a, const Environment& env) {
  const std::string& text = v.string();
  const Value separator = a.Get(0, "sep");
  const Value limit = a.Get(1, "maxsplit");
  int64_t left = limit.is(Kind::kInt) && limit.integer() >= 0 ? limit.integer() : INT64_MAX;
  FN_RETURN_IF_ERROR(env.count(1 + text.size() / 8));
  Value::List out;
  if (separator.is(Kind::kString)) {
    if (separator.string().empty()) return absl::InvalidArgumentError("split: empty separator");
    size_t begin = 0;
    for (; left > 0; --left) {
      const size_t end = text.find(separator.string(), begin);
      if (end == std::string::npos) break;
      out.push_back(Value::String(text.substr(begin, end - begin)));
      begin = end + separator.string().size();
    }
    out.push_back(Value::String(text.substr(begin)));
    return Value::FromList(std::move(out));
  }
  // At runs of white space, without empty parts.
  std::string rest = Strip(text, Value(), true, false);
  while (!rest.empty()) {
    FN_RETURN_IF_ERROR(env.count(1 + rest.size() / 8));
    size_t end = 0;
    while (end < rest.size() && !absl::StrContains(" \t\n\r\f\v", rest.substr(end, 1))) ++end;
    if (left-- <= 0) end = rest.size();
    if (end == rest.size()) {
      out.push_back(Value::String(rest));
      break;
    }
    out.push_back(Value::String(rest.substr(0, end)));
    rest = Strip(rest.substr(end), Value(), true, false);
  }
  return Value::FromList(std::move(out));
}

ValueOr RightSplit(const Value& v, const Arguments& a, const Environment& env) {
  const Value separator = a.Get(0, "sep");
  const Value limit = a.Get(1, "maxsplit");
  if (!separator.is(Kind::kString) || separator.string().empty()) {
    return absl::UnimplementedError("rsplit without a separator is not supported");
  }
  FN_RETURN_IF_ERROR(env.count(1 + v.string().size() / 8));
  int64_t left = limit.is(Kind::kInt) && limit.integer() >= 0 ? limit.integer() : INT64_MAX;
  std::string rest = v.string();
  Value::List out;
  for (; left > 0; --left) {
    const size_t at = rest.rfind(separator.string());
    if (at == std::string::npos) break;
    out.push_back(Value::String(rest.substr(at + separator.string().size())));
    rest.resize(at);
  }
  out.push_back(Value::String(rest));
  std::reverse(out.begin(), out.end());
  return Value::FromList(std::move(out));
}

ValueOr SplitLines(const Value& v, const Arguments&, const Environment& env) {
  FN_RETURN_IF_ERROR(env.count(1 + v.string().size() / 8));
  Value::List out;
  const std::string& text = v.string();
  for (size_t begin = 0; begin < text.size();) {
    const size_t end = std::min(text.find_first_of("\r\n", begin), text.size());
    out.push_back(Value::String(text.substr(begin, end - begin)));
    begin = end + (text.compare(end, 2, "\r\n") == 0 ? 2 : 1);
  }
  return Value::FromList(std::move(out));
}

// One text, or a tuple of which one suffices.
ValueOr Affix(const Value& v, const Arguments& a, bool prefix) {
  const auto fits = [&](const Value& affix) {
    return affix.is(Kind::kString) && (prefix ? absl::StartsWith(v.string(), affix.string())
                                              : absl::EndsWith(v.string(), affix.string()));
  };
  const Value affix = a.Get(0, "prefix");
  if (affix.is(Kind::kList)) {
    return Value::Bool(std::any_of(affix.list().begin(), affix.list().end(), fits));
  }
  if (!affix.is(Kind::kString)) return WrongType("startswith and endswith", affix);
  return Value::Bool(fits(affix));
}

ValueOr ReplaceText(const Value& v, const Arguments& a, const Environment& env) {
  const Value from = a.Get(0, "old"), to = a.Get(1, "new"), limit = a.Get(2, "count");
  if (!from.is(Kind::kString) || !to.is(Kind::kString)) return WrongType("replace", from);
  int64_t left = limit.is(Kind::kInt) && limit.integer() >= 0 ? limit.integer() : INT64_MAX;
  const std::string& text = v.string();
  std::string out;
  size_t done = 0;
  if (from.string().empty()) return absl::UnimplementedError("replace of an empty text");
  for (; left > 0; --left) {
    const size_t at = text.find(from.string(), done);
    if (at == std::string::npos) break;
    FN_RETURN_IF_ERROR(env.count(1 + to.string().size() / 8));
    out.append(text, done, at - done);
    out += to.string();
    done = at + from.string().size();
  }
  FN_RETURN_IF_ERROR(env.count(1 + text.size() / 8));
  out.append(text, done);
  return Text(std::move(out));
}

ValueOr Find(const Value& v, const Arguments& a, const Environment&) {
  const size_t at = v.string().find(a.Get(0, "sub").ToString());
  if (at == std::string::npos) return Value::Int(-1);
  return Value::Int(static_cast<int64_t>(Characters(v.string().substr(0, at)).size()));
}

ValueOr Count(const Value& v, const Arguments& a, const Environment&) {
  const std::string part = a.Get(0, "sub").ToString();
  int64_t count = 0;
  if (part.empty()) return absl::UnimplementedError("count of an empty text");
  for (size_t at = 0; (at = v.string().find(part, at)) != std::string::npos; at += part.size()) {
    ++count;
  }
  return Value::Int(count);
}

ValueOr JoinMethod(const Value& v, const Arguments& a, const Environment& env) {
  Arguments separator;
  separator.positional = {v};
  return ApplyFilter("join", a.Get(0, "iterable"), separator, env);
}

ValueOr RemoveAffix(const Value& v, const Arguments& a, bool prefix) {
  const std::string affix = a.Get(0, "affix").ToString();
  std::string text = v.string();
  if (prefix && absl::StartsWith(text, affix)) text.erase(0, affix.size());
  if (!prefix && absl::EndsWith(text, affix)) text.resize(text.size() - affix.size());
  return Text(std::move(text));
}

ValueOr All(const Value& v, bool (*is)(char)) {
  return Value::Bool(!v.string().empty() && std::all_of(v.string().begin(), v.string().end(), is));
}

struct MethodRow {
  absl::string_view name;
  ValueOr (*call)(const Value&, const Arguments&, const Environment&);
};

constexpr MethodRow kOfStrings[] = {
    {"capitalize", [](const Value& v, const Arguments&,
                      const Environment&) { return Text(Capitalize(v.string())); }},
    {"count", Count},
    {"endswith",
     [](const Value& v, const Arguments& a, const Environment&) { return Affix(v, a, false); }},
    {"find", Find},
    {"isdigit",
     [](const Value& v, const Arguments&, const Environment&) {
       return All(v, [](char c) { return c >= '0' && c <= '9'; });
     }},
    {"join", JoinMethod},
    {"lower",
     [](const Value& v, const Arguments&, const Environment&) { return Text(Lower(v.string())); }},
    {"lstrip",
     [](const Value& v, const Arguments& a, const Environment&) {
       return Text(Strip(v.string(), a.Get(0, "c"), true, false));
     }},
    {"removeprefix", [](const Value& v, const Arguments& a,
                        const Environment&) { return RemoveAffix(v, a, true); }},
    {"removesuffix", [](const Value& v, const Arguments& a,
                        const Environment&) { return RemoveAffix(v, a, false); }},
    {"replace", ReplaceText},
    {"rsplit", RightSplit},
    {"rstrip",
     [](const Value& v, const Arguments& a, const Environment&) {
       return Text(Strip(v.string(), a.Get(0, "c"), false, true));
     }},
    {"split", SplitText},
    {"splitlines", SplitLines},
    {"startswith",
     [](const Value& v, const Arguments& a, const Environment&) { return Affix(v, a, true); }},
    {"strip",
     [](const Value& v, const Arguments& a, const Environment&) {
       return Text(Strip(v.string(), a.Get(0, "c"), true, true));
     }},
    {"title",
     [](const Value& v, const Arguments&, const Environment&) { return Text(Title(v.string())); }},
    {"upper",
     [](const Value& v, const Arguments&, const Environment&) { return Text(Upper(v.string())); }},
};

constexpr MethodRow kOfDicts[] = {
    {"get",
     [](const Value& v, const Arguments& a, const Environment&) -> ValueOr {
       const Value found = Member(v, a.Get(0, "key"));
       if (!found.is(Kind::kUndefined)) return found;
       const Value otherwise = a.Get(1, "default");
       return otherwise.is(Kind::kUndefined) ? Value::None() : otherwise;
     }},
    {"items", [](const Value& v, const Arguments& a,
                 const Environment& e) { return ApplyFilter("items", v, a, e); }},
    {"keys", [](const Value& v, const Arguments& a,
                const Environment& e) { return ApplyFilter("list", v, a, e); }},
    {"values",
     [](const Value& v, const Arguments&, const Environment&) -> ValueOr {
       Value::List out;
       for (const auto& entry : v.dict()) out.push_back(entry.second);
       return Value::FromList(std::move(out));
     }},
};

}  // namespace

ValueOr CallMethod(const Value& object, const std::string& name, const Arguments& arguments,
                   const Environment& environment) {
  if (object.is(Kind::kString)) {
    for (const MethodRow& row : kOfStrings) {
      if (row.name == name) return row.call(object, arguments, environment);
    }
  }
  if (object.is(Kind::kDict)) {
    for (const MethodRow& row : kOfDicts) {
      if (row.name == name) return row.call(object, arguments, environment);
    }
  }
  return absl::UnimplementedError(
      absl::StrCat("the method \"", name, "\" of ", KindName(object), " is not supported"));
}

}  // namespace footnote::transformer::chat
