#ifndef FOOTNOTE_KERNELS_OP_TYPES_H_
#define FOOTNOTE_KERNELS_OP_TYPES_H_

#include <cstdint>

// Arguments of ops that cross into the sources of one instruction set. Such a
// source must not include headers with inline functions that others share: the
// linker keeps one copy of those, and it might be the one that only some
// machines can run.
namespace footnote::kernels {

enum class ActivationKind {
  kGelu,      // x * Phi(x), Phi the normal distribution function; max abs error 2e-7 * max(1, |x|)
  kGeluFast,  // the same by a polynomial; max abs error 2e-4 for |x| <= 12, less than an 8-bit
              // step of any row that reaches 0.1
  kGeluTanh,  // x / 2 * (1 + tanh(sqrt(2 / pi) * (x + 0.044715 x^3))); max abs error 1e-6
  kRelu,      // max(x, 0), exact
};

// See kernels/quantize.h.
struct QuantizeArgs {
  const float* x = nullptr;  // [rows, dim], ldx floats between rows
  int64_t ldx = 0;
  int64_t rows = 0;
  int64_t dim = 0;
  const float* center = nullptr;          // [dim], or null for 0
  const float* gain = nullptr;            // [dim], or null for 1; set if center is
  const int32_t* extra_inputs = nullptr;  // [extra], each in [0, dim)
  int64_t extra = 0;
  uint8_t* q = nullptr;  // [rows, dim + extra], ldq bytes between rows
  int64_t ldq = 0;
  float* scale = nullptr;   // [rows]
  float* offset = nullptr;  // [rows]
};

// Self-attention of one sequence, each head by itself, every token seeing every
// token: out_h = softmax(scale * Q_h K_h^T) V_h. The width is heads * head_dim.
struct AttentionShape {
  int64_t tokens = 0;
  int64_t heads = 0;
  int64_t head_dim = 0;  // a multiple of 32
  float scale = 0;       // 1 / sqrt(the model's head size)
};

// The rest are arguments of kernels/ops.h.

enum class NormKind { kRms, kLayer };

// Normalises vectors of `dim` values. Each row holds `groups` of them one after
// another (heads), all with the same weight.
struct NormArgs {
  NormKind kind = NormKind::kRms;
  const float* x = nullptr;
  int64_t ldx = 0;
  int64_t rows = 0;
  int64_t groups = 1;
  int64_t dim = 0;
  const float* weight = nullptr;  // [dim], or null for 1
  const float* bias = nullptr;    // [dim], or null for 0; kLayer only
  float eps = 0;
  float* y = nullptr;  // may alias x
  int64_t ldy = 0;
};

enum class RotaryLayout {
  kHalf,         // pairs (i, i + dims / 2): Llama, NeoX
  kInterleaved,  // pairs (2 i, 2 i + 1): GPT-J
};

// Rotary position embedding (Su et al. 2021, https://arxiv.org/abs/2104.09864).
struct RotaryTable {
  RotaryLayout layout = RotaryLayout::kHalf;
  int64_t dims = 0;            // rotated: the first ones of each head; 0: none
  int64_t positions = 0;       // rows of the tables
  const float* cos = nullptr;  // [positions, dims / 2], on the device
  const float* sin = nullptr;
};

enum class KvFormat { kF32, kBf16, kInt8 };
inline constexpr int64_t kKvBlockTokens = 32;

// The cache of keys and values of one layer: blocks of kKvBlockTokens tokens.
// Keys are stored before rotation, so that a block can serve at any position.
struct KvLayer {
  KvFormat format = KvFormat::kBf16;
  int64_t kv_heads = 0;
  int64_t head_dim = 0;  // a multiple of 8
  // [blocks] of KvBlockBytes() each: keys, then values, each [kv_heads, tokens, head_dim]; kInt8:
  // then the scales of the keys and of the values, each [kv_heads, tokens] f32.
  void* data = nullptr;
};

class Step;

struct AttendArgs {
  const Step* step = nullptr;
  KvLayer cache;
  const float* q = nullptr;  // [rows, heads * head_dim], ldq between rows; not rotated
  int64_t ldq = 0;
  int64_t heads = 0;  // a multiple of cache.kv_heads
  RotaryTable rotary;
  float scale = 1.f;
  float softcap = 0;   // c > 0: scores become c * tanh(score / c)
  bool causal = true;  // a query sees no later key
  int64_t window = 0;  // > 0: a query at p sees only keys after p - window
  // Added to the scores by distance: relative_bias[h * relative_ld + relative_origin + key - query]
  // (ALiBi, T5); null for none. The index is clamped to [0, relative_ld).
  const float* relative_bias = nullptr;
  int64_t relative_ld = 0;
  int64_t relative_origin = 0;
  float* out = nullptr;  // [rows, heads * head_dim], ldo between rows
  int64_t ldo = 0;
};

enum class Unary { kGelu, kGeluTanh, kGeluQuick, kRelu, kSilu, kTanh };

}  // namespace footnote::kernels

#endif  // FOOTNOTE_KERNELS_OP_TYPES_H_
