#ifndef FOOTNOTE_KERNELS_LINEAR_H_
#define FOOTNOTE_KERNELS_LINEAR_H_

#include <cstdint>

#include "kernels/base/buffer.h"
#include "kernels/base/cpu.h"
#include "kernels/bfloat16.h"

namespace footnote::kernels {

// Linear layers: y[r, j] = sum over i of x[r, i] * w[j, i] + bias[j].
//
// A weight matrix [n, k] is packed once into panels of 32 outputs: panel p holds
// for each group of G inputs (G = 1 for f32, 2 for bf16, 4 for int8) the G
// weights of output 32 p, then those of output 32 p + 1, and so on: what one
// vector instruction multiplies lies together. Missing outputs of the last panel
// are zero. The layout is the same at every CPU level.
inline constexpr int kPanelOutputs = 32;

// Where a product goes: exactly one of the two pointers is set; ld elements lie
// between the starts of two rows.
struct LinearOutput {
  float* f32 = nullptr;
  Bf16* bf16 = nullptr;
  int64_t ld = 0;
};

struct LinearF32 {
  int64_t n = 0;
  int64_t k = 0;
  Buffer<float> panels;
  Buffer<float> bias;  // padded to whole panels
};

struct LinearBf16 {
  int64_t n = 0;
  int64_t k = 0;  // even
  Buffer<Bf16> panels;
  Buffer<float> bias;
};

// Weights of 8 bits with one scale per output. Some outputs have single weights
// many times larger than the rest; one scale for both would leave the rest few
// steps. So the scale may be smaller than max|w| / 127, and a weight beyond 127
// steps is split: its input is listed again in `extra_inputs`, and each copy
// carries a part. (Zhao et al. 2019, "Improving Neural Network Quantization
// without Retraining using Outlier Channel Splitting",
// https://arxiv.org/abs/1901.09504)
struct LinearInt8 {
  int64_t n = 0;
  int64_t k = 0;                 // inputs, a multiple of 4
  int64_t k_packed = 0;          // with the copies, a multiple of 4
  Buffer<int32_t> extra_inputs;  // [k_packed - k], each an input
  Buffer<int8_t> panels;
  Buffer<float> scale;    // per output, padded to whole panels
  Buffer<float> row_sum;  // sum over the inputs of the weight times scale: for the offset of x
  Buffer<float> bias;
};

// Rows of unsigned 8-bit values: x[r, i] = scale[r] * q[r, i] + offset[r].
struct QuantizedRows {
  const uint8_t* q = nullptr;
  int64_t ld = 0;  // bytes between rows
  const float* scale = nullptr;
  const float* offset = nullptr;
};

// w: [n, k] row-major f32; bias: [n]. Preconditions (asserted): n, k >= 1; k is
// a multiple of 2 for bf16 and of 4 for int8; extra >= 0.
LinearF32 PackLinearF32(const float* w, const float* bias, int64_t n, int64_t k);
LinearBf16 PackLinearBf16(const float* w, const float* bias, int64_t n, int64_t k);
// At most `extra` copies of inputs are spent on outlying weights; rounded up to
// a multiple of 4.
LinearInt8 PackLinearInt8(const float* w, const float* bias, int64_t n, int64_t k, int64_t extra);

// Shapes:  x: [rows, k], ldx elements between rows; y: [rows, n]. No aliasing.
// Numeric: f32: f32 accumulation over k in order; error at most 1e-6 * sqrt(k) *
//          |x_r| |w_j| vs f64. bf16: exact products, f32 accumulation, subnormal
//          inputs may count as zero; error vs f64 on the rounded inputs at most
//          4e-6 * sqrt(k) * |x_r| |w_j|. int8: exact integer sums (k_packed <= 65,000),
//          so all levels agree up to the last rounding of the scaling.
// Threads: run on the calling thread; concurrent calls are independent.
// Errors:  preconditions are asserted: rows >= 0, ldx >= k (k_packed for int8).
void ApplyLinear(CpuLevel level, const LinearF32& w, const float* x, int64_t ldx, int64_t rows,
                 const LinearOutput& y);
void ApplyLinear(CpuLevel level, const LinearBf16& w, const Bf16* x, int64_t ldx, int64_t rows,
                 const LinearOutput& y);
void ApplyLinear(CpuLevel level, const LinearInt8& w, const QuantizedRows& x, int64_t rows,
                 const LinearOutput& y);

}  // namespace footnote::kernels

#endif  // FOOTNOTE_KERNELS_LINEAR_H_
