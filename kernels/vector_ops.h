#ifndef FOOTNOTE_KERNELS_VECTOR_OPS_H_
#define FOOTNOTE_KERNELS_VECTOR_OPS_H_

#include <cstdint>

#include "kernels/base/cpu.h"
#include "kernels/op_types.h"

// What kernels/ops.h does to single rows, on the calling thread. Every element
// of a result is computed by the same instructions wherever it stands, so that
// rows may be split at will. x and y may be the same array, not overlap
// otherwise. NaN in gives NaN out; errors below are for finite values.
namespace footnote::kernels {

// y[g, :] = weight * (x[g, :] - mean) / sqrt(variance + eps) + bias  (kLayer)
// y[g, :] = weight * x[g, :] / sqrt(mean(x[g, :]^2) + eps)           (kRms)
// Numeric: f32 sums; error vs f64 at most that of plain f32 loops.
// Source:  Ba et al. 2016, https://arxiv.org/abs/1607.06450; Zhang & Sennrich 2019,
//          https://arxiv.org/abs/1910.07467
void Normalize(CpuLevel level, const NormArgs& args);

// y[i] = kind(x[i]), as torch.nn.functional names them; kGeluQuick is
// x * sigmoid(1.702 x).
// Numeric: max abs error vs f64: 2.5e-7 * max(1, |x|); kRelu exact. At -inf every
//          GELU and SiLU is 0, tanh -1; at +inf they are +inf, tanh 1.
void ApplyUnary(CpuLevel level, Unary kind, const float* x, int64_t n, float* y);

// y[i] = kind(x[i]) * gate[i].
void ApplyGated(CpuLevel level, Unary kind, const float* x, const float* gate, int64_t n, float* y);

// y[i] = a * x[i] + b * y[i], rounded once for a = 1 or b = 1. What is in y
// doesn't matter for b = 0.
void CombineInto(CpuLevel level, float a, const float* x, float b, float* y, int64_t n);

// x[i] = c * tanh(x[i] / c), c > 0. Numeric: max abs error 2.5e-7 * c.
void SoftCapInPlace(CpuLevel level, float c, float* x, int64_t n);

// q[i] = round(x[i] / scale), scale = max|x| / 127; x is then about q * scale. If
// a value isn't finite, scale is NaN and q is 0.
void QuantizeSymmetric(CpuLevel level, const float* x, int64_t n, int8_t* q, float* scale);

}  // namespace footnote::kernels

#endif  // FOOTNOTE_KERNELS_VECTOR_OPS_H_
