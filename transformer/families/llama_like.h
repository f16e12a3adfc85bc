#ifndef FOOTNOTE_TRANSFORMER_FAMILIES_LLAMA_LIKE_H_
#define FOOTNOTE_TRANSFORMER_FAMILIES_LLAMA_LIKE_H_

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "transformer/families/config_reader.h"
#include "transformer/families/definition.h"
#include "transformer/weights/weight_file.h"

namespace footnote::transformer {

// The pattern that Llama set and many families keep: RMS norm before each
// block, rotary positions, grouped heads, a gated feed-forward; and one spelling
// of keys and tensor names.

// What a family's configuration class takes for a key that is absent.
struct LlamaDefaults {
  int64_t context_length = 2048;
  double theta = 10000;
  double norm_eps = 1e-6;
  int64_t head_dim = 0;  // 0: hidden_size / heads
  int64_t kv_heads = 0;  // 0: heads
  bool tied_head = false;
  absl::string_view activation_key = "hidden_act";
  absl::string_view activation = "silu";
};

// Fills sizes, norms, head, attention scale (head_dim^-1/2) and one rotary
// configuration for all layers, without windows.
absl::Status ReadLlamaConfig(const ConfigReader& config, const LlamaDefaults& defaults,
                             TransformerConfig* out);

// Writes what ReadLlamaConfig reads, and the first of the rotary configurations.
void WriteLlamaConfig(const TransformerConfig& config, nlohmann::ordered_json* out);

// Which tensors there are beyond Llama's.
struct LlamaTensors {
  bool qkv_bias = false;
  bool out_bias = false;
  bool mlp_bias = false;
  bool fused_qkv = false;      // self_attn.qkv_proj
  bool fused_gate_up = false;  // mlp.gate_up_proj
  // Gemma 2: the norm before the feed-forward is pre_feedforward_layernorm, and
  // post_attention_layernorm and post_feedforward_layernorm end the blocks.
  bool post_norms = false;
};

// `prefix` comes before "embed_tokens" and "layers": "model.".
WeightSource LlamaSource(const TransformerConfig& config, const LlamaTensors& tensors,
                         const std::string& prefix);

}  // namespace footnote::transformer

#endif  // FOOTNOTE_TRANSFORMER_FAMILIES_LLAMA_LIKE_H_
