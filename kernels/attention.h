#ifndef FOOTNOTE_KERNELS_ATTENTION_H_
#define FOOTNOTE_KERNELS_ATTENTION_H_

#include <cstdint>

#include "kernels/base/cpu.h"
#include "kernels/bfloat16.h"
#include "kernels/op_types.h"

namespace footnote::kernels {

// Floats of scratch space that Attention needs.
int64_t AttentionScratch(const AttentionShape& shape);

// Shapes:  qkv: [tokens, 3 * width], ld_qkv elements between rows: all heads of Q, then of K,
//          then of V. out: [tokens, width] f32, ld_out between rows. scratch:
//          [AttentionScratch(shape)], 64-byte aligned. No aliasing.
// Numeric: f32: max abs error 1e-5 * max|V| vs f64 for scores up to 50 in size. bf16: the scores
//          are sums in f32; the weights of softmax are rounded to bf16 where the level has BF16
//          instructions: max abs error 6e-3 * max|V| vs f64 on the same inputs.
// Threads: runs on the calling thread; concurrent calls need their own scratch.
// Errors:  asserted: sizes >= 0, head_dim a positive multiple of 32.
// Source:  Vaswani et al. 2017, https://arxiv.org/abs/1706.03762
void Attention(CpuLevel level, const AttentionShape& shape, const float* qkv, int64_t ld_qkv,
               float* out, int64_t ld_out, float* scratch);
void Attention(CpuLevel level, const AttentionShape& shape, const Bf16* qkv, int64_t ld_qkv,
               float* out, int64_t ld_out, float* scratch);

}  // namespace footnote::kernels

#endif  // FOOTNOTE_KERNELS_ATTENTION_H_
