#include "transformer/model/model_config.h"

#include <algorithm>
#include <cstdint>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "kernels/base/status_macros.h"
#include "nlohmann/json.hpp"
#include "transformer/io/file.h"
#include "transformer/io/json.h"

namespace footnote::transformer {
namespace {

using nlohmann::json;

constexpr uint64_t kMaxConfigBytes = uint64_t{16} << 20;
// Bounds against nonsense and overflow, far above any published encoder.
constexpr int64_t kMaxVocab = 10'000'000;
constexpr int64_t kMaxWidth = 65'536;
constexpr int64_t kMaxLayers = 1'000;
constexpr int64_t kMaxPositions = 1'048'576;

absl::StatusOr<Activation> ParseActivation(const std::string& name, const std::string& path) {
  if (name == "gelu") return Activation::kGelu;
  if (name == "gelu_new" || name == "gelu_pytorch_tanh" || name == "gelu_fast") {
    return Activation::kGeluTanh;
  }
  if (name == "relu") return Activation::kRelu;
  return absl::UnimplementedError(absl::StrCat(path, ": the activation \"", name,
                                               "\" is not supported; gelu, gelu_new and relu are"));
}

absl::StatusOr<int> Size(const JsonFields& fields, const char* key, int64_t high) {
  FN_ASSIGN_OR_RETURN(const int64_t value, fields.Int(key, 0, 1, high));
  return static_cast<int>(value);
}

absl::StatusOr<BertConfig> ParseBert(const json& config, const std::string& path) {
  const JsonFields fields(config, path);
  BertConfig bert;
  FN_ASSIGN_OR_RETURN(bert.vocab_size, Size(fields, "vocab_size", kMaxVocab));
  FN_ASSIGN_OR_RETURN(bert.hidden_size, Size(fields, "hidden_size", kMaxWidth));
  FN_ASSIGN_OR_RETURN(bert.num_hidden_layers, Size(fields, "num_hidden_layers", kMaxLayers));
  FN_ASSIGN_OR_RETURN(bert.num_attention_heads, Size(fields, "num_attention_heads", kMaxWidth));
  FN_ASSIGN_OR_RETURN(bert.intermediate_size, Size(fields, "intermediate_size", 4 * kMaxWidth));
  FN_ASSIGN_OR_RETURN(bert.max_position_embeddings,
                      Size(fields, "max_position_embeddings", kMaxPositions));
  FN_ASSIGN_OR_RETURN(const int64_t types, fields.Int("type_vocab_size", 2, 1, 1000));
  bert.type_vocab_size = static_cast<int>(types);
  if (bert.hidden_size % bert.num_attention_heads != 0) {
    return absl::InvalidArgumentError(absl::StrCat(path, ": \"hidden_size\" ", bert.hidden_size,
                                                   " is not a multiple of \"num_attention_heads\" ",
                                                   bert.num_attention_heads));
  }
  FN_ASSIGN_OR_RETURN(const double eps, fields.Number("layer_norm_eps", 1e-12));
  if (!(eps > 0 && eps < 1)) {
    return absl::InvalidArgumentError(
        absl::StrCat(path, ": \"layer_norm_eps\" must be above 0 and below 1"));
  }
  bert.layer_norm_eps = static_cast<float>(eps);
  FN_ASSIGN_OR_RETURN(const std::string activation, fields.String("hidden_act", "gelu"));
  FN_ASSIGN_OR_RETURN(bert.activation, ParseActivation(activation, path));
  FN_ASSIGN_OR_RETURN(const std::string positions,
                      fields.String("position_embedding_type", "absolute"));
  if (positions != "absolute") {
    return absl::UnimplementedError(absl::StrCat(path, ": the position embedding \"", positions,
                                                 "\" is not supported; \"absolute\" is"));
  }
  FN_ASSIGN_OR_RETURN(const bool decoder, fields.Bool("is_decoder", false));
  if (decoder) {
    return absl::UnimplementedError(absl::StrCat(path, ": a BERT decoder is not supported"));
  }
  return bert;
}

// The families: model_type in config.json, and what reads the rest of it. A new
// family is a row here.
struct Family {
  absl::string_view model_type;
  absl::Status (*parse)(const json& config, const std::string& path, ModelConfig* out);
};
constexpr Family kFamilies[] = {
    {"bert",
     [](const json& config, const std::string& path, ModelConfig* out) {
       FN_ASSIGN_OR_RETURN(out->bert, ParseBert(config, path));
       return absl::OkStatus();
     }},
};

absl::Status ParseFamily(const json& config, const std::string& path, ModelConfig* out) {
  FN_ASSIGN_OR_RETURN(out->family, JsonFields(config, path).String("model_type", ""));
  for (const Family& family : kFamilies) {
    if (family.model_type == out->family) return family.parse(config, path, out);
  }
  const std::string known = absl::StrJoin(
      kFamilies, ", ",
      [](std::string* s, const Family& family) { absl::StrAppend(s, family.model_type); });
  return absl::UnimplementedError(absl::StrCat(path, ": the model family \"", out->family,
                                               "\" is not supported; supported: ", known));
}

// sentence-transformers' pooling: booleans up to version 5, one name since.
absl::StatusOr<Pooling> ParsePooling(const json& config, const std::string& path) {
  const JsonFields fields(config, path);
  std::vector<std::string> modes;
  if (fields.Has("pooling_mode")) {
    FN_ASSIGN_OR_RETURN(const std::string mode, fields.String("pooling_mode", ""));
    modes.push_back(mode);
  } else {
    constexpr std::pair<const char*, const char*> kModes[] = {
        {"pooling_mode_cls_token", "cls"},
        {"pooling_mode_mean_tokens", "mean"},
        {"pooling_mode_max_tokens", "max"},
        {"pooling_mode_mean_sqrt_len_tokens", "mean_sqrt_len_tokens"},
        {"pooling_mode_weightedmean_tokens", "weightedmean"},
        {"pooling_mode_lasttoken", "lasttoken"}};
    for (const auto& [key, name] : kModes) {
      FN_ASSIGN_OR_RETURN(const bool on, fields.Bool(key, false));
      if (on) modes.push_back(name);
    }
  }
  if (modes.empty() || (modes.size() == 1 && modes[0] == "mean")) return Pooling::kMean;
  if (modes.size() == 1 && modes[0] == "cls") return Pooling::kCls;
  return absl::UnimplementedError(absl::StrCat(path, ": the pooling \"", absl::StrJoin(modes, "+"),
                                               "\" is not supported; mean and cls are"));
}

// What sentence-transformers appends to the encoder. Returns the pooling
// module's folder; an empty path where the folder has no modules.json.
absl::StatusOr<std::string> CheckModules(const std::string& dir) {
  const std::string path = absl::StrCat(dir, "/modules.json");
  if (!IsFile(path)) return std::string();
  FN_ASSIGN_OR_RETURN(const std::string text, ReadFile(path, kMaxConfigBytes));
  FN_ASSIGN_OR_RETURN(const json modules, ParseJson(text, path));
  if (!modules.is_array()) {
    return absl::InvalidArgumentError(absl::StrCat(path, " is not a list of modules"));
  }
  std::string pooling;
  for (const json& module : modules) {
    if (!module.is_object()) {
      return absl::InvalidArgumentError(absl::StrCat(path, ": a module is not an object"));
    }
    const JsonFields fields(module, path);
    FN_ASSIGN_OR_RETURN(const std::string type, fields.String("type", ""));
    FN_ASSIGN_OR_RETURN(const std::string module_path, fields.String("path", ""));
    const std::string kind = std::vector<std::string>(absl::StrSplit(type, '.')).back();
    if (kind == "Pooling") {
      pooling = module_path;
    } else if (kind != "Transformer" && kind != "Normalize") {
      return absl::UnimplementedError(
          absl::StrCat(path, ": the module \"", type,
                       "\" is not supported; Transformer, Pooling and Normalize are"));
    }
  }
  // A path out of the folder would read somebody else's file.
  if (pooling.find('/') != std::string::npos || pooling == "..") {
    return absl::InvalidArgumentError(
        absl::StrCat(path, ": the module path \"", pooling, "\" is not a folder of this model"));
  }
  return pooling;
}

// The longest input: the least of what the files say.
absl::Status ReadMaxSeqLength(const std::string& dir, ModelConfig* out) {
  int64_t length = out->bert.max_position_embeddings;
  const std::string st_path = absl::StrCat(dir, "/sentence_bert_config.json");
  const std::string tokenizer_path = absl::StrCat(dir, "/tokenizer_config.json");
  bool said = false;
  if (IsFile(st_path)) {
    FN_ASSIGN_OR_RETURN(const json config, ReadJsonObject(st_path, kMaxConfigBytes));
    const JsonFields fields(config, st_path);
    said = fields.Has("max_seq_length");
    // 3 leaves room for one token between [CLS] and [SEP].
    FN_ASSIGN_OR_RETURN(const int64_t wanted,
                        fields.Int("max_seq_length", length, 3, kMaxPositions));
    length = std::min(length, wanted);
    FN_ASSIGN_OR_RETURN(out->do_lower_case, fields.Bool("do_lower_case", false));
  }
  if (!said && IsFile(tokenizer_path)) {
    FN_ASSIGN_OR_RETURN(const json config, ReadJsonObject(tokenizer_path, kMaxConfigBytes));
    const JsonFields fields(config, tokenizer_path);
    // "No limit" is written as 1e30 there.
    FN_ASSIGN_OR_RETURN(const double wanted,
                        fields.Number("model_max_length", static_cast<double>(length)));
    if (wanted < 3) {
      return absl::InvalidArgumentError(
          absl::StrCat(tokenizer_path, ": \"model_max_length\" must be at least 3"));
    }
    if (wanted < static_cast<double>(length)) length = static_cast<int64_t>(wanted);
  }
  if (length < 3) {
    return absl::InvalidArgumentError(
        absl::StrCat(dir, "/config.json: \"max_position_embeddings\" must be at least 3"));
  }
  out->max_seq_length = static_cast<int>(length);
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<ModelConfig> LoadModelConfig(const std::string& model_dir) {
  if (!IsDirectory(model_dir)) {
    return absl::NotFoundError(absl::StrCat(model_dir, ": no such model folder"));
  }
  ModelConfig out;
  const std::string path = absl::StrCat(model_dir, "/config.json");
  FN_ASSIGN_OR_RETURN(const json config, ReadJsonObject(path, kMaxConfigBytes));
  FN_RETURN_IF_ERROR(ParseFamily(config, path, &out));
  FN_ASSIGN_OR_RETURN(std::string pooling_dir, CheckModules(model_dir));
  if (pooling_dir.empty()) pooling_dir = "1_Pooling";
  const std::string pooling_path = absl::StrCat(model_dir, "/", pooling_dir, "/config.json");
  if (IsFile(pooling_path)) {
    FN_ASSIGN_OR_RETURN(const json pooling, ReadJsonObject(pooling_path, kMaxConfigBytes));
    FN_ASSIGN_OR_RETURN(out.pooling, ParsePooling(pooling, pooling_path));
  }
  FN_RETURN_IF_ERROR(ReadMaxSeqLength(model_dir, &out));
  return out;
}

}  // namespace footnote::transformer
