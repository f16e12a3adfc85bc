#ifndef FOOTNOTE_KERNELS_ISA_AVX2_H_
#define FOOTNOTE_KERNELS_ISA_AVX2_H_

#include <immintrin.h>

#include <cstdint>

#include "kernels/tile.h"

// Included only by sources compiled for AVX2.
namespace footnote::kernels::internal {
namespace {

struct FloatAvx2 {
  using FVec = __m256;
  static constexpr int kLanes = 8;

  static FVec LoadF(const float* p) { return _mm256_loadu_ps(p); }
  static __m256i Mask(int count) {
    return _mm256_cmpgt_epi32(_mm256_set1_epi32(count), _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7));
  }
  static FVec LoadPart(const float* p, int count) { return _mm256_maskload_ps(p, Mask(count)); }
  static FVec KeepFirst(FVec v, int count) {
    return _mm256_and_ps(v, _mm256_castsi256_ps(Mask(count)));
  }
  static FVec SetF(float v) { return _mm256_set1_ps(v); }
  static FVec SubF(FVec a, FVec b) { return _mm256_sub_ps(a, b); }
  static FVec DivF(FVec a, FVec b) { return _mm256_div_ps(a, b); }
  static FVec MinF(FVec a, FVec b) { return _mm256_min_ps(a, b); }
  static FVec MaxF(FVec a, FVec b) { return _mm256_max_ps(a, b); }
  static FVec AbsF(FVec v) { return _mm256_andnot_ps(_mm256_set1_ps(-0.0f), v); }
  static FVec CopySign(FVec v, FVec sign) {
    const __m256 bit = _mm256_set1_ps(-0.0f);
    return _mm256_or_ps(_mm256_andnot_ps(bit, v), _mm256_and_ps(bit, sign));
  }
  static FVec RoundF(FVec v) {
    return _mm256_round_ps(v, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
  }
  static FVec Scale2(FVec v, FVec n) {
    const __m256i exponent = _mm256_add_epi32(_mm256_cvtps_epi32(n), _mm256_set1_epi32(127));
    return _mm256_mul_ps(v, _mm256_castsi256_ps(_mm256_slli_epi32(exponent, 23)));
  }
  static FVec LoadBf16(const uint16_t* p, int count) {
    __m128i v = _mm_setzero_si128();
    if (count == kLanes) {
      v = _mm_loadu_si128(reinterpret_cast<const __m128i*>(p));
    } else {
      __builtin_memcpy(&v, p, sizeof(uint16_t) * count);
    }
    return _mm256_castsi256_ps(_mm256_slli_epi32(_mm256_cvtepu16_epi32(v), 16));
  }
  static FVec LoadI8(const int8_t* p, int count) {
    __m128i v = _mm_setzero_si128();
    if (count == kLanes) {
      v = _mm_loadl_epi64(reinterpret_cast<const __m128i*>(p));
    } else {
      __builtin_memcpy(&v, p, count);
    }
    return _mm256_cvtepi32_ps(_mm256_cvtepi8_epi32(v));
  }
  // The first count / 2 values, each twice.
  static FVec DupPairs(const float* p, int count) {
    const __m128i mask = _mm_cmpgt_epi32(_mm_set1_epi32(count / 2), _mm_setr_epi32(0, 1, 2, 3));
    return _mm256_permutevar8x32_ps(_mm256_castps128_ps256(_mm_maskload_ps(p, mask)),
                                    _mm256_setr_epi32(0, 0, 1, 1, 2, 2, 3, 3));
  }
  // Of each pair (a, b): (a c - b s, b c + a s).
  static FVec RotatePairs(FVec v, FVec c, FVec s) {
    return _mm256_fmaddsub_ps(v, c, _mm256_mul_ps(_mm256_permute_ps(v, 0xB1), s));
  }
  static FVec SelectLess(FVec a, FVec b, FVec x, FVec y) {
    return _mm256_blendv_ps(y, x, _mm256_cmp_ps(a, b, _CMP_LT_OQ));
  }
  static float SumF(FVec v) {
    __m128 s = _mm_add_ps(_mm256_castps256_ps128(v), _mm256_extractf128_ps(v, 1));
    s = _mm_add_ps(s, _mm_movehl_ps(s, s));
    return _mm_cvtss_f32(_mm_add_ss(s, _mm_movehdup_ps(s)));
  }
  static float LeastF(FVec v) {
    __m128 s = _mm_min_ps(_mm256_castps256_ps128(v), _mm256_extractf128_ps(v, 1));
    s = _mm_min_ps(s, _mm_movehl_ps(s, s));
    return _mm_cvtss_f32(_mm_min_ss(s, _mm_movehdup_ps(s)));
  }
  static float GreatestF(FVec v) {
    __m128 s = _mm_max_ps(_mm256_castps256_ps128(v), _mm256_extractf128_ps(v, 1));
    s = _mm_max_ps(s, _mm_movehl_ps(s, s));
    return _mm_cvtss_f32(_mm_max_ss(s, _mm_movehdup_ps(s)));
  }
  static void StoreU8(uint8_t* p, FVec v, int count) {
    const __m256i whole = _mm256_cvtps_epi32(v);
    const __m128i half =
        _mm_packus_epi32(_mm256_castsi256_si128(whole), _mm256_extracti128_si256(whole, 1));
    const __m128i bytes = _mm_packus_epi16(half, half);
    if (count == kLanes) {
      _mm_storel_epi64(reinterpret_cast<__m128i*>(p), bytes);
    } else {
      alignas(16) uint8_t values[16];
      _mm_store_si128(reinterpret_cast<__m128i*>(values), bytes);
      for (int i = 0; i < count; ++i) p[i] = values[i];
    }
  }
  static FVec MulF(FVec a, FVec b) { return _mm256_mul_ps(a, b); }
  static FVec AddF(FVec a, FVec b) { return _mm256_add_ps(a, b); }
  static FVec FmaF(FVec a, FVec b, FVec c) { return _mm256_fmadd_ps(a, b, c); }
  static void StoreF(float* p, FVec v, int count) {
    if (count == kLanes) {
      _mm256_storeu_ps(p, v);
    } else {
      alignas(32) float values[kLanes];
      _mm256_store_ps(values, v);
      for (int i = 0; i < count; ++i) p[i] = values[i];
    }
  }
  // Rounds to nearest, ties to even; a NaN keeps its upper half with the quiet
  // bit set.
  static __m128i RoundToBf16(FVec v) {
    const __m256i bits = _mm256_castps_si256(v);
    const __m256i odd = _mm256_and_si256(_mm256_srli_epi32(bits, 16), _mm256_set1_epi32(1));
    __m256i rounded = _mm256_add_epi32(_mm256_add_epi32(bits, odd), _mm256_set1_epi32(0x7FFF));
    const __m256i nan = _mm256_castps_si256(_mm256_cmp_ps(v, v, _CMP_UNORD_Q));
    rounded = _mm256_blendv_epi8(rounded, _mm256_or_si256(bits, _mm256_set1_epi32(0x400000)), nan);
    const __m256i half = _mm256_srli_epi32(rounded, 16);
    return _mm_packus_epi32(_mm256_castsi256_si128(half), _mm256_extracti128_si256(half, 1));
  }
  static void StoreBf16(uint16_t* p, FVec v, int count) {
    const __m128i half = RoundToBf16(v);
    if (count == kLanes) {
      _mm_storeu_si128(reinterpret_cast<__m128i*>(p), half);
    } else {
      alignas(16) uint16_t values[kLanes];
      _mm_store_si128(reinterpret_cast<__m128i*>(values), half);
      for (int i = 0; i < count; ++i) p[i] = values[i];
    }
  }
};

struct F32Avx2 : FloatAvx2 {
  using Elem = float;
  using PanelElem = float;
  using Vec = __m256;
  using PanelVec = __m256;
  using InputVec = __m256;
  static constexpr int kCols = 4;
  static constexpr int kGroup = 1;
  static constexpr int kMaxRows = 2;
  static constexpr bool kQuantized = false;

  static Vec Zero() { return _mm256_setzero_ps(); }
  static PanelVec LoadPanel(const float* p) { return _mm256_loadu_ps(p); }
  static InputVec Broadcast(const float* p) { return _mm256_set1_ps(*p); }
  static FOOTNOTE_ALWAYS_INLINE void Mac(Vec& sum, InputVec x, PanelVec w) {
    sum = _mm256_fmadd_ps(x, w, sum);
  }
  static FVec ToFloat(Vec v) { return v; }
};

// bf16 without BF16 instructions: an f32 product for each half of a pair, whose
// values are exact.
struct Bf16Avx2 : FloatAvx2 {
  using Elem = uint16_t;
  using PanelElem = uint16_t;
  using Vec = __m256;
  using PanelVec = __m256i;
  struct InputVec {
    __m256 even, odd;
  };
  static constexpr int kCols = 4;
  static constexpr int kGroup = 2;
  static constexpr int kMaxRows = 2;
  static constexpr bool kQuantized = false;

  static Vec Zero() { return _mm256_setzero_ps(); }
  static PanelVec LoadPanel(const uint16_t* p) {
    return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(p));
  }
  static __m256 Even(__m256i pairs) { return _mm256_castsi256_ps(_mm256_slli_epi32(pairs, 16)); }
  static __m256 Odd(__m256i pairs) {
    return _mm256_castsi256_ps(_mm256_and_si256(pairs, _mm256_set1_epi32(0xFFFF0000)));
  }
  static InputVec Broadcast(const uint16_t* p) {
    int pair;
    __builtin_memcpy(&pair, p, sizeof(pair));
    const __m256i pairs = _mm256_set1_epi32(pair);
    return {Even(pairs), Odd(pairs)};
  }
  static FOOTNOTE_ALWAYS_INLINE void Mac(Vec& sum, const InputVec& x, PanelVec w) {
    sum = _mm256_fmadd_ps(x.even, Even(w), sum);
    sum = _mm256_fmadd_ps(x.odd, Odd(w), sum);
  }
  static FVec ToFloat(Vec v) { return v; }
};

}  // namespace
}  // namespace footnote::kernels::internal

#endif  // FOOTNOTE_KERNELS_ISA_AVX2_H_
