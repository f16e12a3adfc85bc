#include <immintrin.h>

#include "kernels/dot_internal.h"

namespace footnote::kernels::internal {

void DotRowsAvx512(const float* query, const float* rows, int64_t n, int64_t dim, float* scores) {
  for (int64_t r = 0; r < n; ++r) {
    const float* row = rows + r * dim;
    __m512 s0 = _mm512_setzero_ps(), s1 = s0, s2 = s0, s3 = s0;
    int64_t i = 0;
    for (; i + 64 <= dim; i += 64) {
      // Far enough ahead to hide memory latency: the hardware stops at page ends.
      for (int line = 0; line < 4; ++line) {
        _mm_prefetch(reinterpret_cast<const char*>(row + i) + 4096 + 64 * line, _MM_HINT_T0);
      }
      s0 = _mm512_fmadd_ps(_mm512_loadu_ps(query + i), _mm512_loadu_ps(row + i), s0);
      s1 = _mm512_fmadd_ps(_mm512_loadu_ps(query + i + 16), _mm512_loadu_ps(row + i + 16), s1);
      s2 = _mm512_fmadd_ps(_mm512_loadu_ps(query + i + 32), _mm512_loadu_ps(row + i + 32), s2);
      s3 = _mm512_fmadd_ps(_mm512_loadu_ps(query + i + 48), _mm512_loadu_ps(row + i + 48), s3);
    }
    for (; i < dim; i += 16) {
      const int64_t left = dim - i;
      const __mmask16 mask = left >= 16 ? 0xFFFF : static_cast<__mmask16>((1u << left) - 1);
      s0 = _mm512_fmadd_ps(_mm512_maskz_loadu_ps(mask, query + i),
                           _mm512_maskz_loadu_ps(mask, row + i), s0);
    }
    scores[r] = _mm512_reduce_add_ps(_mm512_add_ps(_mm512_add_ps(s0, s1), _mm512_add_ps(s2, s3)));
  }
}

}  // namespace footnote::kernels::internal
