#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "kernels/base/status_macros.h"
#include "nlohmann/json.hpp"
#include "transformer/io/json.h"
#include "transformer/text/utf8.h"
#include "transformer/tokenizer/component_json.h"
#include "transformer/tokenizer/decoder.h"

namespace footnote::transformer {
namespace {

using nlohmann::json;
using Result = absl::StatusOr<DecoderPtr>;

// A field that holds exactly one character.
absl::StatusOr<char32_t> ParseCharacter(const json& item, const char* key, absl::string_view name) {
  FN_ASSIGN_OR_RETURN(const std::string text, JsonFields(item, name).String(key, ""));
  size_t pos = 0;
  if (!text.empty()) {
    const char32_t c = DecodeUtf8(text, &pos);
    if (pos == text.size()) return c;
  }
  return absl::DataLossError(absl::StrCat(name, ": \"", key, "\" is not one character"));
}

Result ParseWordPiece(const json& item, absl::string_view name) {
  const JsonFields fields(item, name);
  FN_ASSIGN_OR_RETURN(std::string prefix, fields.String("prefix", "##"));
  FN_ASSIGN_OR_RETURN(const bool cleanup, fields.Bool("cleanup", true));
  return MakeWordPieceDecoder(std::move(prefix), cleanup);
}

Result ParseMetaspace(const json& item, absl::string_view name) {
  const JsonFields fields(item, name);
  FN_ASSIGN_OR_RETURN(const char32_t replacement, ParseCharacter(item, "replacement", name));
  FN_ASSIGN_OR_RETURN(const bool prefix, fields.Bool("add_prefix_space", true));
  FN_ASSIGN_OR_RETURN(const std::string scheme,
                      fields.String("prepend_scheme", prefix ? "always" : "never"));
  return MakeMetaspaceDecoder(replacement, scheme != "never");
}

Result ParseStrip(const json& item, absl::string_view name) {
  const JsonFields fields(item, name);
  FN_ASSIGN_OR_RETURN(const char32_t content, ParseCharacter(item, "content", name));
  constexpr int64_t kMax = 1 << 20;
  FN_ASSIGN_OR_RETURN(const int64_t start, fields.Int("start", 0, 0, kMax));
  FN_ASSIGN_OR_RETURN(const int64_t stop, fields.Int("stop", 0, 0, kMax));
  return MakeStripDecoder(content, static_cast<size_t>(start), static_cast<size_t>(stop));
}

Result ParseReplace(const json& item, absl::string_view name) {
  FN_ASSIGN_OR_RETURN(auto pattern, ParsePattern(item, name));
  FN_ASSIGN_OR_RETURN(std::string content, JsonFields(item, name).String("content", ""));
  return MakeReplaceDecoder(std::move(pattern), std::move(content));
}

Result ParseBpe(const json& item, absl::string_view name) {
  FN_ASSIGN_OR_RETURN(std::string suffix, JsonFields(item, name).String("suffix", "</w>"));
  return MakeBpeDecoder(std::move(suffix));
}

Result ParseSequence(const json& item, absl::string_view name) {
  const auto list = item.find("decoders");
  if (list == item.end() || !list->is_array()) {
    return absl::DataLossError(absl::StrCat(name, ": a decoder Sequence has no decoders"));
  }
  std::vector<DecoderPtr> steps;
  for (const json& step : *list) {
    FN_ASSIGN_OR_RETURN(DecoderPtr parsed, ParseDecoder(step, name));
    if (parsed != nullptr) steps.push_back(std::move(parsed));
  }
  return MakeDecoderSequence(std::move(steps));
}

struct Row {
  absl::string_view type;
  Result (*parse)(const json& item, absl::string_view name);
};

constexpr Row kTypes[] = {
    {"BPEDecoder", ParseBpe},
    {"ByteFallback",
     [](const json&, absl::string_view) -> Result { return MakeByteFallbackDecoder(); }},
    {"ByteLevel", [](const json&, absl::string_view) -> Result { return MakeByteLevelDecoder(); }},
    {"Fuse", [](const json&, absl::string_view) -> Result { return MakeFuseDecoder(); }},
    {"Metaspace", ParseMetaspace},
    {"Replace", ParseReplace},
    {"Sequence", ParseSequence},
    {"Strip", ParseStrip},
    {"WordPiece", ParseWordPiece},
};

}  // namespace

absl::StatusOr<DecoderPtr> ParseDecoder(const json& item, absl::string_view name) {
  if (item.is_null()) return DecoderPtr();
  FN_ASSIGN_OR_RETURN(const std::string type, ComponentType(item, "decoder", name));
  for (const Row& row : kTypes) {
    if (row.type == type) return row.parse(item, name);
  }
  return UnknownComponent("decoder", type, name);
}

}  // namespace footnote::transformer
