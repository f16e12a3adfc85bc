// GPT-NeoX and Pythia (Black et al. 2022, https://arxiv.org/abs/2204.06745).

#include "absl/strings/str_cat.h"
#include "kernels/base/status_macros.h"
#include "transformer/families/check_config.h"
#include "transformer/families/config_writer.h"
#include "transformer/families/families.h"
#include "transformer/families/gguf_keys.h"
#include "transformer/families/gguf_model.h"
#include "transformer/families/source_builder.h"

namespace footnote::transformer {

absl::StatusOr<ModelDefinition> GptNeoXFromConfig(const ConfigReader& config,
                                                  const WeightFile& weights) {
  ModelDefinition model;
  TransformerConfig& out = model.config;
  FN_ASSIGN_OR_RETURN(out.vocab_size, config.Size("vocab_size"));
  FN_ASSIGN_OR_RETURN(out.hidden_size, config.Size("hidden_size"));
  FN_ASSIGN_OR_RETURN(out.layers, config.Size("num_hidden_layers"));
  FN_ASSIGN_OR_RETURN(out.heads, config.Size("num_attention_heads"));
  FN_ASSIGN_OR_RETURN(out.intermediate_size, config.Size("intermediate_size"));
  FN_ASSIGN_OR_RETURN(out.context_length, config.Size("max_position_embeddings", 2048));
  FN_ASSIGN_OR_RETURN(out.activation, config.Activation("hidden_act", "gelu"));
  FN_ASSIGN_OR_RETURN(const double eps, config.Number("layer_norm_eps", 1e-5));
  out.norm = kernels::NormKind::kLayer;
  out.norm_eps = static_cast<float>(eps);
  FN_RETURN_IF_ERROR(SetEqualHeads(config, &out));
  FN_RETURN_IF_ERROR(SetAttention(config.path(), AttentionConfig{0, 0}, &out));
  FN_ASSIGN_OR_RETURN(out.tied_head, config.Bool("tie_word_embeddings", false));
  FN_ASSIGN_OR_RETURN(out.parallel_residual, config.Bool("use_parallel_residual", true));
  FN_ASSIGN_OR_RETURN(const bool bias, config.Bool("attention_bias", true));
  RotaryDefaults rotary;
  rotary.partial = 0.25;
  rotary.theta_key = "rotary_emb_base";
  rotary.partial_key = "rotary_pct";
  FN_ASSIGN_OR_RETURN(const RotaryConfig read,
                      ReadRotary(config, rotary, out.head_dim, out.context_length));
  out.position = PositionKind::kRotary;
  out.rotary = {read};

  const std::string prefix = PrefixOf(weights, "gpt_neox.", "embed_in.weight");
  const int64_t hidden = out.hidden_size, inner = out.intermediate_size;
  WeightSource& source = model.source;
  source.ignored = {".attention.bias", ".attention.masked_bias", ".rotary_emb.inv_freq"};
  source.embedding = Linear(absl::StrCat(prefix, "embed_in"), out.vocab_size, hidden, false);
  source.final_norm = Norm(absl::StrCat(prefix, "final_layer_norm"), hidden, true);
  if (out.tied_head) {
    source.ignored.push_back("embed_out.weight");
  } else {
    source.head = Linear("embed_out", out.vocab_size, hidden, false);
  }
  const RowOrder order = PerHeadQkvOrder(out.heads, out.head_dim);
  for (int64_t i = 0; i < out.layers; ++i) {
    const std::string layer = absl::StrCat(prefix, "layers.", i, ".");
    LayerSource to;
    to.attention_norm = Norm(absl::StrCat(layer, "input_layernorm"), hidden, true);
    to.qkv = Linear(absl::StrCat(layer, "attention.query_key_value"), 3 * hidden, hidden, bias);
    Reorder(order, &to.qkv);
    to.attention_out = Linear(absl::StrCat(layer, "attention.dense"), hidden, hidden, bias);
    to.mlp_norm = Norm(absl::StrCat(layer, "post_attention_layernorm"), hidden, true);
    to.up = Linear(absl::StrCat(layer, "mlp.dense_h_to_4h"), inner, hidden, true);
    to.down = Linear(absl::StrCat(layer, "mlp.dense_4h_to_h"), hidden, inner, true);
    source.layers.push_back(std::move(to));
  }
  return model;
}

// The converter has put all queries before all keys and values.
absl::StatusOr<ModelDefinition> GptNeoXFromGguf(const GgufMetadata& metadata,
                                                const WeightFile& weights) {
  ModelDefinition model;
  TransformerConfig& out = model.config;
  const GgufReader reader(metadata, "gptneox");
  FN_RETURN_IF_ERROR(ReadGgufConfig(reader, weights, &out));
  out.activation = kernels::Unary::kGelu;
  FN_ASSIGN_OR_RETURN(out.parallel_residual, reader.Bool("use_parallel_residual", true));
  model.source = GgufSource(out, weights);
  return model;
}

void GptNeoXToConfig(const ModelDefinition& model, nlohmann::ordered_json* out) {
  const TransformerConfig& config = model.config;
  (*out)["architectures"] = {"GPTNeoXForCausalLM"};
  WriteCommonConfig(config, out);
  (*out)["layer_norm_eps"] = config.norm_eps;
  (*out)["use_parallel_residual"] = config.parallel_residual;
  (*out)["attention_bias"] = !model.source.layers[0].qkv.bias.empty();
  (*out)["rotary_pct"] =
      static_cast<double>(config.rotary[0].dims) / static_cast<double>(config.head_dim);
  WriteRotary(config.rotary[0], "rotary_emb_base", out);
}

void GptNeoXToGguf(const TransformerConfig& config, GgufKeys* keys) {
  WriteGgufConfig(config, keys);
  keys->Bool("use_parallel_residual", config.parallel_residual);
}

}  // namespace footnote::transformer
