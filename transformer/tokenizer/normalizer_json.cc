#include <utility>

#include "absl/status/status.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "kernels/base/status_macros.h"
#include "nlohmann/json.hpp"
#include "transformer/io/json.h"
#include "transformer/tokenizer/component_json.h"
#include "transformer/tokenizer/normalizer.h"

namespace footnote::transformer {
namespace {

using nlohmann::json;
using Result = absl::StatusOr<NormalizerPtr>;

Result ParseBert(const json& item, absl::string_view name) {
  const JsonFields fields(item, name);
  BertNormalization options;
  FN_ASSIGN_OR_RETURN(options.clean_text, fields.Bool("clean_text", true));
  FN_ASSIGN_OR_RETURN(options.handle_chinese_chars, fields.Bool("handle_chinese_chars", true));
  FN_ASSIGN_OR_RETURN(options.lowercase, fields.Bool("lowercase", true));
  FN_ASSIGN_OR_RETURN(options.strip_accents, fields.Bool("strip_accents", options.lowercase));
  return MakeBertNormalizer(options);
}

Result ParseStrip(const json& item, absl::string_view name) {
  const JsonFields fields(item, name);
  FN_ASSIGN_OR_RETURN(const bool left, fields.Bool("strip_left", true));
  FN_ASSIGN_OR_RETURN(const bool right, fields.Bool("strip_right", true));
  return MakeStrip(left, right);
}

Result ParseReplace(const json& item, absl::string_view name) {
  FN_ASSIGN_OR_RETURN(auto pattern, ParsePattern(item, name));
  FN_ASSIGN_OR_RETURN(std::string content, JsonFields(item, name).String("content", ""));
  return MakeReplace(std::move(pattern), std::move(content));
}

Result ParsePrecompiled(const json& item, absl::string_view name) {
  FN_ASSIGN_OR_RETURN(const std::string text,
                      JsonFields(item, name).String("precompiled_charsmap", ""));
  std::string charsmap;
  if (!absl::Base64Unescape(text, &charsmap)) {
    return absl::DataLossError(absl::StrCat(name, ": the precompiled_charsmap is not base64"));
  }
  return MakePrecompiled(charsmap);
}

Result ParseSequence(const json& item, absl::string_view name) {
  const auto list = item.find("normalizers");
  if (list == item.end() || !list->is_array()) {
    return absl::DataLossError(absl::StrCat(name, ": a normalizer Sequence has no normalizers"));
  }
  std::vector<NormalizerPtr> steps;
  for (const json& step : *list) {
    FN_ASSIGN_OR_RETURN(NormalizerPtr parsed, ParseNormalizer(step, name));
    if (parsed != nullptr) steps.push_back(std::move(parsed));
  }
  return MakeNormalizerSequence(std::move(steps));
}

struct Row {
  absl::string_view type;
  Result (*parse)(const json& item, absl::string_view name);
};

constexpr Row kTypes[] = {
    {"BertNormalizer", ParseBert},
    {"ByteLevel",
     [](const json&, absl::string_view) -> Result { return MakeByteLevelNormalizer(); }},
    {"Lowercase", [](const json&, absl::string_view) -> Result { return MakeLowercase(); }},
    {"NFC",
     [](const json&, absl::string_view) -> Result {
       return MakeUnicodeNormalizer(UnicodeForm::kNfc);
     }},
    {"NFD",
     [](const json&, absl::string_view) -> Result {
       return MakeUnicodeNormalizer(UnicodeForm::kNfd);
     }},
    {"NFKC",
     [](const json&, absl::string_view) -> Result {
       return MakeUnicodeNormalizer(UnicodeForm::kNfkc);
     }},
    {"NFKD",
     [](const json&, absl::string_view) -> Result {
       return MakeUnicodeNormalizer(UnicodeForm::kNfkd);
     }},
    {"Nmt", [](const json&, absl::string_view) -> Result { return MakeNmt(); }},
    {"Precompiled", ParsePrecompiled},
    {"Prepend",
     [](const json& item, absl::string_view name) -> Result {
       FN_ASSIGN_OR_RETURN(std::string prefix, JsonFields(item, name).String("prepend", ""));
       return MakePrepend(std::move(prefix));
     }},
    {"Replace", ParseReplace},
    {"Sequence", ParseSequence},
    {"Strip", ParseStrip},
    {"StripAccents", [](const json&, absl::string_view) -> Result { return MakeStripAccents(); }},
};

}  // namespace

absl::StatusOr<NormalizerPtr> ParseNormalizer(const json& item, absl::string_view name) {
  if (item.is_null()) return NormalizerPtr();
  FN_ASSIGN_OR_RETURN(const std::string type, ComponentType(item, "normalizer", name));
  for (const Row& row : kTypes) {
    if (row.type == type) return row.parse(item, name);
  }
  return UnknownComponent("normalizer", type, name);
}

}  // namespace footnote::transformer
