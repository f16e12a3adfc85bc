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
    {"bloom", "bloom", BloomFromConfig, BloomFromGguf, BloomToConfig, WriteGgufConfig},
    {"btlm", "", BtlmFromConfig, nullptr, nullptr, nullptr},
    {"gemma", "gemma", GemmaFromConfig, GemmaFromGguf, GemmaToConfig, WriteGgufConfig},
    {"gemma2", "gemma2", Gemma2FromConfig, Gemma2FromGguf, Gemma2ToConfig, Gemma2ToGguf},
    {"gemma3_text", "gemma3", Gemma3FromConfig, Gemma3FromGguf, Gemma3ToConfig, Gemma3ToGguf},
    {"gpt2", "gpt2", Gpt2FromConfig, Gpt2FromGguf, Gpt2ToConfig, WriteGgufConfig},
    {"gpt_neo", "", GptNeoFromConfig, nullptr, nullptr, nullptr},
    {"gpt_neox", "gptneox", GptNeoXFromConfig, GptNeoXFromGguf, GptNeoXToConfig, GptNeoXToGguf},
    {"gptj", "", GptJFromConfig, nullptr, nullptr, nullptr},
    {"llama", "llama", LlamaFromConfig, LlamaFromGguf, LlamaToConfig, WriteGgufConfig},
    {"mistral", "llama", MistralFromConfig, nullptr, nullptr, WriteGgufConfig},
    {"mt5", "t5", Mt5FromConfig, nullptr, nullptr, T5ToGguf},
    {"opt", "", OptFromConfig, nullptr, nullptr, nullptr},
    {"phi", "phi2", PhiFromConfig, PhiFromGguf, PhiToConfig, WriteGgufConfig},
    {"phi-msft", "phi2", PhiMsftFromConfig, nullptr, nullptr, WriteGgufConfig},
    {"phi3", "phi3", Phi3FromConfig, Phi3FromGguf, Phi3ToConfig, Phi3ToGguf},
    {"qwen2", "qwen2", Qwen2FromConfig, Qwen2FromGguf, Qwen2ToConfig, WriteGgufConfig},
    {"qwen3", "qwen3", Qwen3FromConfig, Qwen3FromGguf, Qwen3ToConfig, WriteGgufConfig},
    {"t5", "t5", T5FromConfig, T5FromGguf, T5ToConfig, T5ToGguf},
};

std::string KnownNames() {
  return absl::StrJoin(kFamilies, ", ", [](std::string* out, const Family& family) {
    absl::StrAppend(out, family.name);
  });
}

std::string KnownArchitectures() {
  std::vector<absl::string_view> names;
  for (const Family& family : kFamilies) {
    if (family.from_gguf != nullptr) names.push_back(family.gguf_architecture);
  }
  return absl::StrJoin(names, ", ");
}

absl::StatusOr<ModelDefinition> FromConfig(const std::string& dir, const WeightFile& weights) {
  const std::string path = absl::StrCat(dir, "/config.json");
  FN_ASSIGN_OR_RETURN(const nlohmann::json json, ReadJsonObject(path, kMaxConfigBytes));
  const ConfigReader config(json, path);
  FN_ASSIGN_OR_RETURN(ModelDefinition model, DefineFromConfig(config, weights));
  model.fingerprint = kernels::HexHash128(json.dump());
  FN_RETURN_IF_ERROR(ReadTokenIds(config, dir, &model.config));
  return model;
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
                   "\" is not supported; supported: ", KnownArchitectures()));
}

}  // namespace

absl::Span<const Family> Families() { return kFamilies; }

absl::StatusOr<ModelDefinition> DefineFromConfig(const ConfigReader& config,
                                                 const WeightFile& weights) {
  FN_ASSIGN_OR_RETURN(const std::string type, config.String("model_type", ""));
  for (const Family& family : kFamilies) {
    if (family.name != type) continue;
    FN_ASSIGN_OR_RETURN(ModelDefinition model, family.from_config(config, weights));
    model.config.family = type;
    if (config.Has("architectures")) {
      FN_ASSIGN_OR_RETURN(const std::vector<std::string> names, config.Strings("architectures"));
      if (!names.empty()) model.config.architecture = names[0];
    }
    FN_RETURN_IF_ERROR(ReadTokenIds(config, &model.config));
    FN_RETURN_IF_ERROR(CheckTransformerConfig(model.config, config.path()));
    return model;
  }
  return absl::UnimplementedError(absl::StrCat(config.path(), ": the model family \"", type,
                                               "\" is not supported; supported: ", KnownNames()));
}

absl::StatusOr<ModelDefinition> DefineModel(const std::string& path, const WeightFile& weights) {
  if (weights.gguf() != nullptr) return FromGguf(path, *weights.gguf(), weights);
  return FromConfig(path, weights);
}

}  // namespace footnote::transformer
