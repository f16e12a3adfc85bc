#ifndef FOOTNOTE_KERNELS_KV_CACHE_H_
#define FOOTNOTE_KERNELS_KV_CACHE_H_

#include <cstdint>

#include "kernels/base/cpu.h"
#include "kernels/cpu_step.h"
#include "kernels/op_types.h"

namespace footnote::kernels {

// Ops::StoreKv for the rows [first, last) of `step`.
//
// Numeric: kBf16: to nearest; kInt8: to nearest of 127 steps of the greatest
//          magnitude of a token's head. A value that isn't finite stays such.
void StoreKvRows(CpuLevel level, const CpuStep& step, const KvLayer& cache, const float* k,
                 int64_t ldk, const float* v, int64_t ldv, int64_t first, int64_t last);

}  // namespace footnote::kernels

#endif  // FOOTNOTE_KERNELS_KV_CACHE_H_
