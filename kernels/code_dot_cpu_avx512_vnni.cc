#include <immintrin.h>

#include "kernels/code_dot_internal.h"

namespace footnote::kernels::internal {
namespace {

constexpr int kRowsAtOnce = 4;
constexpr int64_t kBlock = 64;  // codes of one instruction
// Groups of rows that are on their way from memory while one is worked on.
constexpr int64_t kGroupsAhead = 2;

// sum += unsigned bytes of codes times signed bytes of query, four to a lane. Not
// the intrinsic: with it gcc 12 copies each sum to another register and back.
inline __attribute__((always_inline)) void Mac(__m512i& sum, __m512i codes, __m512i query) {
  asm("vpdpbusd %2, %1, %0" : "+v"(sum) : "v"(codes), "v"(query));
}

__m256i Halve(__m512i v) {
  return _mm256_add_epi32(_mm512_castsi512_si256(v), _mm512_extracti64x4_epi64(v, 1));
}

// The sum of the lanes of each of four.
__m128i SumLanes(const __m512i (&v)[kRowsAtOnce]) {
  const __m256i ab = _mm256_hadd_epi32(Halve(v[0]), Halve(v[1]));
  const __m256i cd = _mm256_hadd_epi32(Halve(v[2]), Halve(v[3]));
  const __m256i abcd = _mm256_hadd_epi32(ab, cd);
  return _mm_add_epi32(_mm256_castsi256_si128(abcd), _mm256_extracti128_si256(abcd, 1));
}

// 128 times the sum of a query's bytes: what the codes' offset adds to each sum.
int32_t Offset(const int8_t* query, int64_t stride) {
  __m512i sum = _mm512_setzero_si512();
  for (int64_t i = 0; i < stride; i += kBlock) {
    Mac(sum, _mm512_set1_epi8(static_cast<char>(128)), _mm512_loadu_si512(query + i));
  }
  return _mm512_reduce_add_epi32(sum);
}

void Store(__m128i sums, int32_t offset, int64_t count, int32_t* out) {
  const auto mask = static_cast<__mmask8>((1 << (count < kRowsAtOnce ? count : kRowsAtOnce)) - 1);
  _mm_mask_storeu_epi32(out, mask, _mm_sub_epi32(sums, _mm_set1_epi32(offset)));
}

template <bool kLow>
void Run(const CodeRows& rows, const int8_t* high, const int8_t* low, int32_t* high_sums,
         int32_t* low_sums) {
  const int32_t high_offset = Offset(high, rows.stride);
  const int32_t low_offset = kLow ? Offset(low, rows.stride) : 0;
  for (int64_t r = 0; r < rows.n; r += kRowsAtOnce) {
    const uint8_t* row[kRowsAtOnce];
    const uint8_t* ahead[kRowsAtOnce];
    for (int64_t j = 0; j < kRowsAtOnce; ++j) {
      // Beyond the last row: the last one again, whose sum isn't stored.
      const int64_t at = r + j < rows.n ? r + j : rows.n - 1;
      const int64_t next = at + kGroupsAhead * kRowsAtOnce;
      row[j] = rows.Row(at);
      ahead[j] = rows.Row(next < rows.n ? next : rows.n - 1);
    }
    __m512i sum[kRowsAtOnce], low_sum[kRowsAtOnce];
    for (int j = 0; j < kRowsAtOnce; ++j) sum[j] = low_sum[j] = _mm512_setzero_si512();
    for (int64_t i = 0; i < rows.stride; i += kBlock) {
      const __m512i q = _mm512_loadu_si512(high + i);
      const __m512i q_low = kLow ? _mm512_loadu_si512(low + i) : q;
      for (int j = 0; j < kRowsAtOnce; ++j) {
        _mm_prefetch(reinterpret_cast<const char*>(ahead[j] + i), _MM_HINT_T0);
        const __m512i codes = _mm512_loadu_si512(row[j] + i);
        Mac(sum[j], codes, q);
        if (kLow) Mac(low_sum[j], codes, q_low);
      }
    }
    Store(SumLanes(sum), high_offset, rows.n - r, high_sums + r);
    if (kLow) Store(SumLanes(low_sum), low_offset, rows.n - r, low_sums + r);
  }
}

}  // namespace

void CodeDotsAvx512Vnni(const CodeRows& rows, const int8_t* high, const int8_t* low,
                        int32_t* high_sums, int32_t* low_sums) {
  if (low != nullptr) {
    Run<true>(rows, high, low, high_sums, low_sums);
  } else {
    Run<false>(rows, high, low, high_sums, low_sums);
  }
}

}  // namespace footnote::kernels::internal
