#include "transformer/families/llama_like.h"

#include <cmath>

#include "absl/strings/str_cat.h"
#include "kernels/base/status_macros.h"
#include "transformer/families/check_config.h"
#include "transformer/families/config_writer.h"
#include "transformer/families/source_builder.h"

namespace footnote::transformer {

absl::Status ReadLlamaConfig(const ConfigReader& config, const LlamaDefaults& defaults,
                             TransformerConfig* out) {
  FN_ASSIGN_OR_RETURN(out->vocab_size, config.Size("vocab_size"));
  FN_ASSIGN_OR_RETURN(out->hidden_size, config.Size("hidden_size"));
  FN_ASSIGN_OR_RETURN(out->layers, config.Size("num_hidden_layers"));
  FN_ASSIGN_OR_RETURN(out->heads, config.Size("num_attention_heads"));
  const int64_t kv_heads = defaults.kv_heads > 0 ? defaults.kv_heads : out->heads;
  FN_ASSIGN_OR_RETURN(out->kv_heads, config.Size("num_key_value_heads", kv_heads));
  FN_ASSIGN_OR_RETURN(out->intermediate_size, config.Size("intermediate_size"));
  FN_ASSIGN_OR_RETURN(out->context_length,
                      config.Size("max_position_embeddings", defaults.context_length));
  int64_t head_dim = defaults.head_dim;
  if (head_dim == 0 && !config.Has("head_dim")) {
    if (out->hidden_size % out->heads != 0) {
      return config.Wrong("hidden_size", absl::StrCat(out->hidden_size, " is not a multiple of ",
                                                      "\"num_attention_heads\" ", out->heads));
    }
    head_dim = out->hidden_size / out->heads;
  }
  FN_ASSIGN_OR_RETURN(out->head_dim, config.Size("head_dim", head_dim));
  FN_ASSIGN_OR_RETURN(const double eps, config.Number("rms_norm_eps", defaults.norm_eps));
  out->norm = kernels::NormKind::kRms;
  out->norm_eps = static_cast<float>(eps);
  FN_ASSIGN_OR_RETURN(out->activation,
                      config.Activation(defaults.activation_key, defaults.activation));
  out->gated = true;
  FN_ASSIGN_OR_RETURN(out->tied_head, config.Bool("tie_word_embeddings", defaults.tied_head));
  out->attention_scale = 1.f / std::sqrt(static_cast<float>(out->head_dim));
  out->position = PositionKind::kRotary;
  return SetAttention(config.path(), AttentionConfig{0, 0}, out);
}

void WriteLlamaConfig(const TransformerConfig& config, nlohmann::ordered_json* out) {
  WriteCommonConfig(config, out);
  (*out)["num_key_value_heads"] = config.kv_heads;
  (*out)["head_dim"] = config.head_dim;
  (*out)["rms_norm_eps"] = config.norm_eps;
  if (!config.rotary.empty()) WriteRotary(config.rotary[0], "rope_theta", out);
}

WeightSource LlamaSource(const TransformerConfig& config, const LlamaTensors& tensors,
                         const std::string& prefix) {
  const int64_t hidden = config.hidden_size, inner = config.intermediate_size;
  const int64_t q = QueryWidth(config), kv = KeyWidth(config);
  WeightSource source;
  source.embedding = Linear(absl::StrCat(prefix, "embed_tokens"), config.vocab_size, hidden, false);
  source.final_norm = Norm(absl::StrCat(prefix, "norm"), hidden, false);
  if (!config.tied_head) source.head = Linear("lm_head", config.vocab_size, hidden, false);
  source.ignored = {".rotary_emb.inv_freq"};
  if (config.tied_head) source.ignored.push_back("lm_head.weight");
  for (int64_t i = 0; i < config.layers; ++i) {
    const std::string layer = absl::StrCat(prefix, "layers.", i, ".");
    const std::string attention = absl::StrCat(layer, "self_attn.");
    const std::string mlp = absl::StrCat(layer, "mlp.");
    LayerSource out;
    out.attention_norm = Norm(absl::StrCat(layer, "input_layernorm"), hidden, false);
    const bool qkv_bias = tensors.qkv_bias;
    out.qkv = tensors.fused_qkv
                  ? Linear(absl::StrCat(attention, "qkv_proj"), q + 2 * kv, hidden, qkv_bias)
                  : Stack({Linear(absl::StrCat(attention, "q_proj"), q, hidden, qkv_bias),
                           Linear(absl::StrCat(attention, "k_proj"), kv, hidden, qkv_bias),
                           Linear(absl::StrCat(attention, "v_proj"), kv, hidden, qkv_bias)});
    if (config.qk_norm) {
      out.q_norm = Norm(absl::StrCat(attention, "q_norm"), config.head_dim, false);
      out.k_norm = Norm(absl::StrCat(attention, "k_norm"), config.head_dim, false);
    }
    out.attention_out = Linear(absl::StrCat(attention, "o_proj"), hidden, q, tensors.out_bias);
    const std::string after = absl::StrCat(layer, "post_attention_layernorm");
    if (tensors.post_norms) {
      out.attention_post_norm = Norm(after, hidden, false);
      out.mlp_norm = Norm(absl::StrCat(layer, "pre_feedforward_layernorm"), hidden, false);
      out.mlp_post_norm = Norm(absl::StrCat(layer, "post_feedforward_layernorm"), hidden, false);
    } else {
      out.mlp_norm = Norm(after, hidden, false);
    }
    const bool bias = tensors.mlp_bias;
    out.up = tensors.fused_gate_up
                 ? Linear(absl::StrCat(mlp, "gate_up_proj"), 2 * inner, hidden, bias)
                 : Stack({Linear(absl::StrCat(mlp, "gate_proj"), inner, hidden, bias),
                          Linear(absl::StrCat(mlp, "up_proj"), inner, hidden, bias)});
    out.down = Linear(absl::StrCat(mlp, "down_proj"), hidden, inner, bias);
    source.layers.push_back(std::move(out));
  }
  return source;
}

}  // namespace footnote::transformer
