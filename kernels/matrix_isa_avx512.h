#ifndef FOOTNOTE_KERNELS_MATRIX_ISA_AVX512_H_
#define FOOTNOTE_KERNELS_MATRIX_ISA_AVX512_H_

#include <immintrin.h>

#include <cstdint>

#include "kernels/isa_avx512.h"
#include "kernels/matrix_tile.h"

// What kernels/matrix_tile.h asks of an Isa, but for the dot products. Included
// only by sources compiled for AVX-512.
namespace footnote::kernels::internal {
namespace {

struct BlocksAvx512 : FloatAvx512 {
  using Bytes = __m512i;
  using Sums = __m512i;

  static FVec LoadHalf(const uint16_t* p) {
    return _mm512_cvtph_ps(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(p)));
  }
  static FVec LoadU8(const uint8_t* p) {
    const __m128i v = _mm_loadu_si128(reinterpret_cast<const __m128i*>(p));
    return _mm512_cvtepi32_ps(_mm512_cvtepu8_epi32(v));
  }
  static FVec LoadS8(const uint8_t* p) {
    const __m128i v = _mm_loadu_si128(reinterpret_cast<const __m128i*>(p));
    return _mm512_cvtepi32_ps(_mm512_cvtepi8_epi32(v));
  }

  static Bytes LoadBytes(const uint8_t* p) { return _mm512_loadu_si512(p); }
  static Bytes Low(Bytes b) { return _mm512_and_si512(b, _mm512_set1_epi8(15)); }
  static Bytes High(Bytes b) {
    return _mm512_and_si512(_mm512_srli_epi16(b, 4), _mm512_set1_epi8(15));
  }
  // Shifts of 16-bit lanes: what crosses from byte to byte is masked away.
  static FOOTNOTE_ALWAYS_INLINE Bytes AddBit(Bytes w, Bytes high, int q) {
    const Bytes at_4 = q <= 4 ? _mm512_slli_epi16(high, 4 - q) : _mm512_srli_epi16(high, q - 4);
    return OrMasked(w, at_4, _mm512_set1_epi8(0x10));
  }
  static FOOTNOTE_ALWAYS_INLINE Bytes AddTwoBits(Bytes w, Bytes high, int q) {
    const Bytes at_4 = q <= 2 ? _mm512_slli_epi16(high, 4 - 2 * q) : _mm512_srli_epi16(high, 2);
    return OrMasked(w, at_4, _mm512_set1_epi8(0x30));
  }
  static Bytes OrMasked(Bytes w, Bytes v, Bytes mask) {
    return _mm512_ternarylogic_epi64(v, mask, w, 0xEA);  // (v & mask) | w
  }

  static Sums InitSums(int32_t v) { return _mm512_set1_epi32(v); }
  static FVec ToFloat(Sums v) { return _mm512_cvtepi32_ps(v); }

  static void QuantizeGroup(const float* x, int count, int8_t* q, float* d, int32_t* sums) {
    __m512 low, high;
    if (count == 32) {
      low = _mm512_loadu_ps(x);
      high = _mm512_loadu_ps(x + 16);
    } else {
      low = LoadPart(x, count < 16 ? count : 16);
      high = count > 16 ? LoadPart(x + 16, count - 16) : _mm512_setzero_ps();
    }
    const float greatest = GreatestF(_mm512_max_ps(_mm512_abs_ps(low), _mm512_abs_ps(high)));
    *d = greatest / 127;
    const __m512 inverse = _mm512_set1_ps(greatest > kLeastMagnitude ? 127 / greatest : 0);
    const __m128i first = _mm512_cvtsepi32_epi8(_mm512_cvtps_epi32(_mm512_mul_ps(low, inverse)));
    const __m128i second = _mm512_cvtsepi32_epi8(_mm512_cvtps_epi32(_mm512_mul_ps(high, inverse)));
    _mm_storeu_si128(reinterpret_cast<__m128i*>(q), first);
    _mm_storeu_si128(reinterpret_cast<__m128i*>(q + 16), second);
    sums[0] = SumBytes(first);
    sums[1] = SumBytes(second);
  }
  static int32_t SumBytes(__m128i q) {
    const __m128i up = _mm_xor_si128(q, _mm_set1_epi8(-128));  // q + 128
    const __m128i sum = _mm_sad_epu8(up, _mm_setzero_si128());
    return _mm_cvtsi128_si32(sum) + _mm_extract_epi32(sum, 2) - 16 * 128;
  }
};

struct F16Avx512 : F32Avx512 {
  using PanelElem = uint16_t;
  static PanelVec LoadPanel(const uint16_t* p) { return BlocksAvx512::LoadHalf(p); }
};

}  // namespace
}  // namespace footnote::kernels::internal

#endif  // FOOTNOTE_KERNELS_MATRIX_ISA_AVX512_H_
