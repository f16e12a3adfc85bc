#include <immintrin.h>

#include "kernels/code_dot_internal.h"

namespace footnote::kernels::internal {
namespace {

constexpr int64_t kRowsAhead = 4;

__m256i Widen(const int8_t* p) {
  return _mm256_cvtepi8_epi16(_mm_loadu_si128(reinterpret_cast<const __m128i*>(p)));
}

// 16 codes as they were: less 128. 16 bits hold them, so that their products with
// the query's bytes don't saturate, as those of 8 bits would.
__m256i LoadCodes(const uint8_t* p) {
  return _mm256_sub_epi16(
      _mm256_cvtepu8_epi16(_mm_loadu_si128(reinterpret_cast<const __m128i*>(p))),
      _mm256_set1_epi16(128));
}

int32_t SumLanes(__m256i v) {
  __m128i s = _mm_add_epi32(_mm256_castsi256_si128(v), _mm256_extracti128_si256(v, 1));
  s = _mm_hadd_epi32(s, s);
  s = _mm_hadd_epi32(s, s);
  return _mm_cvtsi128_si32(s);
}

}  // namespace

void CodeDotsAvx2(const CodeRows& rows, const int8_t* high, const int8_t* low, int32_t* high_sums,
                  int32_t* low_sums) {
  for (int64_t r = 0; r < rows.n; ++r) {
    const uint8_t* row = rows.Row(r);
    const uint8_t* ahead = rows.Row(r + kRowsAhead < rows.n ? r + kRowsAhead : rows.n - 1);
    __m256i sum = _mm256_setzero_si256(), low_sum = sum;
    for (int64_t i = 0; i < rows.stride; i += 16) {
      if (i % 64 == 0) _mm_prefetch(reinterpret_cast<const char*>(ahead + i), _MM_HINT_T0);
      const __m256i codes = LoadCodes(row + i);
      sum = _mm256_add_epi32(sum, _mm256_madd_epi16(codes, Widen(high + i)));
      if (low != nullptr) {
        low_sum = _mm256_add_epi32(low_sum, _mm256_madd_epi16(codes, Widen(low + i)));
      }
    }
    high_sums[r] = SumLanes(sum);
    if (low != nullptr) low_sums[r] = SumLanes(low_sum);
  }
}

}  // namespace footnote::kernels::internal
