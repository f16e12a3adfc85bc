// Gemma 1, 2 and 3 (https://arxiv.org/abs/2403.08295, https://arxiv.org/abs/2408.00118,
// https://arxiv.org/abs/2503.19786); of Gemma 3 the text model.

#include <cmath>
#include <cstdint>
#include <cstring>

#include "kernels/base/status_macros.h"
#include "transformer/families/config_writer.h"
#include "transformer/families/families.h"
#include "transformer/families/gguf_keys.h"
#include "transformer/families/gguf_model.h"
#include "transformer/families/llama_like.h"
#include "transformer/families/source_builder.h"

namespace footnote::transformer {
namespace {

float RoundToBfloat16(float value) {
  uint32_t bits;
  std::memcpy(&bits, &value, sizeof(bits));
  bits += 0x7FFF + ((bits >> 16) & 1);
  bits &= 0xFFFF0000u;
  std::memcpy(&value, &bits, sizeof(bits));
  return value;
}

// The square root of the width, in the type that the model was made in: a
// bfloat16 Gemma was trained with the rounded number.
absl::StatusOr<float> EmbeddingScale(const ConfigReader& config, int64_t hidden_size) {
  FN_ASSIGN_OR_RETURN(std::string dtype, config.String("torch_dtype", ""));
  FN_ASSIGN_OR_RETURN(dtype, config.String("dtype", dtype));
  const float scale = std::sqrt(static_cast<float>(hidden_size));
  return dtype == "bfloat16" ? RoundToBfloat16(scale) : scale;
}

absl::Status ReadGemma(const ConfigReader& config, const LlamaDefaults& defaults,
                       TransformerConfig* out) {
  FN_RETURN_IF_ERROR(ReadLlamaConfig(config, defaults, out));
  out->norm_offset = 1;
  FN_ASSIGN_OR_RETURN(out->embedding_scale, EmbeddingScale(config, out->hidden_size));
  FN_ASSIGN_OR_RETURN(const bool bidirectional, config.Bool("use_bidirectional_attention", false));
  if (bidirectional) {
    return config.Unsupported("use_bidirectional_attention", "is true; a decoder looks back only");
  }
  return absl::OkStatus();
}

LlamaDefaults GemmaDefaults() {
  LlamaDefaults defaults;
  defaults.context_length = 8192;
  defaults.head_dim = 256;
  defaults.tied_head = true;
  defaults.activation = "gelu_pytorch_tanh";
  return defaults;
}

// Null: none; absent: `value`.
absl::StatusOr<float> SoftCap(const ConfigReader& config, absl::string_view key, double value) {
  if (config.IsNull(key)) return 0.f;
  FN_ASSIGN_OR_RETURN(const double cap, config.Number(key, value));
  if (cap < 0) return config.Wrong(key, "must not be below 0");
  return static_cast<float>(cap);
}

absl::Status ReadQueryScale(const ConfigReader& config, TransformerConfig* out) {
  FN_ASSIGN_OR_RETURN(const double scalar, config.Number("query_pre_attn_scalar", 256));
  if (scalar <= 0) return config.Wrong("query_pre_attn_scalar", "must be above 0");
  out->attention_scale = static_cast<float>(1 / std::sqrt(scalar));
  return absl::OkStatus();
}

absl::StatusOr<WeightSource> GemmaSource(const ConfigReader& config, const WeightFile& weights,
                                         const TransformerConfig& out) {
  LlamaTensors tensors;
  FN_ASSIGN_OR_RETURN(tensors.qkv_bias, config.Bool("attention_bias", false));
  tensors.out_bias = tensors.qkv_bias;
  tensors.post_norms = out.norm_placement == NormPlacement::kPreAndPost;
  return LlamaSource(out, tensors, PrefixOf(weights, "model.", "embed_tokens.weight"));
}

absl::Status ReadGemmaGguf(const GgufReader& reader, const WeightFile& weights,
                           TransformerConfig* out) {
  FN_RETURN_IF_ERROR(ReadGgufConfig(reader, weights, out));
  out->gated = true;
  out->activation = kernels::Unary::kGeluTanh;
  out->embedding_scale = std::sqrt(static_cast<float>(out->hidden_size));
  return absl::OkStatus();
}

void WriteGemmaConfig(const TransformerConfig& config, nlohmann::ordered_json* out) {
  WriteLlamaConfig(config, out);
  (*out)["hidden_act"] = "gelu_pytorch_tanh";
  (*out)["hidden_activation"] = "gelu_pytorch_tanh";
}

// Null: none, and not the default.
nlohmann::ordered_json CapOrNull(float cap) {
  return cap > 0 ? nlohmann::ordered_json(cap) : nlohmann::ordered_json();
}

void WriteGemma2Config(const TransformerConfig& config, nlohmann::ordered_json* out) {
  WriteGemmaConfig(config, out);
  (*out)["query_pre_attn_scalar"] = 1 / (double{config.attention_scale} * config.attention_scale);
  (*out)["attn_logit_softcapping"] = CapOrNull(config.attention_softcap);
  (*out)["final_logit_softcapping"] = CapOrNull(config.logit_softcap);
  WriteLayerWindows(config, out);
}

}  // namespace

absl::StatusOr<ModelDefinition> GemmaFromConfig(const ConfigReader& config,
                                                const WeightFile& weights) {
  ModelDefinition model;
  TransformerConfig& out = model.config;
  LlamaDefaults defaults = GemmaDefaults();
  defaults.kv_heads = 16;
  FN_RETURN_IF_ERROR(ReadGemma(config, defaults, &out));
  // The first files say "gelu" and mean the approximation (transformers #29402).
  out.activation = kernels::Unary::kGeluTanh;
  FN_ASSIGN_OR_RETURN(const RotaryConfig rotary,
                      ReadRotary(config, RotaryDefaults(), out.head_dim, out.context_length));
  out.rotary = {rotary};
  FN_ASSIGN_OR_RETURN(model.source, GemmaSource(config, weights, out));
  return model;
}

absl::StatusOr<ModelDefinition> Gemma2FromConfig(const ConfigReader& config,
                                                 const WeightFile& weights) {
  ModelDefinition model;
  TransformerConfig& out = model.config;
  LlamaDefaults defaults = GemmaDefaults();
  defaults.kv_heads = 4;
  defaults.activation_key = "hidden_activation";
  FN_RETURN_IF_ERROR(ReadGemma(config, defaults, &out));
  out.norm_placement = NormPlacement::kPreAndPost;
  FN_RETURN_IF_ERROR(ReadQueryScale(config, &out));
  FN_ASSIGN_OR_RETURN(out.attention_softcap, SoftCap(config, "attn_logit_softcapping", 50));
  FN_ASSIGN_OR_RETURN(out.logit_softcap, SoftCap(config, "final_logit_softcapping", 30));
  FN_ASSIGN_OR_RETURN(const RotaryConfig rotary,
                      ReadRotary(config, RotaryDefaults(), out.head_dim, out.context_length));
  out.rotary = {rotary};
  FN_ASSIGN_OR_RETURN(const int64_t window, config.Size("sliding_window", 4096));
  FN_RETURN_IF_ERROR(ReadLayerWindows(
      config, window, [](int64_t layer) { return layer % 2 == 0; }, &out));
  FN_ASSIGN_OR_RETURN(model.source, GemmaSource(config, weights, out));
  return model;
}

absl::StatusOr<ModelDefinition> Gemma3FromConfig(const ConfigReader& config,
                                                 const WeightFile& weights) {
  ModelDefinition model;
  TransformerConfig& out = model.config;
  LlamaDefaults defaults = GemmaDefaults();
  defaults.kv_heads = 4;
  defaults.context_length = 131072;
  defaults.activation_key = "hidden_activation";
  FN_RETURN_IF_ERROR(ReadGemma(config, defaults, &out));
  out.norm_placement = NormPlacement::kPreAndPost;
  out.qk_norm = true;
  FN_RETURN_IF_ERROR(ReadQueryScale(config, &out));
  FN_ASSIGN_OR_RETURN(out.attention_softcap, SoftCap(config, "attn_logit_softcapping", 0));
  FN_ASSIGN_OR_RETURN(out.logit_softcap, SoftCap(config, "final_logit_softcapping", 0));
  RotaryDefaults global;
  global.theta = 1e6;
  global.layer_type = "full_attention";
  RotaryDefaults local;
  local.layer_type = "sliding_attention";
  local.theta_key = "rope_local_base_freq";
  for (const RotaryDefaults& rotary : {global, local}) {
    FN_ASSIGN_OR_RETURN(const RotaryConfig read,
                        ReadRotary(config, rotary, out.head_dim, out.context_length));
    out.rotary.push_back(read);
  }
  FN_ASSIGN_OR_RETURN(const int64_t window, config.Size("sliding_window", 4096));
  FN_ASSIGN_OR_RETURN(const int64_t pattern, config.Size("sliding_window_pattern", 6));
  FN_RETURN_IF_ERROR(ReadLayerWindows(
      config, window, [pattern](int64_t layer) { return (layer + 1) % pattern != 0; }, &out));
  for (AttentionConfig& attention : out.attention) attention.rotary = attention.window > 0 ? 1 : 0;
  FN_ASSIGN_OR_RETURN(model.source, GemmaSource(config, weights, out));
  return model;
}

// The converter has added 1 to the norms' weights, and the embedding's scale isn't
// in the file.
absl::StatusOr<ModelDefinition> GemmaFromGguf(const GgufMetadata& metadata,
                                              const WeightFile& weights) {
  ModelDefinition model;
  FN_RETURN_IF_ERROR(ReadGemmaGguf(GgufReader(metadata, "gemma"), weights, &model.config));
  model.source = GgufSource(model.config, weights);
  return model;
}

absl::StatusOr<ModelDefinition> Gemma2FromGguf(const GgufMetadata& metadata,
                                               const WeightFile& weights) {
  ModelDefinition model;
  TransformerConfig& out = model.config;
  const GgufReader reader(metadata, "gemma2");
  FN_RETURN_IF_ERROR(ReadGemmaGguf(reader, weights, &out));
  out.norm_placement = NormPlacement::kPreAndPost;
  FN_ASSIGN_OR_RETURN(const double attention_cap, reader.Number("attn_logit_softcapping", 50));
  FN_ASSIGN_OR_RETURN(const double logit_cap, reader.Number("final_logit_softcapping", 30));
  out.attention_softcap = static_cast<float>(attention_cap);
  out.logit_softcap = static_cast<float>(logit_cap);
  FN_ASSIGN_OR_RETURN(const int64_t window, reader.Size("attention.sliding_window", 4096));
  for (int64_t i = 0; i < out.layers; i += 2) out.attention[i].window = window;
  // The file doesn't say the scale: only the 27B model's isn't its heads'.
  constexpr int64_t kLayersOf27b = 46;
  if (out.layers == kLayersOf27b) {
    out.attention_scale =
        1.f / std::sqrt(static_cast<float>(out.hidden_size) / static_cast<float>(out.heads));
  }
  model.source = GgufSource(out, weights);
  return model;
}

absl::StatusOr<ModelDefinition> Gemma3FromGguf(const GgufMetadata& metadata,
                                               const WeightFile& weights) {
  ModelDefinition model;
  TransformerConfig& out = model.config;
  const GgufReader reader(metadata, "gemma3");
  FN_RETURN_IF_ERROR(ReadGemmaGguf(reader, weights, &out));
  out.norm_placement = NormPlacement::kPreAndPost;
  out.qk_norm = true;
  RotaryConfig local;
  local.dims = out.rotary[0].dims;
  out.rotary.push_back(local);
  FN_ASSIGN_OR_RETURN(const int64_t window, reader.Size("attention.sliding_window", 1024));
  FN_ASSIGN_OR_RETURN(const int64_t pattern, reader.Size("attention.sliding_window_pattern", 6));
  for (int64_t i = 0; i < out.layers; ++i) {
    if ((i + 1) % pattern != 0) out.attention[i] = {window, 1};
  }
  constexpr int64_t kLayersOf27b = 62;
  if (out.layers == kLayersOf27b) {
    out.attention_scale =
        1.f / std::sqrt(static_cast<float>(out.hidden_size) / static_cast<float>(out.heads));
  }
  model.source = GgufSource(out, weights);
  return model;
}

void GemmaToConfig(const ModelDefinition& model, nlohmann::ordered_json* out) {
  (*out)["architectures"] = {"GemmaForCausalLM"};
  WriteGemmaConfig(model.config, out);
}

void Gemma2ToConfig(const ModelDefinition& model, nlohmann::ordered_json* out) {
  (*out)["architectures"] = {"Gemma2ForCausalLM"};
  WriteGemma2Config(model.config, out);
}

void Gemma3ToConfig(const ModelDefinition& model, nlohmann::ordered_json* out) {
  (*out)["architectures"] = {"Gemma3ForCausalLM"};
  WriteGemma2Config(model.config, out);
  (*out)["rope_local_base_freq"] = model.config.rotary[1].theta;
}

void Gemma2ToGguf(const TransformerConfig& config, GgufKeys* keys) {
  WriteGgufConfig(config, keys);
  keys->Size("attention.sliding_window", LargestWindow(config));
  keys->Number("attn_logit_softcapping", config.attention_softcap);
  keys->Number("final_logit_softcapping", config.logit_softcap);
}

void Gemma3ToGguf(const TransformerConfig& config, GgufKeys* keys) {
  WriteGgufConfig(config, keys);
  keys->Size("attention.sliding_window", LargestWindow(config));
  // Every so manyth layer sees all.
  int64_t pattern = 1;
  while (pattern <= config.layers && config.attention[pattern - 1].window > 0) ++pattern;
  keys->Size("attention.sliding_window_pattern", pattern);
}

}  // namespace footnote::transformer
