#ifndef FOOTNOTE_KERNELS_CODE_DOT_H_
#define FOOTNOTE_KERNELS_CODE_DOT_H_

#include <cstdint>

#include "kernels/base/cpu.h"

namespace footnote::kernels {

// One query against many rows of 8-bit codes.
struct CodeDotArgs {
  const int8_t* high = nullptr;   // [stride], the query
  const int8_t* low = nullptr;    // [stride], a second, finer part of it; null: none
  const uint8_t* rows = nullptr;  // row r at rows + r * stride; a code c is stored as c + 128
  const uint32_t* ids = nullptr;  // [n], the rows to take; null: rows 0 to n - 1
  int64_t stride = 0;             // bytes of a row, filled up to a multiple of kCodeBlock
  int64_t n = 0;                  // how many rows
  int32_t* high_sums = nullptr;   // [n]
  int32_t* low_sums = nullptr;    // [n], null where low is
};

// What a row's codes are filled up to: with 128 in the row and 0 in the query.
inline constexpr int64_t kCodeBlock = 64;
// So many that no sum leaves 32 bits.
inline constexpr int64_t kMaxCodes = 1 << 16;

// high_sums[r] = sum over i of high[i] * (rows[ids[r] * stride + i] - 128), and the
// same of low. Rows and queries are read whole: `stride` bytes.
// Numeric: exact, so that every CPU level gives the same.
// Threads: runs on the calling thread; concurrent calls are independent.
// Errors:  asserted: n >= 0, 0 <= stride <= kMaxCodes, a multiple of kCodeBlock.
// Speed:   reads ahead, also of rows that `ids` scatters: the bound is memory.
void CodeDots(const CodeDotArgs& args);

// CodeDots with the code of one level. Precondition: the machine has `level`.
void CodeDotsAt(CpuLevel level, const CodeDotArgs& args);

}  // namespace footnote::kernels

#endif  // FOOTNOTE_KERNELS_CODE_DOT_H_
