#ifndef FOOTNOTE_KERNELS_ATTENTION_INTERNAL_H_
#define FOOTNOTE_KERNELS_ATTENTION_INTERNAL_H_

#include <cstdint>

#include "kernels/op_types.h"

namespace footnote::kernels::internal {

// qkv is float or uint16_t (bf16), as the function's name says. The scratch
// space holds kept keys and values of one head and the scores of a tile of rows.
struct AttentionArgs {
  AttentionShape shape;
  const void* qkv = nullptr;
  int64_t ld_qkv = 0;
  float* out = nullptr;
  int64_t ld_out = 0;
  float* scratch = nullptr;
};

// Rows of scores that a tile has at most, at any level.
inline constexpr int64_t kAttentionMaxRows = 14;

void AttentionF32Portable(const AttentionArgs& args);
void AttentionF32Avx2(const AttentionArgs& args);
void AttentionF32Avx512(const AttentionArgs& args);
void AttentionBf16Avx512Bf16(const AttentionArgs& args);

}  // namespace footnote::kernels::internal

#endif  // FOOTNOTE_KERNELS_ATTENTION_INTERNAL_H_
