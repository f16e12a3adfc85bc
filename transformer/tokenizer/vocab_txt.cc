#include <string>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "kernels/base/status_macros.h"
#include "nlohmann/json.hpp"
#include "transformer/io/json.h"
#include "transformer/text/utf8.h"
#include "transformer/tokenizer/wordpiece_files.h"

namespace footnote::transformer {
namespace {

using nlohmann::json;

// A special token is written as a string or as an object with "content".
absl::StatusOr<std::string> SpecialToken(const json& config, absl::string_view name,
                                         const char* key, const std::string& value) {
  const auto it = config.find(key);
  if (it != config.end() && it->is_object()) {
    return JsonFields(*it, name).String("content", value);
  }
  return JsonFields(config, name).String(key, value);
}

}  // namespace

absl::StatusOr<WordPieceSpec> ParseVocabTxt(absl::string_view vocab, absl::string_view vocab_name,
                                            absl::string_view config_json,
                                            absl::string_view config_name) {
  json config = json::object();
  if (!config_json.empty()) {
    FN_ASSIGN_OR_RETURN(config, ParseJsonObject(config_json, config_name));
  }
  if (!IsValidUtf8(vocab)) {
    return absl::DataLossError(absl::StrCat(vocab_name, " is not valid UTF-8"));
  }

  WordPieceSpec spec;
  absl::flat_hash_map<std::string, int32_t> ids;
  int32_t id = 0;
  for (absl::string_view line : absl::StrSplit(vocab, '\n')) {
    if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
    const bool last = line.data() + line.size() == vocab.data() + vocab.size();
    if (line.empty() && last) break;  // after the final line break
    spec.vocab.emplace_back(line, id);
    ids[std::string(line)] = id;
    ++id;
  }

  const JsonFields fields(config, config_name);
  BertNormalization& n = spec.normalization;
  FN_ASSIGN_OR_RETURN(n.lowercase, fields.Bool("do_lower_case", true));
  FN_ASSIGN_OR_RETURN(n.strip_accents, fields.Bool("strip_accents", n.lowercase));
  FN_ASSIGN_OR_RETURN(n.handle_chinese_chars, fields.Bool("tokenize_chinese_chars", true));
  FN_ASSIGN_OR_RETURN(const bool basic, fields.Bool("do_basic_tokenize", true));
  if (!basic || (fields.Has("never_split") && !config["never_split"].empty())) {
    return absl::UnimplementedError(absl::StrCat(
        config_name, ": \"do_basic_tokenize\": false and \"never_split\" are not supported"));
  }

  const std::pair<const char*, const char*> kSpecial[] = {{"cls_token", "[CLS]"},
                                                          {"sep_token", "[SEP]"},
                                                          {"pad_token", "[PAD]"},
                                                          {"unk_token", "[UNK]"},
                                                          {"mask_token", "[MASK]"}};
  int32_t* const kSlots[] = {&spec.special.cls, &spec.special.sep, &spec.special.pad,
                             &spec.special.unk, &spec.special.mask};
  for (size_t i = 0; i < std::size(kSpecial); ++i) {
    FN_ASSIGN_OR_RETURN(const std::string token,
                        SpecialToken(config, config_name, kSpecial[i].first, kSpecial[i].second));
    if (kSlots[i] == &spec.special.unk) spec.unk_token = token;
    const auto it = ids.find(token);
    if (it == ids.end()) continue;
    *kSlots[i] = it->second;
    spec.added_tokens.push_back({token, it->second});
  }
  if (spec.special.cls < 0 || spec.special.sep < 0) {
    return absl::DataLossError(
        absl::StrCat(vocab_name, " lacks the tokens that begin and end a text ([CLS] and [SEP])"));
  }
  spec.prefix_ids = {spec.special.cls};
  spec.suffix_ids = {spec.special.sep};
  spec.decoder = MakeWordPieceDecoder("##", true);
  return spec;
}

}  // namespace footnote::transformer
