#ifndef FOOTNOTE_KERNELS_CACHED_ATTENTION_INTERNAL_H_
#define FOOTNOTE_KERNELS_CACHED_ATTENTION_INTERNAL_H_

#include <cstdint>

#include "kernels/op_types.h"

// One piece of cached attention, on plain values: this header includes no
// standard header with inline functions, because the sources of one instruction
// set do.
namespace footnote::kernels::internal {

// Keys that go through one step of the online softmax. Such steps begin at
// multiples of it, whatever is new in a call: so the sums of a row are the same
// however its sequence was split.
inline constexpr int64_t kAttendChunk = 4 * kKvBlockTokens;
// Rows of queries in one tile of products, at most.
inline constexpr int64_t kAttendTileRows = 14;

// head_dim as it lies in the scratch space: whole panels of 32.
constexpr int64_t PaddedHeadDim(int64_t head_dim) { return (head_dim + 31) / 32 * 32; }

// Some queries of one sequence and of all heads that share one kv head. Query i
// of the sequence is head first_head + i % share of its token i / share.
struct AttendPiece {
  const AttendArgs* args = nullptr;
  const int32_t* positions = nullptr;  // of the sequence's tokens in this step
  const int32_t* blocks = nullptr;     // of the cache, in the sequence's order
  int64_t kv_length = 0;
  const float* q = nullptr;  // of the sequence's first token in this step
  float* out = nullptr;
  int64_t share = 1;
  int64_t first_head = 0;
  int64_t kv_head = 0;
  int64_t first = 0;  // the queries are [first, last)
  int64_t last = 0;
  float* scratch = nullptr;  // [AttendScratchFloats(head_dim, last - first)], 64-byte aligned
};

constexpr int64_t AttendScratchFloats(int64_t head_dim, int64_t queries) {
  const int64_t dim = PaddedHeadDim(head_dim), rows = (queries + 15) / 16 * 16;
  return 2 * rows * dim                        // queries, sums
         + 5 * rows                            // what each sees, its base, sum and factor
         + 2 * kAttendTileRows * kAttendChunk  // scores, weights
         + 2 * kAttendChunk * dim              // keys, values
         + kKvBlockTokens * dim + dim;         // a block's rows, one row
}

using AttendFn = void (*)(const AttendPiece& piece);

void AttendF32Portable(const AttendPiece& piece);
void AttendF32Avx2(const AttendPiece& piece);
void AttendF32Avx512(const AttendPiece& piece);
// For caches in bf16 and int8.
void AttendBf16Avx512Bf16(const AttendPiece& piece);

}  // namespace footnote::kernels::internal

#endif  // FOOTNOTE_KERNELS_CACHED_ATTENTION_INTERNAL_H_
