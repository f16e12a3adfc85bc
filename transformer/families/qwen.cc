// Qwen2 and Qwen2.5 (https://arxiv.org/abs/2407.10671, https://arxiv.org/abs/2412.15115), Qwen3
// (https://arxiv.org/abs/2505.09388).

#include "kernels/base/status_macros.h"
#include "transformer/families/config_writer.h"
#include "transformer/families/families.h"
#include "transformer/families/gguf_keys.h"
#include "transformer/families/gguf_model.h"
#include "transformer/families/llama_like.h"
#include "transformer/families/source_builder.h"

namespace footnote::transformer {
namespace {

absl::Status ReadQwen(const ConfigReader& config, int64_t head_dim, TransformerConfig* out) {
  LlamaDefaults defaults;
  defaults.context_length = 32768;
  defaults.kv_heads = 32;
  defaults.head_dim = head_dim;
  FN_RETURN_IF_ERROR(ReadLlamaConfig(config, defaults, out));
  FN_ASSIGN_OR_RETURN(const RotaryConfig rotary,
                      ReadRotary(config, RotaryDefaults(), out->head_dim, out->context_length));
  out->rotary = {rotary};
  FN_ASSIGN_OR_RETURN(const bool windowed, config.Bool("use_sliding_window", false));
  if (!windowed || config.IsNull("sliding_window")) return absl::OkStatus();
  FN_ASSIGN_OR_RETURN(const int64_t window, config.Size("sliding_window", 4096));
  FN_ASSIGN_OR_RETURN(const int64_t first, config.Count("max_window_layers", 28));
  return ReadLayerWindows(
      config, window, [first](int64_t layer) { return layer >= first; }, out);
}

}  // namespace

absl::StatusOr<ModelDefinition> Qwen2FromConfig(const ConfigReader& config,
                                                const WeightFile& weights) {
  ModelDefinition model;
  FN_RETURN_IF_ERROR(ReadQwen(config, 0, &model.config));
  LlamaTensors tensors;
  tensors.qkv_bias = true;
  model.source =
      LlamaSource(model.config, tensors, PrefixOf(weights, "model.", "embed_tokens.weight"));
  return model;
}

absl::StatusOr<ModelDefinition> Qwen3FromConfig(const ConfigReader& config,
                                                const WeightFile& weights) {
  ModelDefinition model;
  FN_RETURN_IF_ERROR(ReadQwen(config, 128, &model.config));
  model.config.qk_norm = true;
  LlamaTensors tensors;
  FN_ASSIGN_OR_RETURN(tensors.qkv_bias, config.Bool("attention_bias", false));
  tensors.out_bias = tensors.qkv_bias;
  model.source =
      LlamaSource(model.config, tensors, PrefixOf(weights, "model.", "embed_tokens.weight"));
  return model;
}

absl::StatusOr<ModelDefinition> Qwen2FromGguf(const GgufMetadata& metadata,
                                              const WeightFile& weights) {
  ModelDefinition model;
  FN_RETURN_IF_ERROR(ReadGgufConfig(GgufReader(metadata, "qwen2"), weights, &model.config));
  model.config.gated = true;
  model.source = GgufSource(model.config, weights);
  return model;
}

absl::StatusOr<ModelDefinition> Qwen3FromGguf(const GgufMetadata& metadata,
                                              const WeightFile& weights) {
  ModelDefinition model;
  FN_RETURN_IF_ERROR(ReadGgufConfig(GgufReader(metadata, "qwen3"), weights, &model.config));
  model.config.gated = true;
  model.config.qk_norm = true;
  model.source = GgufSource(model.config, weights);
  return model;
}

void Qwen2ToConfig(const ModelDefinition& model, nlohmann::ordered_json* out) {
  (*out)["architectures"] = {"Qwen2ForCausalLM"};
  WriteLlamaConfig(model.config, out);
}

void Qwen3ToConfig(const ModelDefinition& model, nlohmann::ordered_json* out) {
  (*out)["architectures"] = {"Qwen3ForCausalLM"};
  WriteLlamaConfig(model.config, out);
  (*out)["attention_bias"] = !model.source.layers[0].qkv.bias.empty();
}

}  // namespace footnote::transformer
