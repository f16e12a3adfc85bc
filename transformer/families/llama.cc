// Llama 1, 2, 3 and Code Llama (Touvron et al. 2023,
// https://arxiv.org/abs/2302.13971; Grattafiori et al. 2024,
// https://arxiv.org/abs/2407.21783).

#include "kernels/base/status_macros.h"
#include "transformer/families/config_writer.h"
#include "transformer/families/families.h"
#include "transformer/families/gguf_keys.h"
#include "transformer/families/gguf_model.h"
#include "transformer/families/llama_like.h"
#include "transformer/families/source_builder.h"

namespace footnote::transformer {

absl::StatusOr<ModelDefinition> LlamaFromConfig(const ConfigReader& config,
                                                const WeightFile& weights) {
  ModelDefinition model;
  TransformerConfig& out = model.config;
  FN_RETURN_IF_ERROR(ReadLlamaConfig(config, LlamaDefaults(), &out));
  FN_ASSIGN_OR_RETURN(const RotaryConfig rotary,
                      ReadRotary(config, RotaryDefaults(), out.head_dim, out.context_length));
  out.rotary = {rotary};
  LlamaTensors tensors;
  FN_ASSIGN_OR_RETURN(tensors.qkv_bias, config.Bool("attention_bias", false));
  tensors.out_bias = tensors.qkv_bias;
  FN_ASSIGN_OR_RETURN(tensors.mlp_bias, config.Bool("mlp_bias", false));
  model.source = LlamaSource(out, tensors, PrefixOf(weights, "model.", "embed_tokens.weight"));
  return model;
}

// Mistral's files say "llama" too.
absl::StatusOr<ModelDefinition> LlamaFromGguf(const GgufMetadata& metadata,
                                              const WeightFile& weights) {
  ModelDefinition model;
  FN_RETURN_IF_ERROR(ReadGgufConfig(GgufReader(metadata, "llama"), weights, &model.config));
  model.config.gated = true;
  model.source = GgufSource(model.config, weights);
  UndoPairedRows(model.config, &model.source);
  return model;
}

void LlamaToConfig(const ModelDefinition& model, nlohmann::ordered_json* out) {
  (*out)["architectures"] = {"LlamaForCausalLM"};
  WriteLlamaConfig(model.config, out);
  (*out)["attention_bias"] = !model.source.layers[0].qkv.bias.empty();
  (*out)["mlp_bias"] = !model.source.layers[0].up.bias.empty();
}

}  // namespace footnote::transformer
