#include "kernels/vector_ops.h"

#include <cassert>

#include "kernels/vector_ops_internal.h"

namespace footnote::kernels {
namespace {

const internal::VectorOps& Table(CpuLevel level) {
#if defined(__x86_64__)
  if (level >= CpuLevel::kAvx512) return internal::kVectorOpsAvx512;
  if (level >= CpuLevel::kAvx2) return internal::kVectorOpsAvx2;
#endif
  (void)level;
  return internal::kVectorOpsPortable;
}

}  // namespace

void Normalize(CpuLevel level, const NormArgs& args) {
  assert(args.rows >= 0 && args.groups >= 1 && args.dim >= 1 && args.eps >= 0);
  Table(level).norm(args);
}

void ApplyUnary(CpuLevel level, Unary kind, const float* x, int64_t n, float* y) {
  assert(n >= 0);
  Table(level).unary(kind, x, n, y);
}

void ApplyGated(CpuLevel level, Unary kind, const float* x, const float* gate, int64_t n,
                float* y) {
  assert(n >= 0);
  Table(level).gated(kind, x, gate, n, y);
}

void CombineInto(CpuLevel level, float a, const float* x, float b, float* y, int64_t n) {
  assert(n >= 0);
  Table(level).combine(a, x, b, y, n);
}

void SoftCapInPlace(CpuLevel level, float c, float* x, int64_t n) {
  assert(n >= 0 && c > 0);
  Table(level).soft_cap(c, x, n);
}

void QuantizeSymmetric(CpuLevel level, const float* x, int64_t n, int8_t* q, float* scale) {
  assert(n >= 0);
  Table(level).quantize_symmetric(x, n, q, scale);
}

}  // namespace footnote::kernels
