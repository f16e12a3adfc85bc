// BLOOM (Le Scao et al. 2022, https://arxiv.org/abs/2211.05100).

#include "absl/strings/str_cat.h"
#include "kernels/base/status_macros.h"
#include "transformer/families/check_config.h"
#include "transformer/families/config_writer.h"
#include "transformer/families/families.h"
#include "transformer/families/gguf_keys.h"
#include "transformer/families/gguf_model.h"
#include "transformer/families/source_builder.h"

namespace footnote::transformer {

absl::StatusOr<ModelDefinition> BloomFromConfig(const ConfigReader& config,
                                                const WeightFile& weights) {
  ModelDefinition model;
  TransformerConfig& out = model.config;
  const auto either = [&config](const char* key, const char* older) {
    return config.Size(config.Has(key) ? key : older);
  };
  FN_ASSIGN_OR_RETURN(out.vocab_size, config.Size("vocab_size"));
  FN_ASSIGN_OR_RETURN(out.hidden_size, either("hidden_size", "n_embed"));
  FN_ASSIGN_OR_RETURN(out.layers, either("n_layer", "num_hidden_layers"));
  FN_ASSIGN_OR_RETURN(out.heads, either("n_head", "num_attention_heads"));
  // ALiBi has no bound of its own; this is what it was trained with.
  FN_ASSIGN_OR_RETURN(out.context_length, config.Size("seq_length", 2048));
  out.intermediate_size = 4 * out.hidden_size;
  out.activation = kernels::Unary::kGeluTanh;
  FN_ASSIGN_OR_RETURN(const double eps, config.Number("layer_norm_epsilon", 1e-5));
  out.norm = kernels::NormKind::kLayer;
  out.norm_eps = static_cast<float>(eps);
  out.position = PositionKind::kAlibi;
  out.embedding_norm = true;
  FN_RETURN_IF_ERROR(SetEqualHeads(config, &out));
  FN_RETURN_IF_ERROR(SetAttention(config.path(), AttentionConfig(), &out));
  FN_ASSIGN_OR_RETURN(out.tied_head, config.Bool("tie_word_embeddings", true));
  constexpr char kNormedResidual[] = "apply_residual_connection_post_layernorm";
  FN_ASSIGN_OR_RETURN(const bool normed_residual, config.Bool(kNormedResidual, false));
  if (normed_residual) return config.Unsupported(kNormedResidual, "is true");

  const std::string prefix = PrefixOf(weights, "transformer.", "word_embeddings.weight");
  const int64_t hidden = out.hidden_size, inner = out.intermediate_size;
  WeightSource& source = model.source;
  source.embedding = Linear(absl::StrCat(prefix, "word_embeddings"), out.vocab_size, hidden, false);
  source.embedding_norm = Norm(absl::StrCat(prefix, "word_embeddings_layernorm"), hidden, true);
  source.final_norm = Norm(absl::StrCat(prefix, "ln_f"), hidden, true);
  if (out.tied_head) {
    source.ignored.push_back("lm_head.weight");
  } else {
    source.head = Linear("lm_head", out.vocab_size, hidden, false);
  }
  const RowOrder order = PerHeadQkvOrder(out.heads, out.head_dim);
  for (int64_t i = 0; i < out.layers; ++i) {
    const std::string layer = absl::StrCat(prefix, "h.", i, ".");
    const std::string attention = absl::StrCat(layer, "self_attention.");
    LayerSource to;
    to.attention_norm = Norm(absl::StrCat(layer, "input_layernorm"), hidden, true);
    to.qkv = Linear(absl::StrCat(attention, "query_key_value"), 3 * hidden, hidden, true);
    Reorder(order, &to.qkv);
    to.attention_out = Linear(absl::StrCat(attention, "dense"), hidden, hidden, true);
    to.mlp_norm = Norm(absl::StrCat(layer, "post_attention_layernorm"), hidden, true);
    to.up = Linear(absl::StrCat(layer, "mlp.dense_h_to_4h"), inner, hidden, true);
    to.down = Linear(absl::StrCat(layer, "mlp.dense_4h_to_h"), hidden, inner, true);
    source.layers.push_back(std::move(to));
  }
  return model;
}

// The converter has put all queries before all keys and values.
absl::StatusOr<ModelDefinition> BloomFromGguf(const GgufMetadata& metadata,
                                              const WeightFile& weights) {
  ModelDefinition model;
  TransformerConfig& out = model.config;
  FN_RETURN_IF_ERROR(ReadGgufConfig(GgufReader(metadata, "bloom"), weights, &out));
  out.activation = kernels::Unary::kGeluTanh;
  out.embedding_norm = true;
  out.position = PositionKind::kAlibi;
  out.rotary.clear();
  out.attention.assign(out.layers, AttentionConfig());
  model.source = GgufSource(out, weights);
  return model;
}

void BloomToConfig(const ModelDefinition& model, nlohmann::ordered_json* out) {
  const TransformerConfig& config = model.config;
  (*out)["architectures"] = {"BloomForCausalLM"};
  (*out)["vocab_size"] = config.vocab_size;
  (*out)["hidden_size"] = config.hidden_size;
  (*out)["n_layer"] = config.layers;
  (*out)["n_head"] = config.heads;
  (*out)["seq_length"] = config.context_length;
  (*out)["layer_norm_epsilon"] = config.norm_eps;
  (*out)["tie_word_embeddings"] = config.tied_head;
}

}  // namespace footnote::transformer
