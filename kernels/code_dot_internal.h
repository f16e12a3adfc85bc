#ifndef FOOTNOTE_KERNELS_CODE_DOT_INTERNAL_H_
#define FOOTNOTE_KERNELS_CODE_DOT_INTERNAL_H_

#include <cstdint>

// The implementations behind kernels/code_dot.h. This header includes no standard
// header with inline functions, because the sources of one instruction set do.
namespace footnote::kernels::internal {

// CodeDotArgs without the query: which rows.
struct CodeRows {
  const uint8_t* rows;
  const uint32_t* ids;
  int64_t stride;
  int64_t n;

  const uint8_t* Row(int64_t r) const {
    return rows + (ids == nullptr ? r : static_cast<int64_t>(ids[r])) * stride;
  }
};

void CodeDotsPortable(const CodeRows& rows, const int8_t* high, const int8_t* low,
                      int32_t* high_sums, int32_t* low_sums);
void CodeDotsAvx2(const CodeRows& rows, const int8_t* high, const int8_t* low, int32_t* high_sums,
                  int32_t* low_sums);
void CodeDotsAvx512Vnni(const CodeRows& rows, const int8_t* high, const int8_t* low,
                        int32_t* high_sums, int32_t* low_sums);

}  // namespace footnote::kernels::internal

#endif  // FOOTNOTE_KERNELS_CODE_DOT_INTERNAL_H_
