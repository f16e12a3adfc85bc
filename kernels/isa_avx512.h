#ifndef FOOTNOTE_KERNELS_ISA_AVX512_H_
#define FOOTNOTE_KERNELS_ISA_AVX512_H_

#include <immintrin.h>

#include <cstdint>

#include "kernels/tile.h"

// Included only by sources compiled for AVX-512.
namespace footnote::kernels::internal {
namespace {

struct FloatAvx512 {
  using FVec = __m512;
  static constexpr int kLanes = 16;

  static __mmask16 Mask(int count) { return static_cast<__mmask16>((1u << count) - 1); }
  static FVec LoadF(const float* p) { return _mm512_loadu_ps(p); }
  static FVec LoadPart(const float* p, int count) { return _mm512_maskz_loadu_ps(Mask(count), p); }
  static FVec KeepFirst(FVec v, int count) { return _mm512_maskz_mov_ps(Mask(count), v); }
  static FVec SetF(float v) { return _mm512_set1_ps(v); }
  static FVec SubF(FVec a, FVec b) { return _mm512_sub_ps(a, b); }
  static FVec DivF(FVec a, FVec b) { return _mm512_div_ps(a, b); }
  static FVec MinF(FVec a, FVec b) { return _mm512_min_ps(a, b); }
  static FVec MaxF(FVec a, FVec b) { return _mm512_max_ps(a, b); }
  static FVec AbsF(FVec v) { return _mm512_abs_ps(v); }
  static FVec CopySign(FVec v, FVec sign) {
    const __m512 bit = _mm512_set1_ps(-0.0f);
    return _mm512_or_ps(_mm512_andnot_ps(bit, v), _mm512_and_ps(bit, sign));
  }
  static FVec RoundF(FVec v) { return _mm512_roundscale_ps(v, 0); }
  static FVec Scale2(FVec v, FVec n) { return _mm512_scalef_ps(v, n); }
  static FVec LoadBf16(const uint16_t* p, int count) {
    const __m256i v = count == kLanes ? _mm256_loadu_si256(reinterpret_cast<const __m256i*>(p))
                                      : _mm256_maskz_loadu_epi16(Mask(count), p);
    return _mm512_castsi512_ps(_mm512_slli_epi32(_mm512_cvtepu16_epi32(v), 16));
  }
  static FVec LoadI8(const int8_t* p, int count) {
    const __m128i v = count == kLanes ? _mm_loadu_si128(reinterpret_cast<const __m128i*>(p))
                                      : _mm_maskz_loadu_epi8(Mask(count), p);
    return _mm512_cvtepi32_ps(_mm512_cvtepi8_epi32(v));
  }
  // The first count / 2 values, each twice.
  static FVec DupPairs(const float* p, int count) {
    const __m256 v = _mm256_maskz_loadu_ps(static_cast<__mmask8>((1u << (count / 2)) - 1), p);
    return _mm512_permutexvar_ps(_mm512_setr_epi32(0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7),
                                 _mm512_castps256_ps512(v));
  }
  // Of each pair (a, b): (a c - b s, b c + a s).
  static FVec RotatePairs(FVec v, FVec c, FVec s) {
    return _mm512_fmaddsub_ps(v, c, _mm512_mul_ps(_mm512_permute_ps(v, 0xB1), s));
  }
  static FVec SelectLess(FVec a, FVec b, FVec x, FVec y) {
    return _mm512_mask_blend_ps(_mm512_cmp_ps_mask(a, b, _CMP_LT_OQ), y, x);
  }
  static float SumF(FVec v) { return _mm512_reduce_add_ps(v); }
  static float LeastF(FVec v) { return _mm512_reduce_min_ps(v); }
  static float GreatestF(FVec v) { return _mm512_reduce_max_ps(v); }
  static void StoreU8(uint8_t* p, FVec v, int count) {
    const __m512i whole = _mm512_cvtps_epi32(v);
    if (count == kLanes) {
      _mm_storeu_si128(reinterpret_cast<__m128i*>(p), _mm512_cvtusepi32_epi8(whole));
    } else {
      _mm512_mask_cvtusepi32_storeu_epi8(p, Mask(count), whole);
    }
  }
  static FVec MulF(FVec a, FVec b) { return _mm512_mul_ps(a, b); }
  static FVec AddF(FVec a, FVec b) { return _mm512_add_ps(a, b); }
  static FVec FmaF(FVec a, FVec b, FVec c) { return _mm512_fmadd_ps(a, b, c); }
  static void StoreF(float* p, FVec v, int count) {
    if (count == kLanes) {
      _mm512_storeu_ps(p, v);
    } else {
      _mm512_mask_storeu_ps(p, Mask(count), v);
    }
  }
  // Rounds to nearest, ties to even; a NaN keeps its upper half with the quiet
  // bit set.
  static void StoreBf16(uint16_t* p, FVec v, int count) {
    const __m512i bits = _mm512_castps_si512(v);
    const __m512i odd = _mm512_and_si512(_mm512_srli_epi32(bits, 16), _mm512_set1_epi32(1));
    __m512i rounded = _mm512_add_epi32(_mm512_add_epi32(bits, odd), _mm512_set1_epi32(0x7FFF));
    const __mmask16 nan = _mm512_cmp_ps_mask(v, v, _CMP_UNORD_Q);
    rounded = _mm512_mask_or_epi32(rounded, nan, bits, _mm512_set1_epi32(0x400000));
    const __m512i half = _mm512_srli_epi32(rounded, 16);
    if (count == kLanes) {
      _mm256_storeu_si256(reinterpret_cast<__m256i*>(p), _mm512_cvtepi32_epi16(half));
    } else {
      _mm512_mask_cvtepi32_storeu_epi16(p, Mask(count), half);
    }
  }
};

// Transposes 16 x 16 values of 32 bits in registers.
FOOTNOTE_ALWAYS_INLINE void Transpose16(__m512i (&rows)[16]) {
  __m512i a[16], b[16];
  FOOTNOTE_UNROLL for (int i = 0; i < 8; ++i) {
    a[2 * i] = _mm512_unpacklo_epi32(rows[2 * i], rows[2 * i + 1]);
    a[2 * i + 1] = _mm512_unpackhi_epi32(rows[2 * i], rows[2 * i + 1]);
  }
  FOOTNOTE_UNROLL for (int i = 0; i < 4; ++i) {
    b[4 * i] = _mm512_unpacklo_epi64(a[4 * i], a[4 * i + 2]);
    b[4 * i + 1] = _mm512_unpackhi_epi64(a[4 * i], a[4 * i + 2]);
    b[4 * i + 2] = _mm512_unpacklo_epi64(a[4 * i + 1], a[4 * i + 3]);
    b[4 * i + 3] = _mm512_unpackhi_epi64(a[4 * i + 1], a[4 * i + 3]);
  }
  // b[4 i + c] holds columns c, c + 4, c + 8, c + 12 of rows 4 i .. 4 i + 3.
  FOOTNOTE_UNROLL for (int c = 0; c < 4; ++c) {
    const __m512i low01 = _mm512_shuffle_i32x4(b[c], b[4 + c], 0x88);
    const __m512i high01 = _mm512_shuffle_i32x4(b[c], b[4 + c], 0xDD);
    const __m512i low23 = _mm512_shuffle_i32x4(b[8 + c], b[12 + c], 0x88);
    const __m512i high23 = _mm512_shuffle_i32x4(b[8 + c], b[12 + c], 0xDD);
    rows[c] = _mm512_shuffle_i32x4(low01, low23, 0x88);
    rows[4 + c] = _mm512_shuffle_i32x4(high01, high23, 0x88);
    rows[8 + c] = _mm512_shuffle_i32x4(low01, low23, 0xDD);
    rows[12 + c] = _mm512_shuffle_i32x4(high01, high23, 0xDD);
  }
}

struct F32Avx512 : FloatAvx512 {
  using Elem = float;
  using PanelElem = float;
  using Vec = __m512;
  using PanelVec = __m512;
  using InputVec = __m512;
  static constexpr int kCols = 2;
  static constexpr int kGroup = 1;
  static constexpr int kMaxRows = 14;
  static constexpr bool kQuantized = false;

  static Vec Zero() { return _mm512_setzero_ps(); }
  static PanelVec LoadPanel(const float* p) { return _mm512_loadu_ps(p); }
  static InputVec Broadcast(const float* p) { return _mm512_set1_ps(*p); }
  static FOOTNOTE_ALWAYS_INLINE void Mac(Vec& sum, InputVec x, PanelVec w) {
    sum = _mm512_fmadd_ps(x, w, sum);
  }
  static FVec ToFloat(Vec v) { return v; }
};

// bf16 without BF16 instructions: an f32 product for each half of a pair, whose
// values are exact.
struct Bf16Avx512 : FloatAvx512 {
  using Elem = uint16_t;
  using PanelElem = uint16_t;
  using Vec = __m512;
  using PanelVec = __m512i;
  struct InputVec {
    __m512 even, odd;
  };
  static constexpr int kCols = 2;
  static constexpr int kGroup = 2;
  static constexpr int kMaxRows = 8;
  static constexpr bool kQuantized = false;

  static Vec Zero() { return _mm512_setzero_ps(); }
  static PanelVec LoadPanel(const uint16_t* p) { return _mm512_loadu_si512(p); }
  static __m512 Even(__m512i pairs) { return _mm512_castsi512_ps(_mm512_slli_epi32(pairs, 16)); }
  static __m512 Odd(__m512i pairs) {
    return _mm512_castsi512_ps(_mm512_and_si512(pairs, _mm512_set1_epi32(0xFFFF0000)));
  }
  static InputVec Broadcast(const uint16_t* p) {
    int pair;
    __builtin_memcpy(&pair, p, sizeof(pair));
    const __m512i pairs = _mm512_set1_epi32(pair);
    return {Even(pairs), Odd(pairs)};
  }
  static FOOTNOTE_ALWAYS_INLINE void Mac(Vec& sum, const InputVec& x, PanelVec w) {
    sum = _mm512_fmadd_ps(x.even, Even(w), sum);
    sum = _mm512_fmadd_ps(x.odd, Odd(w), sum);
  }
  static FVec ToFloat(Vec v) { return v; }
};

}  // namespace
}  // namespace footnote::kernels::internal

#endif  // FOOTNOTE_KERNELS_ISA_AVX512_H_
