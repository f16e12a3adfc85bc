// Phi-3 (https://arxiv.org/abs/2404.14219): Llama's pattern with fused tensors and LongRoPE.

#include "kernels/base/status_macros.h"
#include "transformer/families/config_writer.h"
#include "transformer/families/families.h"
#include "transformer/families/gguf_keys.h"
#include "transformer/families/gguf_model.h"
#include "transformer/families/llama_like.h"
#include "transformer/families/source_builder.h"

namespace footnote::transformer {

absl::StatusOr<ModelDefinition> Phi3FromConfig(const ConfigReader& config,
                                               const WeightFile& weights) {
  ModelDefinition model;
  TransformerConfig& out = model.config;
  LlamaDefaults defaults;
  defaults.context_length = 4096;
  defaults.norm_eps = 1e-5;
  FN_RETURN_IF_ERROR(ReadLlamaConfig(config, defaults, &out));
  FN_ASSIGN_OR_RETURN(const RotaryConfig rotary,
                      ReadRotary(config, RotaryDefaults(), out.head_dim, out.context_length));
  out.rotary = {rotary};
  if (config.Has("sliding_window")) {
    FN_ASSIGN_OR_RETURN(const int64_t window, config.Size("sliding_window"));
    for (AttentionConfig& attention : out.attention) attention.window = window;
  }
  LlamaTensors tensors;
  tensors.fused_qkv = true;
  tensors.fused_gate_up = true;
  model.source = LlamaSource(out, tensors, PrefixOf(weights, "model.", "embed_tokens.weight"));
  return model;
}

absl::StatusOr<ModelDefinition> Phi3FromGguf(const GgufMetadata& metadata,
                                             const WeightFile& weights) {
  ModelDefinition model;
  TransformerConfig& out = model.config;
  const GgufReader reader(metadata, "phi3");
  FN_RETURN_IF_ERROR(ReadGgufConfig(reader, weights, &out));
  out.gated = true;
  if (reader.Has("attention.sliding_window")) {
    FN_ASSIGN_OR_RETURN(const int64_t window, reader.Size("attention.sliding_window"));
    for (AttentionConfig& attention : out.attention) attention.window = window;
  }
  model.source = GgufSource(out, weights);
  return model;
}

void Phi3ToConfig(const ModelDefinition& model, nlohmann::ordered_json* out) {
  (*out)["architectures"] = {"Phi3ForCausalLM"};
  WriteLlamaConfig(model.config, out);
  const int64_t window = LargestWindow(model.config);
  (*out)["sliding_window"] = nullptr;
  if (window > 0) (*out)["sliding_window"] = window;
}

void Phi3ToGguf(const TransformerConfig& config, GgufKeys* keys) {
  WriteGgufConfig(config, keys);
  const int64_t window = LargestWindow(config);
  if (window > 0) keys->Size("attention.sliding_window", window);
}

}  // namespace footnote::transformer
