#ifndef FOOTNOTE_KERNELS_ISA_AVX512_BF16_H_
#define FOOTNOTE_KERNELS_ISA_AVX512_BF16_H_

#include <immintrin.h>

#include <cstdint>

#include "kernels/isa_avx512.h"

// Included only by sources compiled for AVX-512 with BF16.
namespace footnote::kernels::internal {
namespace {

struct Bf16Native : FloatAvx512 {
  using Elem = uint16_t;
  using PanelElem = uint16_t;
  using Vec = __m512;
  using PanelVec = __m512i;
  using InputVec = __m512i;
  static constexpr int kCols = 2;
  static constexpr int kGroup = 2;
  static constexpr int kMaxRows = 14;
  static constexpr bool kQuantized = false;

  static Vec Zero() { return _mm512_setzero_ps(); }
  static PanelVec LoadPanel(const uint16_t* p) { return _mm512_loadu_si512(p); }
  static InputVec Broadcast(const uint16_t* p) {
    int pair;
    __builtin_memcpy(&pair, p, sizeof(pair));
    return _mm512_set1_epi32(pair);
  }
  static FOOTNOTE_ALWAYS_INLINE void Mac(Vec& sum, InputVec x, PanelVec w) {
    // Not the intrinsic: with it gcc 12 copies each sum to another register and back.
    asm("vdpbf16ps %2, %1, %0" : "+v"(sum) : "v"(x), "v"(w));
  }
  static FVec ToFloat(Vec v) { return v; }
  static void StoreBf16(uint16_t* p, FVec v, int count) {
    const __m256i half = (__m256i)_mm512_cvtneps_pbh(v);
    if (count == kLanes) {
      _mm256_storeu_si256(reinterpret_cast<__m256i*>(p), half);
    } else {
      _mm256_mask_storeu_epi16(p, Mask(count), half);
    }
  }
};

}  // namespace
}  // namespace footnote::kernels::internal

#endif  // FOOTNOTE_KERNELS_ISA_AVX512_BF16_H_
