#include "kernels/dot.h"

#include <cassert>

#include "kernels/dot_internal.h"

namespace footnote::kernels {

void DotRowsAt(CpuLevel level, const float* query, const float* rows, int64_t n, int64_t dim,
               float* scores) {
  assert(n >= 0 && dim >= 0);
#if defined(__x86_64__)
  if (level >= CpuLevel::kAvx512) return internal::DotRowsAvx512(query, rows, n, dim, scores);
  if (level >= CpuLevel::kAvx2) return internal::DotRowsAvx2(query, rows, n, dim, scores);
#endif
  (void)level;
  internal::DotRowsPortable(query, rows, n, dim, scores);
}

void DotRows(const float* query, const float* rows, int64_t n, int64_t dim, float* scores) {
  DotRowsAt(ActiveCpuLevel(), query, rows, n, dim, scores);
}

}  // namespace footnote::kernels
