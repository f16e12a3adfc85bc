#ifndef FOOTNOTE_KERNELS_ROW_OPS_INTERNAL_H_
#define FOOTNOTE_KERNELS_ROW_OPS_INTERNAL_H_

#include <cstdint>

#include "kernels/op_types.h"

// The implementations behind layer_norm.h, activation.h, quantize.h and
// bfloat16.h, on plain values: this header includes no standard header with
// inline functions, because the sources of one instruction set do.
namespace footnote::kernels::internal {

struct LayerNormArgs {
  float* x;
  const float* residual;
  const float* gain;
  const float* bias;
  float eps;
  int64_t rows;
  int64_t dim;
};

struct RowOps {
  void (*layer_norm)(const LayerNormArgs& args);
  void (*activate)(ActivationKind kind, float* x, int64_t n);
  void (*quantize)(const QuantizeArgs& args);
  void (*to_bf16)(const float* x, int64_t n, uint16_t* y);
};

extern const RowOps kRowOpsPortable;
extern const RowOps kRowOpsAvx2;
extern const RowOps kRowOpsAvx512;

}  // namespace footnote::kernels::internal

#endif  // FOOTNOTE_KERNELS_ROW_OPS_INTERNAL_H_
