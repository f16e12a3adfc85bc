#ifndef FOOTNOTE_KERNELS_BFLOAT16_H_
#define FOOTNOTE_KERNELS_BFLOAT16_H_

#include <cstdint>

#include "kernels/base/cpu.h"

namespace footnote::kernels {

// The upper half of an f32: 8 bits of exponent, 7 of fraction.
using Bf16 = uint16_t;

// y[i] = x[i] rounded to bf16, to nearest, ties to even.
// Shapes:  x: [n] f32; y: [n] bf16. No aliasing.
// Numeric: exact rounding of normal numbers; a subnormal may become zero (the
//          BF16 instructions do that); infinities stay, a NaN stays a NaN.
void ToBf16(CpuLevel level, const float* x, int64_t n, Bf16* y);

}  // namespace footnote::kernels

#endif  // FOOTNOTE_KERNELS_BFLOAT16_H_
