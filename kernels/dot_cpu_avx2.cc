#include <immintrin.h>

#include "kernels/dot_internal.h"

namespace footnote::kernels::internal {
namespace {

float Sum(__m256 v) {
  __m128 s = _mm_add_ps(_mm256_castps256_ps128(v), _mm256_extractf128_ps(v, 1));
  s = _mm_add_ps(s, _mm_movehl_ps(s, s));
  s = _mm_add_ss(s, _mm_movehdup_ps(s));
  return _mm_cvtss_f32(s);
}

}  // namespace

void DotRowsAvx2(const float* query, const float* rows, int64_t n, int64_t dim, float* scores) {
  for (int64_t r = 0; r < n; ++r) {
    const float* row = rows + r * dim;
    __m256 s0 = _mm256_setzero_ps(), s1 = s0, s2 = s0, s3 = s0;
    int64_t i = 0;
    for (; i + 32 <= dim; i += 32) {
      // Far enough ahead to hide memory latency: the hardware stops at page ends.
      _mm_prefetch(reinterpret_cast<const char*>(row + i) + 4096, _MM_HINT_T0);
      _mm_prefetch(reinterpret_cast<const char*>(row + i) + 4160, _MM_HINT_T0);
      s0 = _mm256_fmadd_ps(_mm256_loadu_ps(query + i), _mm256_loadu_ps(row + i), s0);
      s1 = _mm256_fmadd_ps(_mm256_loadu_ps(query + i + 8), _mm256_loadu_ps(row + i + 8), s1);
      s2 = _mm256_fmadd_ps(_mm256_loadu_ps(query + i + 16), _mm256_loadu_ps(row + i + 16), s2);
      s3 = _mm256_fmadd_ps(_mm256_loadu_ps(query + i + 24), _mm256_loadu_ps(row + i + 24), s3);
    }
    for (; i + 8 <= dim; i += 8) {
      s0 = _mm256_fmadd_ps(_mm256_loadu_ps(query + i), _mm256_loadu_ps(row + i), s0);
    }
    float total = Sum(_mm256_add_ps(_mm256_add_ps(s0, s1), _mm256_add_ps(s2, s3)));
    for (; i < dim; ++i) total += query[i] * row[i];
    scores[r] = total;
  }
}

}  // namespace footnote::kernels::internal
