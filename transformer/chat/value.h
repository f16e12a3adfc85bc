#ifndef FOOTNOTE_TRANSFORMER_CHAT_VALUE_H_
#define FOOTNOTE_TRANSFORMER_CHAT_VALUE_H_

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "nlohmann/json_fwd.hpp"

namespace footnote::transformer::chat {

struct Node;

// A value of a template, with the meaning that Python gives it. Lists and dicts
// are shared when copied; only namespaces change after they were made.
class Value {
 public:
  enum class Kind { kUndefined, kNone, kBool, kInt, kFloat, kString, kList, kDict, kFunction };
  using List = std::vector<Value>;
  using Dict = std::vector<std::pair<std::string, Value>>;  // in the order of insertion

  Value() = default;  // undefined
  static Value None();
  static Value Bool(bool b);
  static Value Int(int64_t i);
  static Value Float(double f);
  static Value String(std::string s);
  static Value FromList(List list);
  static Value FromDict(Dict dict);
  static Value Namespace(Dict dict);
  // A macro, or (null) a function of the language by its name.
  static Value Function(std::string name, const Node* macro);

  Kind kind() const { return kind_; }
  bool is(Kind kind) const { return kind_ == kind; }
  bool is_number() const { return kind_ == Kind::kInt || kind_ == Kind::kFloat || is(Kind::kBool); }
  bool is_namespace() const { return namespace_; }

  int64_t integer() const { return int_; }  // kBool, kInt
  double number() const { return kind_ == Kind::kFloat ? float_ : static_cast<double>(int_); }
  const std::string& string() const { return string_; }  // kString; a function's name
  const List& list() const { return *list_; }
  const Dict& dict() const { return *dict_; }
  const Node* macro() const { return macro_; }

  // How deeply lists and dicts are nested, and whether a namespace is among them;
  // as they were made.
  int depth() const { return depth_; }
  bool has_namespace() const { return has_namespace_; }

  // Null if a dict has no such key.
  const Value* Find(absl::string_view key) const;
  // Precondition: is_namespace().
  void Set(const std::string& key, Value value) const;

  bool Truthy() const;
  // As str() in Python; nothing for undefined.
  std::string ToString() const;
  // As repr().
  std::string Repr() const;

 private:
  Kind kind_ = Kind::kUndefined;
  bool namespace_ = false;
  bool has_namespace_ = false;
  int depth_ = 0;
  int64_t int_ = 0;
  double float_ = 0;
  std::string string_;
  std::shared_ptr<const List> list_;
  std::shared_ptr<Dict> dict_;
  const Node* macro_ = nullptr;
};

bool Equal(const Value& a, const Value& b);

// How a name of Python's types; "str" for a string.
absl::string_view KindName(const Value& value);

// As Python writes a float.
std::string FloatText(double f);

Value FromJson(const nlohmann::ordered_json& json);

// As json.dumps(value, ensure_ascii=False, indent=indent); indent < 0: on one line.
// False if there is something that JSON can't say.
bool ToJson(const Value& value, int indent, std::string* out);

}  // namespace footnote::transformer::chat

#endif  // FOOTNOTE_TRANSFORMER_CHAT_VALUE_H_
