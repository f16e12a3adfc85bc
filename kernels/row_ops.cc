#include <cassert>

#include "kernels/activation.h"
#include "kernels/bfloat16.h"
#include "kernels/layer_norm.h"
#include "kernels/quantize.h"
#include "kernels/row_ops_internal.h"

namespace footnote::kernels {
namespace {

const internal::RowOps& Ops(CpuLevel level) {
#if defined(__x86_64__)
  if (level >= CpuLevel::kAvx512) return internal::kRowOpsAvx512;
  if (level >= CpuLevel::kAvx2) return internal::kRowOpsAvx2;
#endif
  (void)level;
  return internal::kRowOpsPortable;
}

}  // namespace

void AddLayerNorm(CpuLevel level, float* x, const float* residual, const float* gain,
                  const float* bias, float eps, int64_t rows, int64_t dim) {
  assert(rows >= 0 && dim >= 1 && eps > 0);
  Ops(level).layer_norm({x, residual, gain, bias, eps, rows, dim});
}

void Activate(CpuLevel level, ActivationKind kind, float* x, int64_t n) {
  assert(n >= 0);
  Ops(level).activate(kind, x, n);
}

void QuantizeRows(CpuLevel level, const QuantizeArgs& args) {
  assert(args.rows >= 0 && args.dim >= 0 && args.extra >= 0);
  assert(args.ldx >= args.dim && args.ldq >= args.dim + args.extra);
  assert((args.center == nullptr) == (args.gain == nullptr));
  Ops(level).quantize(args);
}

void ToBf16(CpuLevel level, const float* x, int64_t n, Bf16* y) {
  assert(n >= 0);
  Ops(level).to_bf16(x, n, y);
}

}  // namespace footnote::kernels
