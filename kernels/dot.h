#ifndef FOOTNOTE_KERNELS_DOT_H_
#define FOOTNOTE_KERNELS_DOT_H_

#include <cstdint>

#include "kernels/base/cpu.h"

namespace footnote::kernels {

// scores[r] = sum over i of query[i] * rows[r * dim + i]
// Shapes:  query: [dim]; rows: [n, dim], row-major; scores: [n]; all f32, any
//          alignment. No aliasing. n >= 0, dim >= 0; checked by assertion.
// Numeric: f32 accumulation in up to 64 partial sums; error at most
//          4e-7 * sqrt(dim) * |query| * |row| vs f64 (at dim <= 4096). A score
//          depends on its row and the CPU level only, not on n or the row's place.
// Threads: runs on the calling thread; concurrent calls are independent.
void DotRows(const float* query, const float* rows, int64_t n, int64_t dim, float* scores);

// DotRows with the code of one level, for tests and benchmarks.
// Precondition: the machine has `level`.
void DotRowsAt(CpuLevel level, const float* query, const float* rows, int64_t n, int64_t dim,
               float* scores);

}  // namespace footnote::kernels

#endif  // FOOTNOTE_KERNELS_DOT_H_
