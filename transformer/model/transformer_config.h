#ifndef FOOTNOTE_TRANSFORMER_MODEL_TRANSFORMER_CONFIG_H_
#define FOOTNOTE_TRANSFORMER_MODEL_TRANSFORMER_CONFIG_H_

#include <cstdint>
#include <string>
#include <vector>

#include "kernels/ops.h"

namespace footnote::transformer {

// The one definition that every family is a setting of. A family's file
// (transformer/families/) fills it from config.json or GGUF metadata and says
// how tensors are named; nothing else knows the family.

enum class PositionKind {
  kNone,
  kLearned,  // a table, indexed by position + position_offset
  kRotary,
  kAlibi,         // Press et al. 2021, https://arxiv.org/abs/2108.12409
  kRelativeBias,  // T5's buckets, shared by all layers
};

enum class NormPlacement {
  kPre,         // norm before the block; the residual is the block's input
  kPost,        // norm after the residual is added (BERT, OPT-350m)
  kPreAndPost,  // norm before and after the block, before the residual (Gemma 2)
};

// Rotary frequencies of a layer.
struct RotaryConfig {
  double theta = 10000;
  int64_t dims = 0;  // rotated dimensions of each head
  kernels::RotaryLayout layout = kernels::RotaryLayout::kHalf;
  enum class Scaling { kNone, kLinear, kLlama3, kLongRope } scaling = Scaling::kNone;
  double factor = 1;
  // kLlama3
  double low_freq_factor = 1;
  double high_freq_factor = 4;
  int64_t original_context = 0;
  // kLongRope: [dims / 2] each
  std::vector<double> short_factors;
  std::vector<double> long_factors;
  double attention_factor = 1;  // cos and sin are multiplied by it
};

struct AttentionConfig {
  int64_t window = 0;  // 0: all earlier tokens
  int rotary = -1;     // index into TransformerConfig::rotary; -1: none
};

struct TransformerConfig {
  std::string family;        // "llama", "gpt2", ...
  std::string architecture;  // as the file says: "LlamaForCausalLM"
  int64_t vocab_size = 0;
  int64_t hidden_size = 0;
  int64_t context_length = 0;  // the longest sequence, in tokens

  // Layers. `layers` counts the decoder's; encoder_layers is 0 for a decoder.
  int64_t layers = 0;
  int64_t encoder_layers = 0;
  int64_t heads = 0;
  int64_t kv_heads = 0;
  int64_t head_dim = 0;
  int64_t intermediate_size = 0;

  // Positions.
  PositionKind position = PositionKind::kNone;
  int64_t position_offset = 0;
  int64_t position_rows = 0;  // of the learned table
  std::vector<RotaryConfig> rotary;
  int64_t relative_buckets = 0;
  int64_t relative_max_distance = 0;

  // Attention.
  std::vector<AttentionConfig> attention;  // one per decoder layer
  float attention_scale = 0;               // of the scores
  float attention_softcap = 0;
  bool qk_norm = false;  // per head, RMS

  // Norms and residuals.
  kernels::NormKind norm = kernels::NormKind::kRms;
  float norm_eps = 0;
  float norm_offset = 0;  // added to the weight: 1 for Gemma
  NormPlacement norm_placement = NormPlacement::kPre;
  bool parallel_residual = false;     // x + attention(norm(x)) + mlp(norm(x))
  bool shared_parallel_norm = false;  // one norm for both (GPT-J, Phi)
  bool embedding_norm = false;        // BLOOM
  bool final_norm = true;

  // Feed-forward.
  kernels::Unary activation = kernels::Unary::kSilu;
  bool gated = false;

  // Embedding and head.
  bool tied_head = false;
  float embedding_scale = 1;
  float logit_scale = 1;
  float logit_softcap = 0;
  int64_t embedding_size = 0;  // narrower embeddings with projections (OPT-350m); 0: hidden_size

  // Tokens, -1 where there is none.
  int32_t bos_token = -1;
  std::vector<int32_t> eos_tokens;
  int32_t pad_token = -1;
  int32_t decoder_start_token = -1;
};

}  // namespace footnote::transformer

#endif  // FOOTNOTE_TRANSFORMER_MODEL_TRANSFORMER_CONFIG_H_
