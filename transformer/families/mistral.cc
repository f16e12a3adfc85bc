// Mistral (Jiang et al. 2023, https://arxiv.org/abs/2310.06825).

#include "kernels/base/status_macros.h"
#include "transformer/families/families.h"
#include "transformer/families/llama_like.h"
#include "transformer/families/source_builder.h"

namespace footnote::transformer {

absl::StatusOr<ModelDefinition> MistralFromConfig(const ConfigReader& config,
                                                  const WeightFile& weights) {
  ModelDefinition model;
  TransformerConfig& out = model.config;
  LlamaDefaults defaults;
  defaults.context_length = 4096 * 32;
  defaults.kv_heads = 8;
  FN_RETURN_IF_ERROR(ReadLlamaConfig(config, defaults, &out));
  FN_ASSIGN_OR_RETURN(const RotaryConfig rotary,
                      ReadRotary(config, RotaryDefaults(), out.head_dim, out.context_length));
  out.rotary = {rotary};
  if (!config.IsNull("sliding_window")) {
    FN_ASSIGN_OR_RETURN(const int64_t window, config.Size("sliding_window", 4096));
    for (AttentionConfig& attention : out.attention) attention.window = window;
  }
  model.source =
      LlamaSource(out, LlamaTensors(), PrefixOf(weights, "model.", "embed_tokens.weight"));
  return model;
}

}  // namespace footnote::transformer
