// BTLM (Dey et al. 2023, https://arxiv.org/abs/2309.11568): GPT-2's layout with ALiBi, a gated
// feed-forward and the scales of the maximal update parametrisation.

#include "absl/strings/str_cat.h"
#include "kernels/base/status_macros.h"
#include "transformer/families/families.h"
#include "transformer/families/gpt2.h"
#include "transformer/families/source_builder.h"

namespace footnote::transformer {

absl::StatusOr<ModelDefinition> BtlmFromConfig(const ConfigReader& config,
                                               const WeightFile& weights) {
  ModelDefinition model;
  TransformerConfig& out = model.config;
  FN_RETURN_IF_ERROR(ReadGpt2Config(config, 2048, &out));
  FN_ASSIGN_OR_RETURN(const std::string activation,
                      config.String("activation_function", "gelu_new"));
  out.gated = activation == "swiglu";
  if (!out.gated) {
    FN_ASSIGN_OR_RETURN(out.activation, config.Activation("activation_function", "gelu_new"));
  }
  FN_ASSIGN_OR_RETURN(const std::string position,
                      config.String("position_embedding_type", "learned"));
  if (position != "alibi") {
    return config.Unsupported("position_embedding_type",
                              absl::StrCat("is \"", position, "\"; supported: alibi"));
  }
  out.position = PositionKind::kAlibi;
  FN_ASSIGN_OR_RETURN(out.tied_head, config.Bool("tie_word_embeddings", true));
  if (config.Has("alibi_scaling")) return config.Unsupported("alibi_scaling", "is set");
  FN_ASSIGN_OR_RETURN(const bool by_d, config.Bool("mup_scale_qk_dot_by_d", false));
  if (by_d) out.attention_scale = 1.f / static_cast<float>(out.head_dim);
  FN_ASSIGN_OR_RETURN(const double embeddings, config.Number("mup_embeddings_scale", 1));
  FN_ASSIGN_OR_RETURN(const double alpha, config.Number("mup_output_alpha", 1));
  FN_ASSIGN_OR_RETURN(const double width, config.Number("mup_width_scale", 1));
  out.embedding_scale = static_cast<float>(embeddings);
  out.logit_scale = static_cast<float>(alpha * width);

  const std::string prefix = PrefixOf(weights, "transformer.", "wte.weight");
  const int64_t hidden = out.hidden_size, inner = out.intermediate_size;
  WeightSource& source = model.source;
  source.ignored = {".attn.bias", ".attn.masked_bias", "relative_pe.slopes"};
  source.embedding = Linear(absl::StrCat(prefix, "wte"), out.vocab_size, hidden, false);
  source.final_norm = Norm(absl::StrCat(prefix, "ln_f"), hidden, true);
  if (out.tied_head) {
    source.ignored.push_back("lm_head.weight");
  } else {
    source.head = Linear("lm_head", out.vocab_size, hidden, false);
  }
  for (int64_t i = 0; i < out.layers; ++i) {
    const std::string layer = absl::StrCat(prefix, "h.", i, ".");
    const std::string mlp = absl::StrCat(layer, "mlp.");
    LayerSource to;
    to.attention_norm = Norm(absl::StrCat(layer, "ln_1"), hidden, true);
    to.qkv = TransposedLinear(absl::StrCat(layer, "attn.c_attn"), 3 * hidden, hidden, true);
    to.attention_out = TransposedLinear(absl::StrCat(layer, "attn.c_proj"), hidden, hidden, true);
    to.mlp_norm = Norm(absl::StrCat(layer, "ln_2"), hidden, true);
    to.up = TransposedLinear(absl::StrCat(mlp, "c_fc"), inner, hidden, true);
    if (out.gated) {  // c_fc(x) * silu(c_fc2(x))
      to.up = Stack({TransposedLinear(absl::StrCat(mlp, "c_fc2"), inner, hidden, true), to.up});
    }
    to.down = TransposedLinear(absl::StrCat(mlp, "c_proj"), hidden, inner, true);
    source.layers.push_back(std::move(to));
  }
  return model;
}

}  // namespace footnote::transformer
