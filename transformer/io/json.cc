#include "transformer/io/json.h"

#include <limits>

#include "absl/strings/str_cat.h"
#include "kernels/base/status_macros.h"
#include "transformer/io/file.h"

namespace footnote::transformer {
namespace {

// Deeper than any model's file; a parser that recurses is safe below it.
constexpr int kMaxDepth = 64;

}  // namespace

int JsonNestingDepth(absl::string_view text) {
  int depth = 0, deepest = 0;
  bool in_string = false;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (in_string) {
      if (c == '\\') ++i;
      if (c == '"') in_string = false;
    } else if (c == '"') {
      in_string = true;
    } else if (c == '{' || c == '[') {
      if (++depth > deepest) deepest = depth;
    } else if (c == '}' || c == ']') {
      --depth;
    }
  }
  return deepest;
}

absl::StatusOr<nlohmann::json> ParseJson(absl::string_view text, absl::string_view name) {
  if (JsonNestingDepth(text) > kMaxDepth) {
    return absl::DataLossError(
        absl::StrCat(name, " is nested more than ", kMaxDepth, " levels deep"));
  }
  // The library takes a NUL for the end of the text.
  if (text.find('\0') != absl::string_view::npos) {
    return absl::DataLossError(absl::StrCat(name, " is not valid JSON: it has a NUL"));
  }
  nlohmann::json value =
      nlohmann::json::parse(text.begin(), text.end(), nullptr, /*allow_exceptions=*/false);
  if (value.is_discarded()) return absl::DataLossError(absl::StrCat(name, " is not valid JSON"));
  return value;
}

absl::StatusOr<nlohmann::json> ParseJsonObject(absl::string_view text, absl::string_view name) {
  FN_ASSIGN_OR_RETURN(nlohmann::json value, ParseJson(text, name));
  if (!value.is_object()) return absl::DataLossError(absl::StrCat(name, " is not a JSON object"));
  return value;
}

absl::StatusOr<nlohmann::json> ReadJsonObject(const std::string& path, uint64_t max_bytes) {
  FN_ASSIGN_OR_RETURN(const std::string text, ReadFile(path, max_bytes));
  return ParseJsonObject(text, path);
}

const nlohmann::json* JsonFields::Find(const char* key) const {
  const auto it = object_.find(key);
  return it == object_.end() || it->is_null() ? nullptr : &*it;
}

absl::Status JsonFields::Wrong(const char* key, absl::string_view wanted) const {
  return absl::InvalidArgumentError(absl::StrCat(name_, ": \"", key, "\" must be ", wanted));
}

bool JsonFields::Has(const char* key) const { return Find(key) != nullptr; }

absl::StatusOr<bool> JsonFields::Bool(const char* key, bool value) const {
  const nlohmann::json* field = Find(key);
  if (field == nullptr) return value;
  if (!field->is_boolean()) return Wrong(key, "true or false");
  return field->get<bool>();
}

absl::StatusOr<double> JsonFields::Number(const char* key, double value) const {
  const nlohmann::json* field = Find(key);
  if (field == nullptr) return value;
  if (!field->is_number()) return Wrong(key, "a number");
  return field->get<double>();
}

absl::StatusOr<std::string> JsonFields::String(const char* key, const std::string& value) const {
  const nlohmann::json* field = Find(key);
  if (field == nullptr) return value;
  if (!field->is_string()) return Wrong(key, "a string");
  return field->get<std::string>();
}

absl::StatusOr<int64_t> JsonFields::Int(const char* key, int64_t value, int64_t low,
                                        int64_t high) const {
  const std::string wanted = absl::StrCat("an integer from ", low, " to ", high);
  const nlohmann::json* field = Find(key);
  if (field != nullptr) {
    // Signed and unsigned are distinct in the library: a value above 2^63-1
    // would turn negative in a plain conversion.
    if (!field->is_number_integer()) return Wrong(key, wanted);
    if (field->is_number_unsigned() &&
        field->get<uint64_t>() > static_cast<uint64_t>(std::numeric_limits<int64_t>::max())) {
      return Wrong(key, wanted);
    }
    value = field->get<int64_t>();
  }
  if (value < low || value > high) {
    return Wrong(key, field == nullptr ? absl::StrCat(wanted, ", and is missing") : wanted);
  }
  return value;
}

}  // namespace footnote::transformer
