#ifndef FOOTNOTE_KERNELS_VECTOR_OPS_INTERNAL_H_
#define FOOTNOTE_KERNELS_VECTOR_OPS_INTERNAL_H_

#include <cstdint>

#include "kernels/op_types.h"

// The implementations behind kernels/vector_ops.h, on plain values: this header
// includes no standard header with inline functions, because the sources of one
// instruction set do.
namespace footnote::kernels::internal {

struct VectorOps {
  void (*norm)(const NormArgs& args);
  void (*unary)(Unary kind, const float* x, int64_t n, float* y);
  void (*gated)(Unary kind, const float* x, const float* gate, int64_t n, float* y);
  void (*combine)(float a, const float* x, float b, float* y, int64_t n);
  void (*soft_cap)(float c, float* x, int64_t n);
  void (*quantize_symmetric)(const float* x, int64_t n, int8_t* q, float* scale);
};

extern const VectorOps kVectorOpsPortable;
extern const VectorOps kVectorOpsAvx2;
extern const VectorOps kVectorOpsAvx512;

}  // namespace footnote::kernels::internal

#endif  // FOOTNOTE_KERNELS_VECTOR_OPS_INTERNAL_H_
