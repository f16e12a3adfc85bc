// GPT-J (Wang & Komatsuzaki 2021): one norm per layer, attention and feed-forward added together,
// rotation of neighbouring pairs.

#include "absl/strings/str_cat.h"
#include "kernels/base/status_macros.h"
#include "transformer/families/families.h"
#include "transformer/families/gpt2.h"
#include "transformer/families/source_builder.h"

namespace footnote::transformer {

absl::StatusOr<ModelDefinition> GptJFromConfig(const ConfigReader& config,
                                               const WeightFile& weights) {
  ModelDefinition model;
  TransformerConfig& out = model.config;
  FN_RETURN_IF_ERROR(ReadGpt2Config(config, 2048, &out));
  FN_ASSIGN_OR_RETURN(out.activation, config.Activation("activation_function", "gelu_new"));
  out.parallel_residual = true;
  out.shared_parallel_norm = true;
  out.position = PositionKind::kRotary;
  RotaryConfig rotary;
  rotary.layout = kernels::RotaryLayout::kInterleaved;
  FN_ASSIGN_OR_RETURN(rotary.dims, config.Size("rotary_dim", 64));
  out.rotary = {rotary};
  for (AttentionConfig& attention : out.attention) attention.rotary = 0;
  FN_ASSIGN_OR_RETURN(const bool tied, config.Bool("tie_word_embeddings", false));
  if (tied) return config.Unsupported("tie_word_embeddings", "is true; GPT-J's head has a bias");

  const std::string prefix = PrefixOf(weights, "transformer.", "wte.weight");
  const int64_t hidden = out.hidden_size, inner = out.intermediate_size;
  WeightSource& source = model.source;
  source.ignored = {".attn.bias", ".attn.masked_bias", ".attn.embed_positions"};
  source.embedding = Linear(absl::StrCat(prefix, "wte"), out.vocab_size, hidden, false);
  source.final_norm = Norm(absl::StrCat(prefix, "ln_f"), hidden, true);
  source.head = Linear("lm_head", out.vocab_size, hidden, true);
  for (int64_t i = 0; i < out.layers; ++i) {
    const std::string layer = absl::StrCat(prefix, "h.", i, ".");
    LayerSource to;
    to.attention_norm = Norm(absl::StrCat(layer, "ln_1"), hidden, true);
    to.qkv = Stack({Linear(absl::StrCat(layer, "attn.q_proj"), hidden, hidden, false),
                    Linear(absl::StrCat(layer, "attn.k_proj"), hidden, hidden, false),
                    Linear(absl::StrCat(layer, "attn.v_proj"), hidden, hidden, false)});
    to.attention_out = Linear(absl::StrCat(layer, "attn.out_proj"), hidden, hidden, false);
    to.up = Linear(absl::StrCat(layer, "mlp.fc_in"), inner, hidden, true);
    to.down = Linear(absl::StrCat(layer, "mlp.fc_out"), hidden, inner, true);
    source.layers.push_back(std::move(to));
  }
  return model;
}

}  // namespace footnote::transformer
