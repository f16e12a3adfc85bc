// OPT (Zhang et al. 2022, https://arxiv.org/abs/2205.01068). The 350M model norms after each block
// and has embeddings narrower than its layers.

#include "absl/strings/str_cat.h"
#include "kernels/base/status_macros.h"
#include "transformer/families/check_config.h"
#include "transformer/families/families.h"
#include "transformer/families/source_builder.h"

namespace footnote::transformer {
namespace {

// The first two rows of the position table are unused.
constexpr int64_t kPositionOffset = 2;

}  // namespace

absl::StatusOr<ModelDefinition> OptFromConfig(const ConfigReader& config,
                                              const WeightFile& weights) {
  ModelDefinition model;
  TransformerConfig& out = model.config;
  FN_ASSIGN_OR_RETURN(out.vocab_size, config.Size("vocab_size"));
  FN_ASSIGN_OR_RETURN(out.hidden_size, config.Size("hidden_size"));
  FN_ASSIGN_OR_RETURN(out.layers, config.Size("num_hidden_layers"));
  FN_ASSIGN_OR_RETURN(out.heads, config.Size("num_attention_heads"));
  FN_ASSIGN_OR_RETURN(out.intermediate_size, config.Size("ffn_dim"));
  FN_ASSIGN_OR_RETURN(out.context_length, config.Size("max_position_embeddings", 2048));
  FN_ASSIGN_OR_RETURN(out.activation, config.Activation("activation_function", "relu"));
  FN_ASSIGN_OR_RETURN(out.tied_head, config.Bool("tie_word_embeddings", true));
  FN_ASSIGN_OR_RETURN(const int64_t narrow, config.Size("word_embed_proj_dim", out.hidden_size));
  FN_ASSIGN_OR_RETURN(const bool pre_norm, config.Bool("do_layer_norm_before", true));
  FN_ASSIGN_OR_RETURN(const bool no_final, config.Bool("_remove_final_layer_norm", false));
  FN_ASSIGN_OR_RETURN(const bool bias, config.Bool("enable_bias", true));
  FN_ASSIGN_OR_RETURN(const bool affine, config.Bool("layer_norm_elementwise_affine", true));
  out.norm = kernels::NormKind::kLayer;
  out.norm_eps = 1e-5f;
  out.norm_placement = pre_norm ? NormPlacement::kPre : NormPlacement::kPost;
  out.final_norm = pre_norm && !no_final;
  out.embedding_size = narrow == out.hidden_size ? 0 : narrow;
  out.position = PositionKind::kLearned;
  out.position_offset = kPositionOffset;
  out.position_rows = out.context_length + kPositionOffset;
  FN_RETURN_IF_ERROR(SetEqualHeads(config, &out));
  FN_RETURN_IF_ERROR(SetAttention(config.path(), AttentionConfig(), &out));

  const std::string prefix =
      PrefixOf(weights, "model.", "decoder.embed_tokens.weight") + "decoder.";
  const int64_t hidden = out.hidden_size, inner = out.intermediate_size;
  const auto norm = [&](const std::string& name) {
    NormSource source = Norm(name, hidden, true);
    if (!affine) source.weight = source.bias = "";
    return source;
  };
  WeightSource& source = model.source;
  source.embedding = Linear(absl::StrCat(prefix, "embed_tokens"), out.vocab_size, narrow, false);
  source.positions =
      Linear(absl::StrCat(prefix, "embed_positions"), out.position_rows, hidden, false);
  if (out.embedding_size > 0) {
    source.project_in = Linear(absl::StrCat(prefix, "project_in"), hidden, narrow, false);
    source.project_out = Linear(absl::StrCat(prefix, "project_out"), narrow, hidden, false);
  }
  if (out.final_norm) source.final_norm = norm(absl::StrCat(prefix, "final_layer_norm"));
  if (out.tied_head) {
    source.ignored.push_back("lm_head.weight");
  } else {
    source.head = Linear("lm_head", out.vocab_size, narrow, false);
  }
  for (int64_t i = 0; i < out.layers; ++i) {
    const std::string layer = absl::StrCat(prefix, "layers.", i, ".");
    const std::string attention = absl::StrCat(layer, "self_attn.");
    LayerSource to;
    to.attention_norm = norm(absl::StrCat(layer, "self_attn_layer_norm"));
    to.qkv = Stack({Linear(absl::StrCat(attention, "q_proj"), hidden, hidden, bias),
                    Linear(absl::StrCat(attention, "k_proj"), hidden, hidden, bias),
                    Linear(absl::StrCat(attention, "v_proj"), hidden, hidden, bias)});
    to.attention_out = Linear(absl::StrCat(attention, "out_proj"), hidden, hidden, bias);
    to.mlp_norm = norm(absl::StrCat(layer, "final_layer_norm"));
    to.up = Linear(absl::StrCat(layer, "fc1"), inner, hidden, bias);
    to.down = Linear(absl::StrCat(layer, "fc2"), hidden, inner, bias);
    source.layers.push_back(std::move(to));
  }
  return model;
}

}  // namespace footnote::transformer
