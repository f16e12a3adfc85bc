// GPT-2 (Radford et al. 2019), also BioMedLM.

#include "transformer/families/gpt2.h"

#include "absl/strings/str_cat.h"
#include "kernels/base/status_macros.h"
#include "transformer/families/check_config.h"
#include "transformer/families/config_writer.h"
#include "transformer/families/families.h"
#include "transformer/families/gguf_keys.h"
#include "transformer/families/gguf_model.h"
#include "transformer/families/source_builder.h"

namespace footnote::transformer {

absl::Status ReadGpt2Config(const ConfigReader& config, int64_t context_length,
                            TransformerConfig* out) {
  FN_ASSIGN_OR_RETURN(out->vocab_size, config.Size("vocab_size"));
  FN_ASSIGN_OR_RETURN(out->hidden_size, config.Size("n_embd"));
  FN_ASSIGN_OR_RETURN(out->layers, config.Size("n_layer"));
  FN_ASSIGN_OR_RETURN(out->heads, config.Size("n_head"));
  FN_ASSIGN_OR_RETURN(out->context_length, config.Size("n_positions", context_length));
  FN_ASSIGN_OR_RETURN(out->intermediate_size, config.Size("n_inner", 4 * out->hidden_size));
  FN_ASSIGN_OR_RETURN(const double eps, config.Number("layer_norm_epsilon", 1e-5));
  out->norm = kernels::NormKind::kLayer;
  out->norm_eps = static_cast<float>(eps);
  FN_RETURN_IF_ERROR(SetEqualHeads(config, out));
  return SetAttention(config.path(), AttentionConfig(), out);
}

absl::StatusOr<ModelDefinition> Gpt2FromConfig(const ConfigReader& config,
                                               const WeightFile& weights) {
  ModelDefinition model;
  TransformerConfig& out = model.config;
  FN_RETURN_IF_ERROR(ReadGpt2Config(config, 1024, &out));
  FN_ASSIGN_OR_RETURN(out.activation, config.Activation("activation_function", "gelu_new"));
  out.position = PositionKind::kLearned;
  out.position_rows = out.context_length;
  FN_ASSIGN_OR_RETURN(out.tied_head, config.Bool("tie_word_embeddings", true));
  FN_ASSIGN_OR_RETURN(const bool scaled, config.Bool("scale_attn_weights", true));
  if (!scaled) out.attention_scale = 1;
  FN_ASSIGN_OR_RETURN(const bool by_layer, config.Bool("scale_attn_by_inverse_layer_idx", false));
  if (by_layer) return config.Unsupported("scale_attn_by_inverse_layer_idx", "is true");

  const std::string prefix = PrefixOf(weights, "transformer.", "wte.weight");
  const int64_t hidden = out.hidden_size, inner = out.intermediate_size;
  WeightSource& source = model.source;
  source.ignored = {".attn.bias", ".attn.masked_bias"};
  source.embedding = Linear(absl::StrCat(prefix, "wte"), out.vocab_size, hidden, false);
  source.positions = Linear(absl::StrCat(prefix, "wpe"), out.position_rows, hidden, false);
  source.final_norm = Norm(absl::StrCat(prefix, "ln_f"), hidden, true);
  if (out.tied_head) {
    source.ignored.push_back("lm_head.weight");
  } else {
    source.head = Linear("lm_head", out.vocab_size, hidden, false);
  }
  for (int64_t i = 0; i < out.layers; ++i) {
    const std::string layer = absl::StrCat(prefix, "h.", i, ".");
    LayerSource to;
    to.attention_norm = Norm(absl::StrCat(layer, "ln_1"), hidden, true);
    to.qkv = TransposedLinear(absl::StrCat(layer, "attn.c_attn"), 3 * hidden, hidden, true);
    to.attention_out = TransposedLinear(absl::StrCat(layer, "attn.c_proj"), hidden, hidden, true);
    to.mlp_norm = Norm(absl::StrCat(layer, "ln_2"), hidden, true);
    to.up = TransposedLinear(absl::StrCat(layer, "mlp.c_fc"), inner, hidden, true);
    to.down = TransposedLinear(absl::StrCat(layer, "mlp.c_proj"), hidden, inner, true);
    source.layers.push_back(std::move(to));
  }
  return model;
}

absl::StatusOr<ModelDefinition> Gpt2FromGguf(const GgufMetadata& metadata,
                                             const WeightFile& weights) {
  ModelDefinition model;
  TransformerConfig& out = model.config;
  FN_RETURN_IF_ERROR(ReadGgufConfig(GgufReader(metadata, "gpt2"), weights, &out));
  out.activation = kernels::Unary::kGeluTanh;
  out.position = PositionKind::kLearned;
  out.position_rows = out.context_length;
  out.rotary.clear();
  out.attention.assign(out.layers, AttentionConfig());
  model.source = GgufSource(out, weights);
  return model;
}

void Gpt2ToConfig(const ModelDefinition& model, nlohmann::ordered_json* out) {
  const TransformerConfig& config = model.config;
  (*out)["architectures"] = {"GPT2LMHeadModel"};
  (*out)["vocab_size"] = config.vocab_size;
  (*out)["n_embd"] = config.hidden_size;
  (*out)["n_layer"] = config.layers;
  (*out)["n_head"] = config.heads;
  (*out)["n_positions"] = config.context_length;
  (*out)["n_inner"] = config.intermediate_size;
  (*out)["layer_norm_epsilon"] = config.norm_eps;
  (*out)["activation_function"] = ActivationName(config.activation);
  (*out)["tie_word_embeddings"] = config.tied_head;
}

}  // namespace footnote::transformer
