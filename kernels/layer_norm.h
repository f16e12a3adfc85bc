#ifndef FOOTNOTE_KERNELS_LAYER_NORM_H_
#define FOOTNOTE_KERNELS_LAYER_NORM_H_

#include <cstdint>

#include "kernels/base/cpu.h"

namespace footnote::kernels {

// x[r, :] = gain * (z - mean(z)) / sqrt(var(z) + eps) + bias, z = x[r, :] + residual[r, :]
// Shapes:  x: [rows, dim] f32, row-major without gaps, updated in place; residual: as
//          x, or null for zero; gain, bias: [dim].
// Numeric: f32, the variance in a second pass; max abs error 1e-5 * max|gain| vs f64 for
//          |z| <= 100 with a deviation of at least 0.01, dim <= 8192.
// Errors:  asserted: rows >= 0, dim >= 1, eps > 0.
// Source:  Ba, Kiros & Hinton 2016, https://arxiv.org/abs/1607.06450
void AddLayerNorm(CpuLevel level, float* x, const float* residual, const float* gain,
                  const float* bias, float eps, int64_t rows, int64_t dim);

}  // namespace footnote::kernels

#endif  // FOOTNOTE_KERNELS_LAYER_NORM_H_
