// Phi-1, 1.5 and 2 (https://arxiv.org/abs/2306.11644, https://arxiv.org/abs/2309.05463): one norm
// for attention and feed-forward, which are added together; part of each head is rotated.

#include "absl/strings/str_cat.h"
#include "kernels/base/status_macros.h"
#include "transformer/families/check_config.h"
#include "transformer/families/config_writer.h"
#include "transformer/families/families.h"
#include "transformer/families/gguf_keys.h"
#include "transformer/families/gguf_model.h"
#include "transformer/families/source_builder.h"

namespace footnote::transformer {
namespace {

void SetPhi(TransformerConfig* out) {
  out->norm = kernels::NormKind::kLayer;
  out->parallel_residual = true;
  out->shared_parallel_norm = true;
  out->position = PositionKind::kRotary;
}

}  // namespace

absl::StatusOr<ModelDefinition> PhiFromConfig(const ConfigReader& config,
                                              const WeightFile& weights) {
  ModelDefinition model;
  TransformerConfig& out = model.config;
  FN_ASSIGN_OR_RETURN(out.vocab_size, config.Size("vocab_size"));
  FN_ASSIGN_OR_RETURN(out.hidden_size, config.Size("hidden_size"));
  FN_ASSIGN_OR_RETURN(out.layers, config.Size("num_hidden_layers"));
  FN_ASSIGN_OR_RETURN(out.heads, config.Size("num_attention_heads"));
  FN_ASSIGN_OR_RETURN(out.intermediate_size, config.Size("intermediate_size"));
  FN_ASSIGN_OR_RETURN(out.context_length, config.Size("max_position_embeddings", 2048));
  FN_ASSIGN_OR_RETURN(const double eps, config.Number("layer_norm_eps", 1e-5));
  out.norm_eps = static_cast<float>(eps);
  FN_ASSIGN_OR_RETURN(out.activation, config.Activation("hidden_act", "gelu_new"));
  FN_ASSIGN_OR_RETURN(out.tied_head, config.Bool("tie_word_embeddings", false));
  FN_ASSIGN_OR_RETURN(const bool qk_norm, config.Bool("qk_layernorm", false));
  if (qk_norm) return config.Unsupported("qk_layernorm", "is true; no published Phi has it");
  if (out.tied_head)
    return config.Unsupported("tie_word_embeddings", "is true; Phi's head has a bias");
  FN_RETURN_IF_ERROR(SetEqualHeads(config, &out));
  FN_ASSIGN_OR_RETURN(out.kv_heads, config.Size("num_key_value_heads", out.heads));
  SetPhi(&out);
  FN_RETURN_IF_ERROR(SetAttention(config.path(), AttentionConfig{0, 0}, &out));
  RotaryDefaults rotary;
  rotary.partial = 0.5;
  FN_ASSIGN_OR_RETURN(const RotaryConfig read,
                      ReadRotary(config, rotary, out.head_dim, out.context_length));
  out.rotary = {read};

  const std::string prefix = PrefixOf(weights, "model.", "embed_tokens.weight");
  const int64_t hidden = out.hidden_size, inner = out.intermediate_size;
  const int64_t q = QueryWidth(out), kv = KeyWidth(out);
  WeightSource& source = model.source;
  source.ignored = {".rotary_emb.inv_freq"};
  source.embedding = Linear(absl::StrCat(prefix, "embed_tokens"), out.vocab_size, hidden, false);
  source.final_norm = Norm(absl::StrCat(prefix, "final_layernorm"), hidden, true);
  source.head = Linear("lm_head", out.vocab_size, hidden, true);
  for (int64_t i = 0; i < out.layers; ++i) {
    const std::string layer = absl::StrCat(prefix, "layers.", i, ".");
    const std::string attention = absl::StrCat(layer, "self_attn.");
    LayerSource to;
    to.attention_norm = Norm(absl::StrCat(layer, "input_layernorm"), hidden, true);
    to.qkv = Stack({Linear(absl::StrCat(attention, "q_proj"), q, hidden, true),
                    Linear(absl::StrCat(attention, "k_proj"), kv, hidden, true),
                    Linear(absl::StrCat(attention, "v_proj"), kv, hidden, true)});
    to.attention_out = Linear(absl::StrCat(attention, "dense"), hidden, q, true);
    to.up = Linear(absl::StrCat(layer, "mlp.fc1"), inner, hidden, true);
    to.down = Linear(absl::StrCat(layer, "mlp.fc2"), hidden, inner, true);
    source.layers.push_back(std::move(to));
  }
  return model;
}

// Files from before transformers had Phi: the same model with the names of its
// first code, and one tensor for queries, keys and values.
absl::StatusOr<ModelDefinition> PhiMsftFromConfig(const ConfigReader& config,
                                                  const WeightFile& /*weights*/) {
  ModelDefinition model;
  TransformerConfig& out = model.config;
  FN_ASSIGN_OR_RETURN(out.vocab_size, config.Size("vocab_size"));
  FN_ASSIGN_OR_RETURN(out.hidden_size, config.Size("n_embd"));
  FN_ASSIGN_OR_RETURN(out.layers, config.Size("n_layer"));
  FN_ASSIGN_OR_RETURN(out.heads, config.Size("n_head"));
  FN_ASSIGN_OR_RETURN(out.intermediate_size, config.Size("n_inner", 4 * out.hidden_size));
  FN_ASSIGN_OR_RETURN(out.context_length, config.Size("n_positions", 2048));
  FN_ASSIGN_OR_RETURN(const double eps, config.Number("layer_norm_epsilon", 1e-5));
  out.norm_eps = static_cast<float>(eps);
  FN_ASSIGN_OR_RETURN(out.activation, config.Activation("activation_function", "gelu_new"));
  FN_RETURN_IF_ERROR(SetEqualHeads(config, &out));
  FN_ASSIGN_OR_RETURN(out.kv_heads, config.Size("n_head_kv", out.heads));
  SetPhi(&out);
  FN_RETURN_IF_ERROR(SetAttention(config.path(), AttentionConfig{0, 0}, &out));
  RotaryConfig rotary;
  FN_ASSIGN_OR_RETURN(rotary.dims, config.Size("rotary_dim", 32));
  out.rotary = {rotary};

  const int64_t hidden = out.hidden_size, inner = out.intermediate_size;
  WeightSource& source = model.source;
  source.ignored = {".rotary_emb.inv_freq"};
  source.embedding = Linear("transformer.embd.wte", out.vocab_size, hidden, false);
  source.final_norm = Norm("lm_head.ln", hidden, true);
  source.head = Linear("lm_head.linear", out.vocab_size, hidden, true);
  for (int64_t i = 0; i < out.layers; ++i) {
    const std::string layer = absl::StrCat("transformer.h.", i, ".");
    LayerSource to;
    to.attention_norm = Norm(absl::StrCat(layer, "ln"), hidden, true);
    to.qkv = Linear(absl::StrCat(layer, "mixer.Wqkv"), QueryWidth(out) + 2 * KeyWidth(out), hidden,
                    true);
    to.attention_out = Linear(absl::StrCat(layer, "mixer.out_proj"), hidden, QueryWidth(out), true);
    to.up = Linear(absl::StrCat(layer, "mlp.fc1"), inner, hidden, true);
    to.down = Linear(absl::StrCat(layer, "mlp.fc2"), hidden, inner, true);
    source.layers.push_back(std::move(to));
  }
  return model;
}

absl::StatusOr<ModelDefinition> PhiFromGguf(const GgufMetadata& metadata,
                                            const WeightFile& weights) {
  ModelDefinition model;
  FN_RETURN_IF_ERROR(ReadGgufConfig(GgufReader(metadata, "phi2"), weights, &model.config));
  SetPhi(&model.config);
  model.config.activation = kernels::Unary::kGeluTanh;
  model.source = GgufSource(model.config, weights);
  return model;
}

void PhiToConfig(const ModelDefinition& model, nlohmann::ordered_json* out) {
  const TransformerConfig& config = model.config;
  (*out)["architectures"] = {"PhiForCausalLM"};
  WriteCommonConfig(config, out);
  (*out)["num_key_value_heads"] = config.kv_heads;
  (*out)["layer_norm_eps"] = config.norm_eps;
  (*out)["partial_rotary_factor"] =
      static_cast<double>(config.rotary[0].dims) / static_cast<double>(config.head_dim);
  WriteRotary(config.rotary[0], "rope_theta", out);
}

}  // namespace footnote::transformer
