#include "kernels/attention.h"

#include <cassert>

#include "kernels/attention_internal.h"
#include "kernels/bfloat16_portable.h"

namespace footnote::kernels {
namespace {

int64_t PaddedTokens(const AttentionShape& shape) { return (shape.tokens + 31) / 32 * 32; }

int64_t Width(const AttentionShape& shape) { return shape.heads * shape.head_dim; }

void Check(const AttentionShape& shape, int64_t ld_qkv, int64_t ld_out) {
  assert(shape.tokens >= 0 && shape.heads >= 0);
  assert(shape.head_dim > 0 && shape.head_dim % 32 == 0);
  assert(ld_qkv >= 3 * Width(shape) && ld_out >= Width(shape));
  (void)shape;
  (void)ld_qkv;
  (void)ld_out;
}

void RunF32(CpuLevel level, const internal::AttentionArgs& args) {
#if defined(__x86_64__)
  if (level >= CpuLevel::kAvx512) return internal::AttentionF32Avx512(args);
  if (level >= CpuLevel::kAvx2) return internal::AttentionF32Avx2(args);
#endif
  (void)level;
  internal::AttentionF32Portable(args);
}

// Scratch of one head: scores, weights, keys, values.
int64_t HeadScratch(const AttentionShape& shape) {
  return PaddedTokens(shape) * (2 * internal::kAttentionMaxRows + 2 * shape.head_dim);
}

}  // namespace

int64_t AttentionScratch(const AttentionShape& shape) {
  // Without BF16 instructions all inputs are widened first.
  return HeadScratch(shape) + shape.tokens * 3 * Width(shape);
}

void Attention(CpuLevel level, const AttentionShape& shape, const float* qkv, int64_t ld_qkv,
               float* out, int64_t ld_out, float* scratch) {
  Check(shape, ld_qkv, ld_out);
  RunF32(level, {shape, qkv, ld_qkv, out, ld_out, scratch});
}

void Attention(CpuLevel level, const AttentionShape& shape, const Bf16* qkv, int64_t ld_qkv,
               float* out, int64_t ld_out, float* scratch) {
  Check(shape, ld_qkv, ld_out);
#if defined(__x86_64__)
  if (level >= CpuLevel::kAvx512Bf16) {
    return internal::AttentionBf16Avx512Bf16({shape, qkv, ld_qkv, out, ld_out, scratch});
  }
#endif
  const int64_t width = 3 * Width(shape);
  float* wide = scratch + HeadScratch(shape);
  for (int64_t t = 0; t < shape.tokens; ++t) {
    for (int64_t i = 0; i < width; ++i) {
      wide[t * width + i] = internal::Bf16ToFloat(qkv[t * ld_qkv + i]);
    }
  }
  RunF32(level, {shape, wide, width, out, ld_out, scratch});
}

}  // namespace footnote::kernels
