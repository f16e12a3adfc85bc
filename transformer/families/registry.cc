#include "transformer/families/registry.h"

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "kernels/base/hash.h"
#include "kernels/base/status_macros.h"
#include "transformer/families/check_config.h"
#include "transformer/families/families.h"
#include "transformer/io/file.h"
#include "transformer/io/json.h"

namespace footnote::transformer {
namespace {

// A new family is a row here.
constexpr Family kFamilies[] = {
    {"bloom", "bloom", BloomFromConfig, BloomFromGguf},
    {"btlm", "", BtlmFromConfig, nullptr},
    {"gemma", "gemma", GemmaFromConfig, GemmaFromGguf},
    {"gemma2", "gemma2", Gemma2FromConfig, Gemma2FromGguf},
    {"gemma3_text", "gemma3", Gemma3FromConfig, Gemma3FromGguf},
    {"gpt2", "gpt2", Gpt2FromConfig, Gpt2FromGguf},
    {"gpt_neo", "", GptNeoFromConfig, nullptr},
    {"gpt_neox", "gptneox", GptNeoXFromConfig, GptNeoXFromGguf},
    {"gptj", "", GptJFromConfig, nullptr},
    {"llama", "llama", LlamaFromConfig, LlamaFromGguf},
    {"mistral", "", MistralFromConfig, nullptr},
    {"mt5", "", Mt5FromConfig, nullptr},
    {"opt", "", OptFromConfig, nullptr},
    {"phi", "phi2", PhiFromConfig, PhiFromGguf},
    {"phi-msft", "", PhiMsftFromConfig, nullptr},
    {"phi3", "phi3", Phi3FromConfig, Phi3FromGguf},
    {"qwen2", "qwen2", Qwen2FromConfig, Qwen2FromGguf},
    {"qwen3", "qwen3", Qwen3FromConfig, Qwen3FromGguf},
    {"t5", "", T5FromConfig, nullptr},
};

std::string KnownNames(absl::string_view Family::*field) {
  std::vector<absl::string_view> names;
  for (const Family& family : kFamilies) {
    if (!(family.*field).empty()) names.push_back(family.*field);
  }
  return absl::StrJoin(names, ", ");
}

absl::StatusOr<ModelDefinition> FromConfig(const std::string& dir, const WeightFile& weights) {
  const std::string path = absl::StrCat(dir, "/config.json");
  FN_ASSIGN_OR_RETURN(const nlohmann::json json, ReadJsonObject(path, kMaxConfigBytes));
  const ConfigReader config(json, path);
  FN_ASSIGN_OR_RETURN(const std::string type, config.String("model_type", ""));
  for (const Family& family : kFamilies) {
    if (family.name != type || family.from_config == nullptr) continue;
    FN_ASSIGN_OR_RETURN(ModelDefinition model, family.from_config(config, weights));
    model.config.family = type;
    model.fingerprint = kernels::HexHash128(json.dump());
    if (config.Has("architectures")) {
      FN_ASSIGN_OR_RETURN(const std::vector<std::string> names, config.Strings("architectures"));
      if (!names.empty()) model.config.architecture = names[0];
    }
    FN_RETURN_IF_ERROR(ReadTokenIds(config, dir, &model.config));
    FN_RETURN_IF_ERROR(CheckTransformerConfig(model.config, path));
    return model;
  }
  return absl::UnimplementedError(
      absl::StrCat(path, ": the model family \"", type,
                   "\" is not supported; supported: ", KnownNames(&Family::name)));
}

absl::StatusOr<ModelDefinition> FromGguf(const std::string& path, const GgufMetadata& metadata,
                                         const WeightFile& weights) {
  FN_ASSIGN_OR_RETURN(const std::string type, metadata.String("general.architecture"));
  for (const Family& family : kFamilies) {
    if (family.gguf_architecture != type || family.from_gguf == nullptr) continue;
    FN_ASSIGN_OR_RETURN(ModelDefinition model, family.from_gguf(metadata, weights));
    model.config.family = std::string(family.name);
    model.config.architecture = type;
    FN_RETURN_IF_ERROR(CheckTransformerConfig(model.config, path));
    return model;
  }
  return absl::UnimplementedError(
      absl::StrCat(path, ": the GGUF architecture \"", type,
                   "\" is not supported; supported: ", KnownNames(&Family::gguf_architecture)));
}

}  // namespace

absl::Span<const Family> Families() { return kFamilies; }

absl::StatusOr<ModelDefinition> DefineModel(const std::string& path, const WeightFile& weights) {
  if (weights.gguf() != nullptr) return FromGguf(path, *weights.gguf(), weights);
  return FromConfig(path, weights);
}

}  // namespace footnote::transformer
