#ifndef FOOTNOTE_KERNELS_DOT_INTERNAL_H_
#define FOOTNOTE_KERNELS_DOT_INTERNAL_H_

#include <cstdint>

// The implementations behind kernels/dot.h. This header includes no standard
// header with inline functions, because the sources of one instruction set do.
namespace footnote::kernels::internal {

void DotRowsPortable(const float* query, const float* rows, int64_t n, int64_t dim, float* scores);
void DotRowsAvx2(const float* query, const float* rows, int64_t n, int64_t dim, float* scores);
void DotRowsAvx512(const float* query, const float* rows, int64_t n, int64_t dim, float* scores);

}  // namespace footnote::kernels::internal

#endif  // FOOTNOTE_KERNELS_DOT_INTERNAL_H_
