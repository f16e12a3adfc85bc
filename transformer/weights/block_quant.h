#ifndef FOOTNOTE_TRANSFORMER_WEIGHTS_BLOCK_QUANT_H_
#define FOOTNOTE_TRANSFORMER_WEIGHTS_BLOCK_QUANT_H_

#include <cstdint>

#include "transformer/weights/weight_file.h"

namespace footnote::transformer {

// The plain reading and writing of stored numbers: for converting files, and the
// reference that the fast kernels are tested against. Not the path of a running
// model.
// Source: the functions quantize_row_*_ref and dequantize_row_* of
// https://github.com/ggml-org/ggml/blob/master/src/ggml-quants.c

// Whether DequantizeRow reads `dtype`: the floating-point and the block types.
bool CanDequantize(DType dtype);
// Whether QuantizeRow writes `dtype`: kF32, kF16, kBF16, kQ8_0, kQ4_0, kQ4_1,
// kQ5_0, kQ5_1.
bool CanQuantize(DType dtype);

// out[i] = element i of the `n` elements stored in `blocks`, as f32: for the
// block types exactly d * q (+ m, or - m), computed in f32.
// Shapes: blocks: n / BlockOfDType(dtype).elements blocks, any alignment; out: [n].
// Precondition: CanDequantize(dtype); n is a multiple of the block's elements.
void DequantizeRow(DType dtype, const void* blocks, int64_t n, float* out);

// Writes x as `dtype`. Block types: byte for byte what the `gguf` Python package
// writes; f16 and bf16 round to nearest, ties to even.
// Shapes: x: [n]; blocks: as above.
// Precondition: CanQuantize(dtype); n is a multiple of the block's elements; for
// block types x is finite. Scales that f16 can't hold become infinite.
void QuantizeRow(DType dtype, const float* x, int64_t n, void* blocks);

}  // namespace footnote::transformer

#endif  // FOOTNOTE_TRANSFORMER_WEIGHTS_BLOCK_QUANT_H_
