#include "transformer/tokenizer/tokenizer_config.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "kernels/base/status_macros.h"
#include "nlohmann/json.hpp"
#include "transformer/io/file.h"
#include "transformer/io/json.h"

namespace footnote::transformer {
namespace {

using nlohmann::json;

constexpr int64_t kMaxExtraIds = 1 << 20;

// A special token is written as a text or as an object with "content".
absl::Status ReadToken(const json& config, const char* key, absl::string_view name,
                       std::string* out) {
  const auto it = config.find(key);
  if (it == config.end() || it->is_null() || !out->empty()) return absl::OkStatus();
  if (it->is_object()) {
    FN_ASSIGN_OR_RETURN(*out, JsonFields(*it, name).String("content", ""));
    return absl::OkStatus();
  }
  FN_ASSIGN_OR_RETURN(*out, JsonFields(config, name).String(key, ""));
  return absl::OkStatus();
}

absl::Status ReadTokens(const json& config, absl::string_view name, TokenizerConfig* out) {
  const std::pair<const char*, std::string*> kTokens[] = {
      {"bos_token", &out->bos},  {"eos_token", &out->eos}, {"unk_token", &out->unk},
      {"pad_token", &out->pad},  {"cls_token", &out->cls}, {"sep_token", &out->sep},
      {"mask_token", &out->mask}};
  for (const auto& [key, text] : kTokens) {
    FN_RETURN_IF_ERROR(ReadToken(config, key, name, text));
  }
  return absl::OkStatus();
}

absl::Status ReadFlag(const JsonFields& fields, const char* key, std::optional<bool>* out) {
  if (!fields.Has(key)) return absl::OkStatus();
  FN_ASSIGN_OR_RETURN(*out, fields.Bool(key, false));
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<TokenizerConfig> ParseTokenizerConfig(absl::string_view config_json,
                                                     absl::string_view name) {
  FN_ASSIGN_OR_RETURN(const json config, ParseJsonObject(config_json, name));
  TokenizerConfig out;
  FN_RETURN_IF_ERROR(ReadTokens(config, name, &out));
  const JsonFields fields(config, name);
  FN_RETURN_IF_ERROR(ReadFlag(fields, "add_bos_token", &out.add_bos));
  FN_RETURN_IF_ERROR(ReadFlag(fields, "add_eos_token", &out.add_eos));
  FN_RETURN_IF_ERROR(ReadFlag(fields, "legacy", &out.legacy));
  FN_RETURN_IF_ERROR(ReadFlag(fields, "add_prefix_space", &out.add_prefix_space));
  FN_ASSIGN_OR_RETURN(out.tokenizer_class, fields.String("tokenizer_class", ""));
  FN_ASSIGN_OR_RETURN(out.extra_ids, fields.Int("extra_ids", -1, -1, kMaxExtraIds));
  return out;
}

absl::StatusOr<TokenizerConfig> ReadTokenizerConfig(const std::string& model_dir) {
  TokenizerConfig out;
  const std::string config_path = absl::StrCat(model_dir, "/tokenizer_config.json");
  if (IsFile(config_path)) {
    FN_ASSIGN_OR_RETURN(const std::string text, ReadFile(config_path, kMaxTokenizerConfigBytes));
    FN_ASSIGN_OR_RETURN(out, ParseTokenizerConfig(text, config_path));
    out.content = text;
  }
  const std::string map_path = absl::StrCat(model_dir, "/special_tokens_map.json");
  if (IsFile(map_path)) {
    FN_ASSIGN_OR_RETURN(const std::string text, ReadFile(map_path, kMaxTokenizerConfigBytes));
    FN_ASSIGN_OR_RETURN(const json map, ParseJsonObject(text, map_path));
    FN_RETURN_IF_ERROR(ReadTokens(map, map_path, &out));
    absl::StrAppend(&out.content, text);
  }
  return out;
}

}  // namespace footnote::transformer
