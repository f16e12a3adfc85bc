#ifndef FOOTNOTE_TRANSFORMER_CHAT_BUILTINS_H_
#define FOOTNOTE_TRANSFORMER_CHAT_BUILTINS_H_

#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "transformer/chat/value.h"

namespace footnote::transformer::chat {

// The arguments of a call.
struct Arguments {
  std::vector<Value> positional;
  std::vector<std::pair<std::string, Value>> named;

  // The argument by its place or its name; undefined if it is missing.
  Value Get(size_t index, absl::string_view name) const;
};

// What filters and functions may use of the interpreter.
struct Environment {
  absl::Time now;
  // Counts work of `units`; an error once there was too much.
  std::function<absl::Status(size_t units)> count;
};

using ValueOr = absl::StatusOr<Value>;

// The filters, tests, methods and functions of Jinja and Python that real
// templates use. Each is one row of a table. Errors: Unimplemented (an unknown
// name), InvalidArgument (a value of the wrong type, raise_exception).
ValueOr ApplyFilter(const std::string& name, const Value& input, const Arguments& arguments,
                    const Environment& environment);
absl::StatusOr<bool> ApplyTest(const std::string& name, const Value& input,
                               const Arguments& arguments);
ValueOr CallMethod(const Value& object, const std::string& name, const Arguments& arguments,
                   const Environment& environment);
ValueOr CallFunction(const std::string& name, const Arguments& arguments,
                     const Environment& environment);
// Whether there is a global function of that name.
bool IsFunction(absl::string_view name);

// What several of them need. Positions in texts are characters.
inline ValueOr Text(std::string text) { return Value::String(std::move(text)); }
std::vector<std::string> Characters(const std::string& text);
absl::Status WrongType(absl::string_view what, const Value& value);
// The elements that `for` sees: of a list, the keys of a dict, the characters of
// a string.
absl::StatusOr<Value::List> Elements(const Value& value);
// object.name or object[name]; undefined if there is none.
Value Member(const Value& object, const Value& key);
absl::StatusOr<Value> Slice(const Value& object, const Value& begin, const Value& end,
                            const Value& step);
// a < b, a negative, zero or positive number. Errors: InvalidArgument.
absl::StatusOr<int> Compare(const Value& a, const Value& b);
absl::StatusOr<bool> Contains(const Value& container, const Value& item);
std::string Strip(const std::string& text, const Value& characters, bool left, bool right);
std::string Upper(const std::string& text);
std::string Lower(const std::string& text);
std::string Capitalize(const std::string& text);
std::string Title(const std::string& text);

}  // namespace footnote::transformer::chat

#endif  // FOOTNOTE_TRANSFORMER_CHAT_BUILTINS_H_
