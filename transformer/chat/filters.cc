#include <algorithm>
#include <cmath>
#include <cstdlib>

#include "absl/status/status.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "kernels/base/status_macros.h"
#include "transformer/chat/builtins.h"

namespace footnote::transformer::chat {
namespace {

using Kind = Value::Kind;

ValueOr Trim(const Value& v, const Arguments& a, const Environment&) {
  return Text(Strip(v.ToString(), a.Get(0, "chars"), true, true));
}
ValueOr ToJsonFilter(const Value& v, const Arguments& a, const Environment& env) {
  const Value indent = a.Get(0, "indent");
  const int spaces =
      indent.is(Kind::kInt) ? static_cast<int>(std::clamp<int64_t>(indent.integer(), 0, 16)) : -1;
  std::string out;
  if (!ToJson(v, spaces, &out)) return WrongType("tojson", v);
  FN_RETURN_IF_ERROR(env.count(out.size() / 8));
  return Text(std::move(out));
}
ValueOr Length(const Value& v, const Arguments&, const Environment&) {
  FN_ASSIGN_OR_RETURN(const Value::List items, Elements(v));
  return Value::Int(static_cast<int64_t>(items.size()));
}
ValueOr Join(const Value& v, const Arguments& a, const Environment& env) {
  const std::string separator = a.Get(0, "d").ToString();
  const Value attribute = a.Get(1, "attribute");
  FN_ASSIGN_OR_RETURN(const Value::List items, Elements(v));
  std::string out;
  for (const Value& item : items) {
    if (&item != &items.front()) out += separator;
    out += (attribute.is(Kind::kUndefined) ? item : Member(item, attribute)).ToString();
    FN_RETURN_IF_ERROR(env.count(1 + out.size() / (8 * items.size())));
  }
  return Text(std::move(out));
}
ValueOr Default(const Value& v, const Arguments& a, const Environment&) {
  const bool falsy_too = a.Get(1, "boolean").Truthy();
  if (!v.is(Kind::kUndefined) && !(falsy_too && !v.Truthy())) return v;
  const Value otherwise = a.Get(0, "default_value");
  return otherwise.is(Kind::kUndefined) ? Value::String("") : otherwise;
}
ValueOr UpperFilter(const Value& v, const Arguments&, const Environment&) {
  return Text(Upper(v.ToString()));
}
ValueOr LowerFilter(const Value& v, const Arguments&, const Environment&) {
  return Text(Lower(v.ToString()));
}
ValueOr CapitalizeFilter(const Value& v, const Arguments&, const Environment&) {
  return Text(Capitalize(v.ToString()));
}
ValueOr TitleFilter(const Value& v, const Arguments&, const Environment&) {
  return Text(Title(v.ToString()));
}
ValueOr First(const Value& v, const Arguments&, const Environment&) {
  FN_ASSIGN_OR_RETURN(const Value::List items, Elements(v));
  return items.empty() ? Value() : items.front();
}
ValueOr Last(const Value& v, const Arguments&, const Environment&) {
  FN_ASSIGN_OR_RETURN(const Value::List items, Elements(v));
  return items.empty() ? Value() : items.back();
}
ValueOr Items(const Value& v, const Arguments&, const Environment&) {
  Value::List out;
  if (v.is(Kind::kUndefined)) return Value::FromList(std::move(out));
  if (!v.is(Kind::kDict)) return WrongType("items", v);
  for (const auto& [key, value] : v.dict()) {
    out.push_back(Value::FromList({Value::String(key), value}));
  }
  return Value::FromList(std::move(out));
}
ValueOr DictSort(const Value& v, const Arguments& a, const Environment& env) {
  FN_ASSIGN_OR_RETURN(const Value items, Items(v, a, env));
  Value::List out = items.list();
  std::stable_sort(out.begin(), out.end(), [](const Value& x, const Value& y) {
    return Lower(x.list()[0].string()) < Lower(y.list()[0].string());
  });
  return Value::FromList(std::move(out));
}
ValueOr ListFilter(const Value& v, const Arguments&, const Environment&) {
  FN_ASSIGN_OR_RETURN(Value::List items, Elements(v));
  return Value::FromList(std::move(items));
}
ValueOr Reverse(const Value& v, const Arguments&, const Environment&) {
  if (v.is(Kind::kString)) return Slice(v, Value(), Value(), Value::Int(-1));
  FN_ASSIGN_OR_RETURN(Value::List items, Elements(v));
  std::reverse(items.begin(), items.end());
  return Value::FromList(std::move(items));
}
ValueOr String(const Value& v, const Arguments&, const Environment&) { return Text(v.ToString()); }
ValueOr Safe(const Value& v, const Arguments&, const Environment&) { return v; }
ValueOr Int(const Value& v, const Arguments& a, const Environment&) {
  const Value otherwise = a.Get(0, "default");
  if (v.is(Kind::kInt) || v.is(Kind::kBool)) return Value::Int(v.integer());
  double number = std::nan("");
  int64_t integer;
  if (v.is(Kind::kFloat)) number = v.number();
  if (v.is(Kind::kString)) {
    const std::string text = Strip(v.string(), Value(), true, true);
    if (absl::SimpleAtoi(text, &integer)) return Value::Int(integer);
    if (!absl::SimpleAtod(text, &number)) number = std::nan("");
  }
  if (std::fabs(number) < 9e18) return Value::Int(static_cast<int64_t>(number));
  return otherwise.is(Kind::kUndefined) ? Value::Int(0) : otherwise;
}
ValueOr Float(const Value& v, const Arguments& a, const Environment&) {
  const Value otherwise = a.Get(0, "default");
  if (v.is_number()) return Value::Float(v.number());
  double number;
  if (v.is(Kind::kString) && absl::SimpleAtod(v.string(), &number)) return Value::Float(number);
  return otherwise.is(Kind::kUndefined) ? Value::Float(0) : otherwise;
}
ValueOr Abs(const Value& v, const Arguments&, const Environment&) {
  if (v.is(Kind::kInt) && v.integer() != INT64_MIN) return Value::Int(std::abs(v.integer()));
  if (!v.is_number()) return WrongType("abs", v);
  return Value::Float(std::fabs(v.number()));
}
ValueOr Replace(const Value& v, const Arguments& a, const Environment& env) {
  return CallMethod(Value::String(v.ToString()), "replace", a, env);
}
ValueOr Indent(const Value& v, const Arguments& a, const Environment&) {
  const Value width = a.Get(0, "width");
  if (width.is(Kind::kInt) && (width.integer() < 0 || width.integer() > 100)) {
    return absl::InvalidArgumentError("indent is from 0 to 100");
  }
  const std::string space = width.is(Kind::kString)
                                ? width.string()
                                : std::string(width.is(Kind::kInt) ? width.integer() : 4, ' ');
  const bool first = a.Get(1, "first").Truthy(), blank = a.Get(2, "blank").Truthy();
  std::string out;
  const std::vector<std::string> lines = absl::StrSplit(v.ToString(), '\n');
  for (size_t i = 0; i < lines.size(); ++i) {
    if (i > 0) out += '\n';
    if ((i > 0 || first) && (blank || !lines[i].empty())) out += space;
    out += lines[i];
  }
  return Text(std::move(out));
}

// The rest of the arguments of select and its kin: a test and what it takes.
absl::StatusOr<bool> Selected(const Value& item, const Arguments& a, size_t test) {
  if (a.positional.size() <= test) return item.Truthy();
  Arguments rest;
  rest.positional.assign(a.positional.begin() + static_cast<int64_t>(test) + 1, a.positional.end());
  return ApplyTest(a.positional[test].ToString(), item, rest);
}
ValueOr Filter(const Value& v, const Arguments& a, const Environment& env, bool by_attribute,
               bool wanted) {
  if (by_attribute && a.positional.empty()) {
    return absl::InvalidArgumentError("selectattr needs an attribute");
  }
  FN_ASSIGN_OR_RETURN(const Value::List items, Elements(v));
  Value::List out;
  for (const Value& item : items) {
    FN_RETURN_IF_ERROR(env.count(1));
    FN_ASSIGN_OR_RETURN(
        const bool selected,
        Selected(by_attribute ? Member(item, a.positional[0]) : item, a, by_attribute ? 1 : 0));
    if (selected == wanted) out.push_back(item);
  }
  return Value::FromList(std::move(out));
}
ValueOr Map(const Value& v, const Arguments& a, const Environment& env) {
  FN_ASSIGN_OR_RETURN(const Value::List items, Elements(v));
  const Value attribute = a.positional.empty() ? a.Get(0, "attribute") : Value();
  Arguments rest;
  if (a.positional.size() > 1) {
    rest.positional.assign(a.positional.begin() + 1, a.positional.end());
  }
  Value::List out;
  for (const Value& item : items) {
    FN_RETURN_IF_ERROR(env.count(1));
    if (!attribute.is(Kind::kUndefined)) {
      Value member = Member(item, attribute);
      out.push_back(member.is(Kind::kUndefined) ? a.Get(9, "default") : std::move(member));
    } else if (!a.positional.empty()) {
      FN_ASSIGN_OR_RETURN(Value mapped, ApplyFilter(a.positional[0].ToString(), item, rest, env));
      out.push_back(std::move(mapped));
    } else {
      return absl::InvalidArgumentError("map needs a filter or an attribute");
    }
  }
  return Value::FromList(std::move(out));
}
ValueOr Unique(const Value& v, const Arguments&, const Environment& env) {
  FN_ASSIGN_OR_RETURN(const Value::List items, Elements(v));
  Value::List out;
  for (const Value& item : items) {
    FN_RETURN_IF_ERROR(env.count(1 + out.size()));
    if (std::none_of(out.begin(), out.end(), [&](const Value& o) { return Equal(o, item); })) {
      out.push_back(item);
    }
  }
  return Value::FromList(std::move(out));
}
ValueOr Sort(const Value& v, const Arguments& a, const Environment& env) {
  FN_ASSIGN_OR_RETURN(Value::List items, Elements(v));
  FN_RETURN_IF_ERROR(env.count(items.size()));
  const Value attribute = a.Get(2, "attribute");
  const auto key = [&attribute](const Value& item) {
    const Value k = attribute.is(Kind::kUndefined) ? item : Member(item, attribute);
    return k.is(Kind::kString) ? Value::String(Lower(k.string())) : k;
  };
  for (size_t i = 1; i < items.size(); ++i) {
    const absl::StatusOr<int> order = Compare(key(items[0]), key(items[i]));
    if (!order.ok()) return order.status();
  }
  std::stable_sort(items.begin(), items.end(), [&key](const Value& x, const Value& y) {
    return Compare(key(x), key(y)).value_or(0) < 0;
  });
  if (a.Get(0, "reverse").Truthy()) std::reverse(items.begin(), items.end());
  return Value::FromList(std::move(items));
}

struct FilterRow {
  absl::string_view name;
  ValueOr (*apply)(const Value&, const Arguments&, const Environment&);
};

constexpr FilterRow kFilters[] = {
    {"abs", Abs},
    {"capitalize", CapitalizeFilter},
    {"count", Length},
    {"d", Default},
    {"default", Default},
    {"dictsort", DictSort},
    {"first", First},
    {"float", Float},
    {"indent", Indent},
    {"int", Int},
    {"items", Items},
    {"join", Join},
    {"last", Last},
    {"length", Length},
    {"list", ListFilter},
    {"lower", LowerFilter},
    {"map", Map},
    {"reject", [](const Value& v, const Arguments& a,
                  const Environment& e) { return Filter(v, a, e, false, false); }},
    {"rejectattr", [](const Value& v, const Arguments& a,
                      const Environment& e) { return Filter(v, a, e, true, false); }},
    {"replace", Replace},
    {"reverse", Reverse},
    {"safe", Safe},
    {"select", [](const Value& v, const Arguments& a,
                  const Environment& e) { return Filter(v, a, e, false, true); }},
    {"selectattr", [](const Value& v, const Arguments& a,
                      const Environment& e) { return Filter(v, a, e, true, true); }},
    {"sort", Sort},
    {"string", String},
    {"title", TitleFilter},
    {"tojson", ToJsonFilter},
    {"trim", Trim},
    {"unique", Unique},
    {"upper", UpperFilter},
};

}  // namespace

ValueOr ApplyFilter(const std::string& name, const Value& input, const Arguments& arguments,
                    const Environment& environment) {
  for (const FilterRow& row : kFilters) {
    if (row.name == name) return row.apply(input, arguments, environment);
  }
  return absl::UnimplementedError(absl::StrCat("the filter \"", name, "\" is not supported"));
}

}  // namespace footnote::transformer::chat
