#include "absl/strings/str_cat.h"
#include "kernels/base/status_macros.h"
#include "transformer/families/config_reader.h"
#include "transformer/io/file.h"
#include "transformer/io/json.h"

namespace footnote::transformer {
namespace {

using nlohmann::json;

// An id below the vocabulary's size; some files have -1 for "none".
absl::StatusOr<int32_t> ReadId(const ConfigReader& config, absl::string_view key, const json& value,
                               int64_t vocab_size) {
  if (!value.is_number_integer() || value.get<int64_t>() < -1 ||
      value.get<int64_t>() >= vocab_size) {
    return config.Wrong(key, absl::StrCat("must be a token id below ", vocab_size));
  }
  return static_cast<int32_t>(value.get<int64_t>());
}

absl::Status ReadOne(const ConfigReader& config, absl::string_view key, int64_t vocab_size,
                     int32_t* out) {
  const json* value = config.Find(key);
  if (value == nullptr) return absl::OkStatus();
  FN_ASSIGN_OR_RETURN(*out, ReadId(config, key, *value, vocab_size));
  return absl::OkStatus();
}

}  // namespace

absl::Status ReadTokenIds(const ConfigReader& config, TransformerConfig* out) {
  const int64_t vocab = out->vocab_size;
  FN_RETURN_IF_ERROR(ReadOne(config, "bos_token_id", vocab, &out->bos_token));
  FN_RETURN_IF_ERROR(ReadOne(config, "pad_token_id", vocab, &out->pad_token));
  FN_RETURN_IF_ERROR(ReadOne(config, "decoder_start_token_id", vocab, &out->decoder_start_token));
  const json* eos = config.Find("eos_token_id");
  if (eos == nullptr) return absl::OkStatus();
  out->eos_tokens.clear();
  const json list = eos->is_array() ? *eos : json::array({*eos});
  for (const json& value : list) {
    FN_ASSIGN_OR_RETURN(const int32_t id, ReadId(config, "eos_token_id", value, vocab));
    if (id >= 0) out->eos_tokens.push_back(id);
  }
  return absl::OkStatus();
}

absl::Status ReadTokenIds(const ConfigReader& config, const std::string& dir,
                          TransformerConfig* out) {
  FN_RETURN_IF_ERROR(ReadTokenIds(config, out));
  const std::string path = absl::StrCat(dir, "/generation_config.json");
  if (!IsFile(path)) return absl::OkStatus();
  FN_ASSIGN_OR_RETURN(const json generation, ReadJsonObject(path, kMaxConfigBytes));
  return ReadTokenIds(ConfigReader(generation, path), out);
}

}  // namespace footnote::transformer
