#include <algorithm>
#include <cmath>
#include <string>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "kernels/base/status_macros.h"
#include "transformer/families/check_config.h"
#include "transformer/families/config_writer.h"
#include "transformer/families/families.h"
#include "transformer/families/gguf_keys.h"
#include "transformer/families/gguf_model.h"
#include "transformer/families/source_builder.h"

namespace footnote::transformer {
namespace {

// Relative positions know no longest text; this bounds the space that one takes.
// "n_positions" only says how long the texts of the first training were.
constexpr int64_t kLongestText = 4096;

absl::Status ReadFeedForward(const ConfigReader& config, absl::string_view value,
                             TransformerConfig* out) {
  FN_ASSIGN_OR_RETURN(const std::string kind, config.String("feed_forward_proj", value));
  absl::string_view name = kind;
  out->gated = absl::ConsumePrefix(&name, "gated-");
  if (name == "relu") {
    out->activation = kernels::Unary::kRelu;
  } else if (name == "gelu" || name == "gelu_new") {
    // Only of the gated kind does "gelu" mean the approximation by tanh.
    out->activation =
        out->gated || name == "gelu_new" ? kernels::Unary::kGeluTanh : kernels::Unary::kGelu;
  } else if (name == "silu") {
    out->activation = kernels::Unary::kSilu;
  } else {
    return config.Unsupported(
        "feed_forward_proj", absl::StrCat("\"", kind, "\"; relu, gelu and silu are, gated or not"));
  }
  return absl::OkStatus();
}

void SetT5(TransformerConfig* out) {
  out->norm = kernels::NormKind::kRms;
  out->context_length = kLongestText;
  out->position = PositionKind::kRelativeBias;
  out->attention_scale = 1;
}

absl::Status ReadT5Config(const ConfigReader& config, absl::string_view feed_forward,
                          TransformerConfig* out) {
  FN_ASSIGN_OR_RETURN(out->vocab_size, config.Size("vocab_size"));
  FN_ASSIGN_OR_RETURN(out->hidden_size, config.Size("d_model"));
  FN_ASSIGN_OR_RETURN(out->encoder_layers, config.Size("num_layers"));
  FN_ASSIGN_OR_RETURN(out->layers, config.Size("num_decoder_layers", out->encoder_layers));
  FN_ASSIGN_OR_RETURN(out->heads, config.Size("num_heads"));
  out->kv_heads = out->heads;
  FN_ASSIGN_OR_RETURN(out->head_dim, config.Size("d_kv"));
  FN_ASSIGN_OR_RETURN(out->intermediate_size, config.Size("d_ff"));
  FN_ASSIGN_OR_RETURN(out->relative_buckets, config.Size("relative_attention_num_buckets", 32));
  FN_ASSIGN_OR_RETURN(out->relative_max_distance,
                      config.Size("relative_attention_max_distance", 128));
  FN_ASSIGN_OR_RETURN(const double eps, config.Number("layer_norm_epsilon", 1e-6));
  SetT5(out);
  out->norm_eps = static_cast<float>(eps);
  FN_RETURN_IF_ERROR(ReadFeedForward(config, feed_forward, out));
  out->pad_token = 0;
  out->eos_tokens = {1};
  out->decoder_start_token = 0;
  return SetAttention(config.path(), AttentionConfig{0, -1}, out);
}

// The tensors that the encoder's and the decoder's layers name alike; the
// feed-forward network is the last of a layer's parts.
LayerSource SharedLayer(const TransformerConfig& config, const std::string& block,
                        int feed_forward) {
  const int64_t hidden = config.hidden_size, inner = config.intermediate_size;
  const int64_t width = QueryWidth(config);
  const std::string attention = absl::StrCat(block, "layer.0.SelfAttention.");
  const std::string mlp = absl::StrCat(block, "layer.", feed_forward, ".");
  const std::string dense = absl::StrCat(mlp, "DenseReluDense.");
  LayerSource out;
  out.attention_norm = Norm(absl::StrCat(block, "layer.0.layer_norm"), hidden, false);
  out.qkv = Stack({Linear(absl::StrCat(attention, "q"), width, hidden, false),
                   Linear(absl::StrCat(attention, "k"), width, hidden, false),
                   Linear(absl::StrCat(attention, "v"), width, hidden, false)});
  out.attention_out = Linear(absl::StrCat(attention, "o"), hidden, width, false);
  out.mlp_norm = Norm(absl::StrCat(mlp, "layer_norm"), hidden, false);
  out.up = config.gated ? Stack({Linear(absl::StrCat(dense, "wi_0"), inner, hidden, false),
                                 Linear(absl::StrCat(dense, "wi_1"), inner, hidden, false)})
                        : Linear(absl::StrCat(dense, "wi"), inner, hidden, false);
  out.down = Linear(absl::StrCat(dense, "wo"), hidden, inner, false);
  return out;
}

WeightSource T5Source(const TransformerConfig& config) {
  const int64_t hidden = config.hidden_size, width = QueryWidth(config);
  WeightSource source;
  source.embedding = Linear("shared", config.vocab_size, hidden, false);
  if (!config.tied_head) source.head = Linear("lm_head", config.vocab_size, hidden, false);
  for (int64_t i = 0; i < config.layers; ++i) {
    const std::string block = absl::StrCat("decoder.block.", i, ".");
    const std::string cross = absl::StrCat(block, "layer.1.EncDecAttention.");
    LayerSource layer = SharedLayer(config, block, 2);
    layer.cross_norm = Norm(absl::StrCat(block, "layer.1.layer_norm"), hidden, false);
    layer.cross_q = Linear(absl::StrCat(cross, "q"), width, hidden, false);
    layer.cross_kv = Stack({Linear(absl::StrCat(cross, "k"), width, hidden, false),
                            Linear(absl::StrCat(cross, "v"), width, hidden, false)});
    layer.cross_out = Linear(absl::StrCat(cross, "o"), hidden, width, false);
    source.layers.push_back(std::move(layer));
  }
  source.final_norm = Norm("decoder.final_layer_norm", hidden, false);
  for (int64_t i = 0; i < config.encoder_layers; ++i) {
    source.encoder_layers.push_back(SharedLayer(config, absl::StrCat("encoder.block.", i, "."), 1));
  }
  source.encoder_norm = Norm("encoder.final_layer_norm", hidden, false);
  const std::string bias = ".block.0.layer.0.SelfAttention.relative_attention_bias";
  source.relative_bias =
      Linear(absl::StrCat("decoder", bias), config.relative_buckets, config.heads, false);
  source.encoder_relative_bias =
      Linear(absl::StrCat("encoder", bias), config.relative_buckets, config.heads, false);
  // Copies of the shared table, and a bias that the first models have but never use.
  source.ignored = {"coder.embed_tokens.weight", "EncDecAttention.relative_attention_bias.weight"};
  return source;
}

absl::StatusOr<ModelDefinition> Define(const ConfigReader& config, const WeightFile& weights,
                                       absl::string_view feed_forward, bool scaled) {
  ModelDefinition model;
  TransformerConfig& out = model.config;
  FN_RETURN_IF_ERROR(ReadT5Config(config, feed_forward, &out));
  // As transformers does since version 5: whatever "tie_word_embeddings" says, a
  // head that is in the file is used.
  out.tied_head = weights.Find("lm_head.weight") == nullptr;
  if (scaled) out.logit_scale = 1.f / std::sqrt(static_cast<float>(out.hidden_size));
  model.source = T5Source(out);
  return model;
}

void WriteT5Config(const TransformerConfig& config, nlohmann::ordered_json* out) {
  (*out)["is_encoder_decoder"] = true;
  (*out)["vocab_size"] = config.vocab_size;
  (*out)["d_model"] = config.hidden_size;
  (*out)["num_layers"] = config.encoder_layers;
  (*out)["num_decoder_layers"] = config.layers;
  (*out)["num_heads"] = config.heads;
  (*out)["d_kv"] = config.head_dim;
  (*out)["d_ff"] = config.intermediate_size;
  (*out)["relative_attention_num_buckets"] = config.relative_buckets;
  (*out)["relative_attention_max_distance"] = config.relative_max_distance;
  (*out)["layer_norm_epsilon"] = config.norm_eps;
  (*out)["feed_forward_proj"] = config.gated ? "gated-gelu" : "relu";
  (*out)["tie_word_embeddings"] = config.logit_scale != 1;
}

}  // namespace

// Raffel et al. 2019, https://arxiv.org/abs/1910.10683; T0 and flan-T5 are of the
// version 1.1.
absl::StatusOr<ModelDefinition> T5FromConfig(const ConfigReader& config,
                                             const WeightFile& weights) {
  // The first version scales the head's inputs; 1.1 says false here.
  FN_ASSIGN_OR_RETURN(const bool first_version, config.Bool("tie_word_embeddings", true));
  return Define(config, weights, "relu", first_version);
}

// Xue et al. 2020, https://arxiv.org/abs/2010.11934; also mT0.
absl::StatusOr<ModelDefinition> Mt5FromConfig(const ConfigReader& config,
                                              const WeightFile& weights) {
  return Define(config, weights, "gated-gelu", false);
}

// The files say nothing of the activation, nor of the farthest distance: as
// llama.cpp, ReLU, or the approximated GELU where there is a gate, and 128.
absl::StatusOr<ModelDefinition> T5FromGguf(const GgufMetadata& metadata,
                                           const WeightFile& weights) {
  ModelDefinition model;
  TransformerConfig& out = model.config;
  const GgufReader reader(metadata, "t5");
  FN_RETURN_IF_ERROR(ReadGgufConfig(reader, weights, &out));
  out.encoder_layers = out.layers;
  FN_ASSIGN_OR_RETURN(out.layers, reader.Size("decoder_block_count", out.layers));
  // Converters write the epsilon under both names.
  FN_ASSIGN_OR_RETURN(const double eps, reader.Number("attention.layer_norm_rms_epsilon", 1e-6));
  out.norm_eps = static_cast<float>(eps);
  out.rotary.clear();
  SetT5(&out);
  FN_RETURN_IF_ERROR(SetAttention(weights.path(), AttentionConfig{0, -1}, &out));
  FN_ASSIGN_OR_RETURN(out.relative_buckets, reader.Size("attention.relative_buckets_count", 32));
  out.relative_max_distance = 128;
  out.gated = weights.Find("enc.blk.0.ffn_gate.weight") != nullptr;
  out.activation = out.gated ? kernels::Unary::kGeluTanh : kernels::Unary::kRelu;
  // Only the first version ties the head, and scales its inputs.
  if (out.tied_head) out.logit_scale = 1.f / std::sqrt(static_cast<float>(out.hidden_size));
  FN_ASSIGN_OR_RETURN(out.decoder_start_token,
                      reader.Count("decoder_start_token_id", std::max(out.pad_token, 0)));
  model.source = GgufSource(out, weights);
  return model;
}

void T5ToConfig(const ModelDefinition& model, nlohmann::ordered_json* out) {
  (*out)["architectures"] = {"T5ForConditionalGeneration"};
  WriteT5Config(model.config, out);
}

void T5ToGguf(const TransformerConfig& config, GgufKeys* keys) {
  WriteGgufConfig(config, keys);
  keys->Size("decoder_block_count", config.layers);
  keys->Size("attention.relative_buckets_count", config.relative_buckets);
  keys->Size("decoder_start_token_id", config.decoder_start_token);
}

}  // namespace footnote::transformer
