#ifndef FOOTNOTE_KERNELS_ACTIVATION_H_
#define FOOTNOTE_KERNELS_ACTIVATION_H_

#include <cstdint>

#include "kernels/base/cpu.h"
#include "kernels/op_types.h"

namespace footnote::kernels {

// x[i] = kind(x[i])
// Shapes:  x: [n] f32, in place.
// Numeric: as above, for finite x. A NaN gives a NaN.
// Source:  Hendrycks & Gimpel 2016, https://arxiv.org/abs/1606.08415; erf by Abramowitz & Stegun
//          7.1.26; the polynomial is a minimax fit on [-4, 4].
void Activate(CpuLevel level, ActivationKind kind, float* x, int64_t n);

}  // namespace footnote::kernels

#endif  // FOOTNOTE_KERNELS_ACTIVATION_H_
