#include <unicode/locid.h>
#include <unicode/unistr.h>

#include <algorithm>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "transformer/chat/builtins.h"
#include "transformer/text/utf8.h"

namespace footnote::transformer::chat {

using Kind = Value::Kind;

Value Arguments::Get(size_t index, absl::string_view name) const {
  if (index < positional.size()) return positional[index];
  for (const auto& [key, value] : named) {
    if (key == name) return value;
  }
  return Value();
}

std::vector<std::string> Characters(const std::string& text) {
  std::vector<std::string> out;
  for (size_t pos = 0; pos < text.size();) {
    const size_t begin = pos;
    DecodeUtf8(text, &pos);
    out.push_back(text.substr(begin, pos - begin));
  }
  return out;
}

absl::Status WrongType(absl::string_view what, const Value& value) {
  return absl::InvalidArgumentError(
      absl::StrCat(what, " can't take a value of type ", KindName(value)));
}

absl::StatusOr<Value::List> Elements(const Value& value) {
  switch (value.kind()) {
    case Kind::kUndefined:
      return Value::List();
    case Kind::kList:
      return value.list();
    case Kind::kDict: {
      Value::List out;
      for (const auto& entry : value.dict()) out.push_back(Value::String(entry.first));
      return out;
    }
    case Kind::kString: {
      Value::List out;
      for (std::string& c : Characters(value.string())) out.push_back(Value::String(std::move(c)));
      return out;
    }
    default:
      return WrongType("a loop", value);
  }
}

Value Member(const Value& object, const Value& key) {
  if (object.is(Kind::kDict) && key.is(Kind::kString)) {
    const Value* found = object.Find(key.string());
    return found != nullptr ? *found : Value();
  }
  if (!key.is(Kind::kInt) && !key.is(Kind::kBool)) return Value();
  const auto at = [&key](int64_t size) -> int64_t {
    const int64_t i = key.integer() < 0 ? key.integer() + size : key.integer();
    return i >= 0 && i < size ? i : -1;
  };
  if (object.is(Kind::kList)) {
    const int64_t i = at(static_cast<int64_t>(object.list().size()));
    return i < 0 ? Value() : object.list()[static_cast<size_t>(i)];
  }
  if (object.is(Kind::kString)) {
    std::vector<std::string> characters = Characters(object.string());
    const int64_t i = at(static_cast<int64_t>(characters.size()));
    return i < 0 ? Value() : Value::String(characters[static_cast<size_t>(i)]);
  }
  return Value();
}

absl::StatusOr<Value> Slice(const Value& object, const Value& begin, const Value& end,
                            const Value& step) {
  if (!object.is(Kind::kList) && !object.is(Kind::kString)) return WrongType("a slice", object);
  for (const Value* part : {&begin, &end, &step}) {
    if (!part->is(Kind::kInt) && !part->is(Kind::kNone) && !part->is(Kind::kUndefined)) {
      return WrongType("a slice", *part);
    }
  }
  const Value::List items = *Elements(object);
  const int64_t size = static_cast<int64_t>(items.size());
  const int64_t by = step.is(Kind::kInt) ? step.integer() : 1;
  if (by == 0) return absl::InvalidArgumentError("the step of a slice is 0");
  const auto clamp = [&](const Value& part, int64_t otherwise) {
    if (!part.is(Kind::kInt)) return otherwise;
    const int64_t i = part.integer() < 0 ? part.integer() + size : part.integer();
    return by > 0 ? std::clamp<int64_t>(i, 0, size) : std::clamp<int64_t>(i, -1, size - 1);
  };
  const int64_t from = clamp(begin, by > 0 ? 0 : size - 1);
  const int64_t to = clamp(end, by > 0 ? size : -1);
  Value::List out;
  for (int64_t i = from; by > 0 ? i < to : i > to;) {
    out.push_back(items[static_cast<size_t>(i)]);
    if (by > 0 ? by >= to - i : by <= to - i) break;
    i += by;
  }
  if (object.is(Kind::kList)) return Value::FromList(std::move(out));
  std::string text;
  for (const Value& c : out) text += c.string();
  return Value::String(std::move(text));
}

absl::StatusOr<int> Compare(const Value& a, const Value& b) {
  if (a.is_number() && b.is_number()) {
    return a.number() < b.number() ? -1 : a.number() > b.number() ? 1 : 0;
  }
  if (a.is(Kind::kString) && b.is(Kind::kString)) return a.string().compare(b.string());
  if (a.is(Kind::kList) && b.is(Kind::kList)) {
    for (size_t i = 0; i < std::min(a.list().size(), b.list().size()); ++i) {
      absl::StatusOr<int> order = Compare(a.list()[i], b.list()[i]);
      if (!order.ok() || *order != 0) return order;
    }
    return static_cast<int>(a.list().size() > b.list().size()) -
           static_cast<int>(a.list().size() < b.list().size());
  }
  return absl::InvalidArgumentError(
      absl::StrCat("values of the types ", KindName(a), " and ", KindName(b), " have no order"));
}

absl::StatusOr<bool> Contains(const Value& container, const Value& item) {
  switch (container.kind()) {
    case Kind::kString:
      if (!item.is(Kind::kString)) return WrongType("\"in\" of a text", item);
      return absl::StrContains(container.string(), item.string());
    case Kind::kList:
      return std::any_of(container.list().begin(), container.list().end(),
                         [&item](const Value& v) { return Equal(v, item); });
    case Kind::kDict:
      return item.is(Kind::kString) && container.Find(item.string()) != nullptr;
    case Kind::kUndefined:
      return false;
    default:
      return WrongType("\"in\"", container);
  }
}

std::string Strip(const std::string& text, const Value& characters, bool left, bool right) {
  const std::vector<std::string> all = Characters(text);
  const std::vector<std::string> wanted =
      characters.is(Kind::kString) ? Characters(characters.string()) : std::vector<std::string>();
  const auto goes = [&](const std::string& c) {
    if (characters.is(Kind::kString)) {
      return std::find(wanted.begin(), wanted.end(), c) != wanted.end();
    }
    size_t pos = 0;
    const char32_t code = DecodeUtf8(c, &pos);
    return (code >= 9 && code <= 13) || (code >= 0x1C && code <= 0x20) || code == 0x85 ||
           code == 0xA0 || code == 0x1680 || (code >= 0x2000 && code <= 0x200A) || code == 0x2028 ||
           code == 0x2029 || code == 0x202F || code == 0x205F || code == 0x3000;
  };
  size_t begin = 0, end = all.size();
  while (left && begin < end && goes(all[begin])) ++begin;
  while (right && end > begin && goes(all[end - 1])) --end;
  return absl::StrJoin(all.begin() + static_cast<int64_t>(begin),
                       all.begin() + static_cast<int64_t>(end), "");
}

std::string Upper(const std::string& text) {
  std::string out;
  icu::UnicodeString::fromUTF8(text).toUpper(icu::Locale::getRoot()).toUTF8String(out);
  return out;
}

std::string Lower(const std::string& text) {
  std::string out;
  icu::UnicodeString::fromUTF8(text).toLower(icu::Locale::getRoot()).toUTF8String(out);
  return out;
}

std::string Capitalize(const std::string& text) {
  if (text.empty()) return text;
  size_t pos = 0;
  DecodeUtf8(text, &pos);
  return absl::StrCat(Upper(text.substr(0, pos)), Lower(text.substr(pos)));
}

// As str.title(): a letter after anything but a letter is upper case.
std::string Title(const std::string& text) {
  std::string out;
  bool in_word = false;
  for (const std::string& c : Characters(text)) {
    const bool letter = Upper(c) != Lower(c);
    out += letter && !in_word ? Upper(c) : Lower(c);
    in_word = letter;
  }
  return out;
}

}  // namespace footnote::transformer::chat
