#include "transformer/chat/value.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "nlohmann/json.hpp"

namespace footnote::transformer::chat {

Value Value::None() {
  Value v;
  v.kind_ = Kind::kNone;
  return v;
}
Value Value::Bool(bool b) {
  Value v;
  v.kind_ = Kind::kBool;
  v.int_ = b ? 1 : 0;
  return v;
}
Value Value::Int(int64_t i) {
  Value v;
  v.kind_ = Kind::kInt;
  v.int_ = i;
  return v;
}
Value Value::Float(double f) {
  Value v;
  v.kind_ = Kind::kFloat;
  v.float_ = f;
  return v;
}
Value Value::String(std::string s) {
  Value v;
  v.kind_ = Kind::kString;
  v.string_ = std::move(s);
  return v;
}
Value Value::FromList(List list) {
  Value v;
  v.kind_ = Kind::kList;
  for (const Value& item : list) {
    v.depth_ = std::max(v.depth_, item.depth_ + 1);
    v.has_namespace_ = v.has_namespace_ || item.has_namespace_;
  }
  v.list_ = std::make_shared<const List>(std::move(list));
  return v;
}
Value Value::FromDict(Dict dict) {
  Value v;
  v.kind_ = Kind::kDict;
  for (const auto& entry : dict) {
    v.depth_ = std::max(v.depth_, entry.second.depth_ + 1);
    v.has_namespace_ = v.has_namespace_ || entry.second.has_namespace_;
  }
  v.dict_ = std::make_shared<Dict>(std::move(dict));
  return v;
}
Value Value::Namespace(Dict dict) {
  Value v = FromDict(std::move(dict));
  v.namespace_ = v.has_namespace_ = true;
  return v;
}
Value Value::Function(std::string name, const Node* macro) {
  Value v;
  v.kind_ = Kind::kFunction;
  v.string_ = std::move(name);
  v.macro_ = macro;
  return v;
}

const Value* Value::Find(absl::string_view key) const {
  if (!is(Kind::kDict)) return nullptr;
  for (const auto& [name, value] : *dict_) {
    if (name == key) return &value;
  }
  return nullptr;
}

void Value::Set(const std::string& key, Value value) const {
  for (auto& entry : *dict_) {
    if (entry.first == key) {
      entry.second = std::move(value);
      return;
    }
  }
  dict_->emplace_back(key, std::move(value));
}

bool Value::Truthy() const {
  switch (kind_) {
    case Kind::kUndefined:
    case Kind::kNone:
      return false;
    case Kind::kBool:
    case Kind::kInt:
      return int_ != 0;
    case Kind::kFloat:
      return float_ != 0;
    case Kind::kString:
      return !string_.empty();
    case Kind::kList:
      return !list_->empty();
    case Kind::kDict:
      return namespace_ || !dict_->empty();
    case Kind::kFunction:
      return true;
  }
  return false;
}

std::string FloatText(double f) {
  if (std::isnan(f)) return "nan";
  if (std::isinf(f)) return f < 0 ? "-inf" : "inf";
  std::string text;
  for (int digits = 1; digits <= 17; ++digits) {
    text = absl::StrFormat("%.*g", digits, f);
    if (std::strtod(text.c_str(), nullptr) == f) break;
  }
  const double size = std::fabs(f);
  if (size != 0 && (size < 1e-4 || size >= 1e16)) {
    // Python writes 1e+16 and 1e-05 like printf.
    if (text.find('e') == std::string::npos) text = absl::StrFormat("%.16e", f);
    return text;
  }
  if (text.find('e') != std::string::npos) text = absl::StrFormat("%.0f", f);
  if (text.find('.') == std::string::npos) text += ".0";
  return text;
}

std::string Value::Repr() const {
  if (is(Kind::kString)) {
    const bool has_single = string_.find('\'') != std::string::npos;
    const char quote = has_single && string_.find('"') == std::string::npos ? '"' : '\'';
    std::string out(1, quote);
    for (const char c : string_) {
      if (c == quote || c == '\\') {
        out += '\\';
        out += c;
      } else if (c == '\n') {
        out += "\\n";
      } else if (c == '\r') {
        out += "\\r";
      } else if (c == '\t') {
        out += "\\t";
      } else if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) {
        absl::StrAppendFormat(&out, "\\x%02x", static_cast<unsigned char>(c));
      } else {
        out += c;
      }
    }
    return out + quote;
  }
  return ToString();
}

std::string Value::ToString() const {
  switch (kind_) {
    case Kind::kUndefined:
      return "";
    case Kind::kNone:
      return "None";
    case Kind::kBool:
      return int_ != 0 ? "True" : "False";
    case Kind::kInt:
      return absl::StrCat(int_);
    case Kind::kFloat:
      return FloatText(float_);
    case Kind::kString:
      return string_;
    case Kind::kList: {
      std::string out = "[";
      for (const Value& item : *list_) {
        absl::StrAppend(&out, out.size() > 1 ? ", " : "", item.Repr());
      }
      return out + "]";
    }
    case Kind::kDict: {
      std::string out = "{";
      for (const auto& [key, value] : *dict_) {
        absl::StrAppend(&out, out.size() > 1 ? ", " : "", String(key).Repr(), ": ", value.Repr());
      }
      return out + "}";
    }
    case Kind::kFunction:
      return absl::StrCat("<function ", string_, ">");
  }
  return "";
}

bool Equal(const Value& a, const Value& b) {
  if (a.is_number() && b.is_number()) return a.number() == b.number();
  if (a.kind() != b.kind()) return false;
  switch (a.kind()) {
    case Value::Kind::kString:
      return a.string() == b.string();
    case Value::Kind::kList:
      return std::equal(a.list().begin(), a.list().end(), b.list().begin(), b.list().end(), Equal);
    case Value::Kind::kDict:
      return a.dict().size() == b.dict().size() &&
             std::all_of(a.dict().begin(), a.dict().end(), [&b](const auto& entry) {
               const Value* other = b.Find(entry.first);
               return other != nullptr && Equal(entry.second, *other);
             });
    case Value::Kind::kFunction:
      return a.string() == b.string() && a.macro() == b.macro();
    default:
      return true;  // undefined and none
  }
}

absl::string_view KindName(const Value& value) {
  switch (value.kind()) {
    case Value::Kind::kUndefined:
      return "undefined";
    case Value::Kind::kNone:
      return "None";
    case Value::Kind::kBool:
      return "bool";
    case Value::Kind::kInt:
      return "int";
    case Value::Kind::kFloat:
      return "float";
    case Value::Kind::kString:
      return "str";
    case Value::Kind::kList:
      return "list";
    case Value::Kind::kDict:
      return "dict";
    case Value::Kind::kFunction:
      return "function";
  }
  return "";
}

Value FromJson(const nlohmann::ordered_json& json) {
  if (json.is_boolean()) return Value::Bool(json.get<bool>());
  if (json.is_number_integer()) return Value::Int(json.get<int64_t>());
  if (json.is_number()) return Value::Float(json.get<double>());
  if (json.is_string()) return Value::String(json.get<std::string>());
  if (json.is_array()) {
    Value::List list;
    for (const auto& item : json) list.push_back(FromJson(item));
    return Value::FromList(std::move(list));
  }
  if (json.is_object()) {
    Value::Dict dict;
    for (const auto& [key, value] : json.items()) dict.emplace_back(key, FromJson(value));
    return Value::FromDict(std::move(dict));
  }
  return Value::None();
}

namespace {

void AppendJsonString(const std::string& text, std::string* out) {
  *out += '"';
  for (const char c : text) {
    switch (c) {
      case '"':
        *out += "\\\"";
        break;
      case '\\':
        *out += "\\\\";
        break;
      case '\n':
        *out += "\\n";
        break;
      case '\r':
        *out += "\\r";
        break;
      case '\t':
        *out += "\\t";
        break;
      case '\b':
        *out += "\\b";
        break;
      case '\f':
        *out += "\\f";
        break;
      default:
        if (static_cast<unsigned char>(c) < 0x20) {
          absl::StrAppendFormat(out, "\\u%04x", static_cast<unsigned char>(c));
        } else {
          *out += c;
        }
    }
  }
  *out += '"';
}

bool AppendJson(const Value& value, int indent, int level, std::string* out) {
  const auto new_line = [&](int depth) {
    if (indent >= 0)
      absl::StrAppend(out, "\n", std::string(static_cast<size_t>(indent) * depth, ' '));
  };
  const char* const comma = indent >= 0 ? "," : ", ";
  switch (value.kind()) {
    case Value::Kind::kNone:
      *out += "null";
      return true;
    case Value::Kind::kBool:
      *out += value.integer() != 0 ? "true" : "false";
      return true;
    case Value::Kind::kInt:
    case Value::Kind::kFloat:
      *out += value.ToString();
      return true;
    case Value::Kind::kString:
      AppendJsonString(value.string(), out);
      return true;
    case Value::Kind::kList: {
      *out += '[';
      bool first = true;
      for (const Value& item : value.list()) {
        if (!first) *out += comma;
        first = false;
        new_line(level + 1);
        if (!AppendJson(item, indent, level + 1, out)) return false;
      }
      if (!first) new_line(level);
      *out += ']';
      return true;
    }
    case Value::Kind::kDict: {
      *out += '{';
      bool first = true;
      for (const auto& [key, item] : value.dict()) {
        if (!first) *out += comma;
        first = false;
        new_line(level + 1);
        AppendJsonString(key, out);
        *out += ": ";
        if (!AppendJson(item, indent, level + 1, out)) return false;
      }
      if (!first) new_line(level);
      *out += '}';
      return true;
    }
    default:
      return false;
  }
}

}  // namespace

bool ToJson(const Value& value, int indent, std::string* out) {
  return AppendJson(value, indent, 0, out);
}

}  // namespace footnote::transformer::chat
