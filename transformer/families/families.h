#ifndef FOOTNOTE_TRANSFORMER_FAMILIES_FAMILIES_H_
#define FOOTNOTE_TRANSFORMER_FAMILIES_FAMILIES_H_

#include "absl/status/statusor.h"
#include "transformer/families/config_reader.h"
#include "transformer/families/definition.h"
#include "transformer/families/gguf_keys.h"
#include "transformer/weights/gguf.h"
#include "transformer/weights/weight_file.h"

namespace footnote::transformer {

// One function per family and kind of file, each in its family's source; the
// registry has a row for each family.

absl::StatusOr<ModelDefinition> BloomFromConfig(const ConfigReader& config,
                                                const WeightFile& weights);
absl::StatusOr<ModelDefinition> BtlmFromConfig(const ConfigReader& config,
                                               const WeightFile& weights);
absl::StatusOr<ModelDefinition> GemmaFromConfig(const ConfigReader& config,
                                                const WeightFile& weights);
absl::StatusOr<ModelDefinition> Gemma2FromConfig(const ConfigReader& config,
                                                 const WeightFile& weights);
absl::StatusOr<ModelDefinition> Gemma3FromConfig(const ConfigReader& config,
                                                 const WeightFile& weights);
absl::StatusOr<ModelDefinition> Gpt2FromConfig(const ConfigReader& config,
                                               const WeightFile& weights);
absl::StatusOr<ModelDefinition> GptJFromConfig(const ConfigReader& config,
                                               const WeightFile& weights);
absl::StatusOr<ModelDefinition> GptNeoFromConfig(const ConfigReader& config,
                                                 const WeightFile& weights);
absl::StatusOr<ModelDefinition> GptNeoXFromConfig(const ConfigReader& config,
                                                  const WeightFile& weights);
absl::StatusOr<ModelDefinition> LlamaFromConfig(const ConfigReader& config,
                                                const WeightFile& weights);
absl::StatusOr<ModelDefinition> MistralFromConfig(const ConfigReader& config,
                                                  const WeightFile& weights);
absl::StatusOr<ModelDefinition> OptFromConfig(const ConfigReader& config,
                                              const WeightFile& weights);
absl::StatusOr<ModelDefinition> PhiFromConfig(const ConfigReader& config,
                                              const WeightFile& weights);
absl::StatusOr<ModelDefinition> Phi3FromConfig(const ConfigReader& config,
                                               const WeightFile& weights);
absl::StatusOr<ModelDefinition> PhiMsftFromConfig(const ConfigReader& config,
                                                  const WeightFile& weights);
absl::StatusOr<ModelDefinition> Qwen2FromConfig(const ConfigReader& config,
                                                const WeightFile& weights);
absl::StatusOr<ModelDefinition> Qwen3FromConfig(const ConfigReader& config,
                                                const WeightFile& weights);
absl::StatusOr<ModelDefinition> Mt5FromConfig(const ConfigReader& config,
                                              const WeightFile& weights);
absl::StatusOr<ModelDefinition> T5FromConfig(const ConfigReader& config, const WeightFile& weights);
absl::StatusOr<ModelDefinition> BloomFromGguf(const GgufMetadata& metadata,
                                              const WeightFile& weights);
absl::StatusOr<ModelDefinition> GemmaFromGguf(const GgufMetadata& metadata,
                                              const WeightFile& weights);
absl::StatusOr<ModelDefinition> Gemma2FromGguf(const GgufMetadata& metadata,
                                               const WeightFile& weights);
absl::StatusOr<ModelDefinition> Gemma3FromGguf(const GgufMetadata& metadata,
                                               const WeightFile& weights);
absl::StatusOr<ModelDefinition> Gpt2FromGguf(const GgufMetadata& metadata,
                                             const WeightFile& weights);
absl::StatusOr<ModelDefinition> GptNeoXFromGguf(const GgufMetadata& metadata,
                                                const WeightFile& weights);
absl::StatusOr<ModelDefinition> LlamaFromGguf(const GgufMetadata& metadata,
                                              const WeightFile& weights);
absl::StatusOr<ModelDefinition> PhiFromGguf(const GgufMetadata& metadata,
                                            const WeightFile& weights);
absl::StatusOr<ModelDefinition> Phi3FromGguf(const GgufMetadata& metadata,
                                             const WeightFile& weights);
absl::StatusOr<ModelDefinition> Qwen2FromGguf(const GgufMetadata& metadata,
                                              const WeightFile& weights);
absl::StatusOr<ModelDefinition> Qwen3FromGguf(const GgufMetadata& metadata,
                                              const WeightFile& weights);
absl::StatusOr<ModelDefinition> T5FromGguf(const GgufMetadata& metadata, const WeightFile& weights);

// And the other way: what the functions above read. A family without ToGguf has
// no keys beyond WriteGgufConfig's.
void BloomToConfig(const ModelDefinition& model, nlohmann::ordered_json* out);
void GemmaToConfig(const ModelDefinition& model, nlohmann::ordered_json* out);
void Gemma2ToConfig(const ModelDefinition& model, nlohmann::ordered_json* out);
void Gemma3ToConfig(const ModelDefinition& model, nlohmann::ordered_json* out);
void Gpt2ToConfig(const ModelDefinition& model, nlohmann::ordered_json* out);
void GptNeoXToConfig(const ModelDefinition& model, nlohmann::ordered_json* out);
void LlamaToConfig(const ModelDefinition& model, nlohmann::ordered_json* out);
void PhiToConfig(const ModelDefinition& model, nlohmann::ordered_json* out);
void Phi3ToConfig(const ModelDefinition& model, nlohmann::ordered_json* out);
void Qwen2ToConfig(const ModelDefinition& model, nlohmann::ordered_json* out);
void Qwen3ToConfig(const ModelDefinition& model, nlohmann::ordered_json* out);
void T5ToConfig(const ModelDefinition& model, nlohmann::ordered_json* out);
void Gemma2ToGguf(const TransformerConfig& config, GgufKeys* keys);
void Gemma3ToGguf(const TransformerConfig& config, GgufKeys* keys);
void GptNeoXToGguf(const TransformerConfig& config, GgufKeys* keys);
void Phi3ToGguf(const TransformerConfig& config, GgufKeys* keys);
void T5ToGguf(const TransformerConfig& config, GgufKeys* keys);

}  // namespace footnote::transformer

#endif  // FOOTNOTE_TRANSFORMER_FAMILIES_FAMILIES_H_
