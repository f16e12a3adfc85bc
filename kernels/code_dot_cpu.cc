#include "kernels/code_dot_internal.h"

namespace footnote::kernels::internal {
namespace {

int32_t CodeDotPortable(const int8_t* query, const uint8_t* row, int64_t stride) {
  int32_t sum = 0;
  for (int64_t i = 0; i < stride; ++i) sum += query[i] * (row[i] - 128);
  return sum;
}

}  // namespace

void CodeDotsPortable(const CodeRows& rows, const int8_t* high, const int8_t* low,
                      int32_t* high_sums, int32_t* low_sums) {
  for (int64_t r = 0; r < rows.n; ++r) {
    high_sums[r] = CodeDotPortable(high, rows.Row(r), rows.stride);
    if (low != nullptr) low_sums[r] = CodeDotPortable(low, rows.Row(r), rows.stride);
  }
}

}  // namespace footnote::kernels::internal
