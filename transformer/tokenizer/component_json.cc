#include "transformer/tokenizer/component_json.h"

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "kernels/base/status_macros.h"
#include "nlohmann/json.hpp"
#include "transformer/io/json.h"

namespace footnote::transformer {

using nlohmann::json;

absl::Status Damaged(absl::string_view name, absl::string_view what) {
  return absl::DataLossError(absl::StrCat(name, ": ", what));
}

absl::StatusOr<std::string> ComponentType(const json& item, absl::string_view kind,
                                          absl::string_view name) {
  if (!item.is_object()) {
    return absl::DataLossError(absl::StrCat(name, ": a ", kind, " is not an object"));
  }
  return JsonFields(item, name).String("type", "");
}

absl::Status UnknownComponent(absl::string_view kind, absl::string_view type,
                              absl::string_view name) {
  return absl::UnimplementedError(
      absl::StrCat(name, ": the ", kind, " \"", type, "\" is not supported"));
}

absl::StatusOr<std::unique_ptr<const Pattern>> ParsePattern(const json& item,
                                                            absl::string_view name) {
  const auto pattern = item.find("pattern");
  if (pattern != item.end() && pattern->is_object() && pattern->size() == 1) {
    const std::string& kind = pattern->begin().key();
    const json& value = pattern->begin().value();
    if (value.is_string() && kind == "String") return MakeLiteralPattern(value.get<std::string>());
    if (value.is_string() && kind == "Regex") {
      auto regex = MakeRegexPattern(value.get<std::string>());
      if (regex.ok()) return regex;
      return absl::Status(regex.status().code(),
                          absl::StrCat(name, ": ", regex.status().message()));
    }
  }
  return absl::DataLossError(
      absl::StrCat(name, R"(: a pattern is neither {"String": ..} nor {"Regex": ..})"));
}

}  // namespace footnote::transformer
