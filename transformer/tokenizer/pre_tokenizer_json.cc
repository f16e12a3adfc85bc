#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "kernels/base/status_macros.h"
#include "nlohmann/json.hpp"
#include "transformer/io/json.h"
#include "transformer/text/utf8.h"
#include "transformer/tokenizer/character_classes.h"
#include "transformer/tokenizer/component_json.h"
#include "transformer/tokenizer/pre_tokenizer.h"

namespace footnote::transformer {
namespace {

using nlohmann::json;
using Result = absl::StatusOr<PreTokenizerPtr>;

absl::StatusOr<SplitBehavior> ParseBehavior(const json& item, const std::string& otherwise,
                                            absl::string_view name) {
  FN_ASSIGN_OR_RETURN(const std::string text, JsonFields(item, name).String("behavior", otherwise));
  if (text == "Removed") return SplitBehavior::kRemoved;
  if (text == "Isolated") return SplitBehavior::kIsolated;
  if (text == "MergedWithPrevious") return SplitBehavior::kMergedWithPrevious;
  if (text == "MergedWithNext") return SplitBehavior::kMergedWithNext;
  if (text == "Contiguous") return SplitBehavior::kContiguous;
  return Damaged(name, absl::StrCat("\"", text, "\" is no behavior of a split"));
}

// A field that holds exactly one character.
absl::StatusOr<char32_t> ParseCharacter(const json& item, const char* key, absl::string_view name) {
  FN_ASSIGN_OR_RETURN(const std::string text, JsonFields(item, name).String(key, ""));
  size_t pos = 0;
  if (!text.empty()) {
    const char32_t c = DecodeUtf8(text, &pos);
    if (pos == text.size()) return c;
  }
  return Damaged(name, absl::StrCat("\"", key, "\" is not one character"));
}

Result ParseSplit(const json& item, absl::string_view name, bool) {
  FN_ASSIGN_OR_RETURN(auto pattern, ParsePattern(item, name));
  FN_ASSIGN_OR_RETURN(const SplitBehavior behavior, ParseBehavior(item, "", name));
  FN_ASSIGN_OR_RETURN(const bool invert, JsonFields(item, name).Bool("invert", false));
  return MakeSplit(std::move(pattern), behavior, invert);
}

Result ParseMetaspace(const json& item, absl::string_view name, bool) {
  const JsonFields fields(item, name);
  FN_ASSIGN_OR_RETURN(const char32_t replacement, ParseCharacter(item, "replacement", name));
  FN_ASSIGN_OR_RETURN(const bool split, fields.Bool("split", true));
  FN_ASSIGN_OR_RETURN(const bool prefix, fields.Bool("add_prefix_space", true));
  FN_ASSIGN_OR_RETURN(const std::string scheme,
                      fields.String("prepend_scheme", prefix ? "always" : "never"));
  if (!prefix && scheme != "never") {
    return Damaged(name, "Metaspace's add_prefix_space contradicts its prepend_scheme");
  }
  if (scheme == "first") return MakeMetaspace(replacement, PrependScheme::kFirst, split);
  if (scheme == "never") return MakeMetaspace(replacement, PrependScheme::kNever, split);
  if (scheme == "always") return MakeMetaspace(replacement, PrependScheme::kAlways, split);
  return Damaged(name, absl::StrCat("\"", scheme, "\" is no prepend_scheme of Metaspace"));
}

Result ParseByteLevel(const json& item, absl::string_view name, bool raw_bytes) {
  const JsonFields fields(item, name);
  FN_ASSIGN_OR_RETURN(const bool prefix, fields.Bool("add_prefix_space", true));
  FN_ASSIGN_OR_RETURN(const bool regex, fields.Bool("use_regex", true));
  return MakeByteLevel(prefix, regex, !raw_bytes);
}

Result ParsePunctuation(const json& item, absl::string_view name, bool) {
  FN_ASSIGN_OR_RETURN(const SplitBehavior behavior, ParseBehavior(item, "Isolated", name));
  return MakeSplitAtClass(CharacterClasses::kPunct, behavior);
}

Result ParseDigits(const json& item, absl::string_view name, bool) {
  FN_ASSIGN_OR_RETURN(const bool single, JsonFields(item, name).Bool("individual_digits", false));
  return MakeSplitAtClass(CharacterClasses::kNumeric,
                          single ? SplitBehavior::kIsolated : SplitBehavior::kContiguous);
}

Result ParseWhitespace(const json&, absl::string_view, bool) { return MakeWhitespace(); }

Result ParseWhitespaceSplit(const json&, absl::string_view, bool) {
  return MakeSplitAtClass(CharacterClasses::kSpace, SplitBehavior::kRemoved);
}

Result ParseBert(const json&, absl::string_view, bool) {
  std::vector<PreTokenizerPtr> steps;
  steps.push_back(MakeSplitAtClass(CharacterClasses::kSpace, SplitBehavior::kRemoved));
  steps.push_back(MakeSplitAtClass(CharacterClasses::kPunct, SplitBehavior::kIsolated));
  return MakePreTokenizerSequence(std::move(steps));
}

Result ParseDelimiter(const json& item, absl::string_view name, bool) {
  FN_ASSIGN_OR_RETURN(const char32_t delimiter, ParseCharacter(item, "delimiter", name));
  std::string text;
  AppendUtf8(delimiter, &text);
  return MakeSplit(MakeLiteralPattern(std::move(text)), SplitBehavior::kRemoved, false);
}

Result ParseFixedLength(const json& item, absl::string_view name, bool) {
  FN_ASSIGN_OR_RETURN(const int64_t length,
                      JsonFields(item, name).Int("length", 5, 1, int64_t{1} << 30));
  return MakeFixedLength(static_cast<size_t>(length));
}

const json* Steps(const json& item) {
  const auto list = item.find("pretokenizers");
  return list != item.end() && list->is_array() ? &*list : nullptr;
}

Result ParseSequence(const json& item, absl::string_view name, bool raw_bytes) {
  const json* list = Steps(item);
  if (list == nullptr) return Damaged(name, "a pre_tokenizer Sequence has no pretokenizers");
  std::vector<PreTokenizerPtr> steps;
  for (const json& step : *list) {
    const bool last = &step == &list->back();
    FN_ASSIGN_OR_RETURN(PreTokenizerPtr parsed, ParsePreTokenizer(step, name, raw_bytes && last));
    if (parsed != nullptr) steps.push_back(std::move(parsed));
  }
  return MakePreTokenizerSequence(std::move(steps));
}

struct Row {
  absl::string_view type;
  Result (*parse)(const json& item, absl::string_view name, bool raw_bytes);
};

constexpr Row kTypes[] = {
    {"BertPreTokenizer", ParseBert},
    {"ByteLevel", ParseByteLevel},
    {"CharDelimiterSplit", ParseDelimiter},
    {"Digits", ParseDigits},
    {"FixedLength", ParseFixedLength},
    {"Metaspace", ParseMetaspace},
    {"Punctuation", ParsePunctuation},
    {"Sequence", ParseSequence},
    {"Split", ParseSplit},
    {"Whitespace", ParseWhitespace},
    {"WhitespaceSplit", ParseWhitespaceSplit},
};

}  // namespace

absl::StatusOr<PreTokenizerPtr> ParsePreTokenizer(const json& item, absl::string_view name,
                                                  bool raw_bytes) {
  if (item.is_null()) return PreTokenizerPtr();
  FN_ASSIGN_OR_RETURN(const std::string type, ComponentType(item, "pre_tokenizer", name));
  for (const Row& row : kTypes) {
    if (row.type == type) return row.parse(item, name, raw_bytes);
  }
  return UnknownComponent("pre_tokenizer", type, name);
}

bool EndsInByteLevel(const json& item) {
  if (!item.is_object()) return false;
  const auto type = item.find("type");
  if (type == item.end()) return false;
  if (*type == "ByteLevel") return true;
  if (*type != "Sequence") return false;
  const json* list = Steps(item);
  return list != nullptr && !list->empty() && EndsInByteLevel(list->back());
}

}  // namespace footnote::transformer
