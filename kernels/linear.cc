#include "kernels/linear.h"

#include <cassert>

#include "kernels/linear_internal.h"

namespace footnote::kernels {
namespace {

template <typename Weights>
internal::LinearArgs Args(const Weights& w, int64_t k, int64_t rows, const LinearOutput& y) {
  assert(rows >= 0);
  assert(rows == 0 || (y.f32 == nullptr) != (y.bf16 == nullptr));
  assert(y.ld >= w.n);
  internal::LinearArgs args;
  args.n = w.n;
  args.k = k;
  args.rows = rows;
  args.panels = w.panels.data();
  args.bias = w.bias.data();
  args.y = y.f32;
  args.y_bf16 = y.bf16;
  args.ldy = y.ld;
  return args;
}

}  // namespace

void ApplyLinear(CpuLevel level, const LinearF32& w, const float* x, int64_t ldx, int64_t rows,
                 const LinearOutput& y) {
  internal::LinearArgs args = Args(w, w.k, rows, y);
  args.x = x;
  args.ldx = ldx;
#if defined(__x86_64__)
  if (level >= CpuLevel::kAvx512) return internal::LinearF32Avx512(args);
  if (level >= CpuLevel::kAvx2) return internal::LinearF32Avx2(args);
#endif
  (void)level;
  internal::LinearF32Portable(args);
}

void ApplyLinear(CpuLevel level, const LinearBf16& w, const Bf16* x, int64_t ldx, int64_t rows,
                 const LinearOutput& y) {
  internal::LinearArgs args = Args(w, w.k, rows, y);
  args.x = x;
  args.ldx = ldx;
#if defined(__x86_64__)
  if (level >= CpuLevel::kAvx512Bf16) return internal::LinearBf16Avx512Bf16(args);
  if (level >= CpuLevel::kAvx512) return internal::LinearBf16Avx512(args);
  if (level >= CpuLevel::kAvx2) return internal::LinearBf16Avx2(args);
#endif
  (void)level;
  internal::LinearBf16Portable(args);
}

void ApplyLinear(CpuLevel level, const LinearInt8& w, const QuantizedRows& x, int64_t rows,
                 const LinearOutput& y) {
  internal::LinearArgs args = Args(w, w.k_packed, rows, y);
  args.x = x.q;
  args.ldx = x.ld;
  args.scale = w.scale.data();
  args.row_sum = w.row_sum.data();
  args.x_scale = x.scale;
  args.x_offset = x.offset;
#if defined(__x86_64__)
  if (level >= CpuLevel::kAvx512Vnni) return internal::LinearInt8Avx512Vnni(args);
  if (level >= CpuLevel::kAvx512) return internal::LinearInt8Avx512(args);
  if (level >= CpuLevel::kAvx2) return internal::LinearInt8Avx2(args);
#endif
  (void)level;
  internal::LinearInt8Portable(args);
}

}  // namespace footnote::kernels
