#ifndef FOOTNOTE_KERNELS_QUANTIZE_H_
#define FOOTNOTE_KERNELS_QUANTIZE_H_

#include <cstdint>

#include "kernels/base/cpu.h"
#include "kernels/op_types.h"

namespace footnote::kernels {

// v[r, i] = (x[r, i] - center[i]) * gain[i], in 8 bits with the scale and offset of
// its row: v[r, i] ~ scale[r] * q[r, i] + offset[r]. Then q[r, dim + e] =
// q[r, extra_inputs[e]]: the copies that LinearInt8 asks for.
//
// center and gain move and weigh the inputs so that no single one takes most of
// the 256 steps; the weights undo it (Xiao et al. 2022, "SmoothQuant",
// https://arxiv.org/abs/2211.10438).
//
// Numeric: offset is the least v of the row and scale = (greatest - least) / 255, so that
//          |v - (scale * q + offset)| <= 0.5001 * scale plus rounding of v. A constant row has
//          scale 0.
// Errors:  asserted: sizes are not negative. A NaN in x gives unspecified q of that row.
void QuantizeRows(CpuLevel level, const QuantizeArgs& args);

}  // namespace footnote::kernels

#endif  // FOOTNOTE_KERNELS_QUANTIZE_H_
