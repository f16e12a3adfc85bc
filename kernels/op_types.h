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

}  // namespace footnote::kernels

#endif  // FOOTNOTE_KERNELS_OP_TYPES_H_
