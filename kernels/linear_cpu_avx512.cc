#include <immintrin.h>

#include "kernels/isa_avx512.h"
#include "kernels/linear_internal.h"
#include "kernels/linear_tile.h"

namespace footnote::kernels::internal {
namespace {

// 8-bit products without VNNI: 16-bit values, whose pairwise sums of products
// are exact in 32 bits. A register of sums holds two per output.
struct Int8Avx512 : FloatAvx512 {
  using Elem = uint8_t;
  using PanelElem = int8_t;
  struct Vec {
    __m512i low, high;  // two sums for each of 8 outputs
  };
  struct PanelVec {
    __m512i low, high;
  };
  using InputVec = __m512i;
  static constexpr int kCols = 2;
  static constexpr int kGroup = 4;
  static constexpr int kMaxRows = 5;
  static constexpr bool kQuantized = true;

  static Vec Zero() { return {_mm512_setzero_si512(), _mm512_setzero_si512()}; }
  static PanelVec LoadPanel(const int8_t* p) {
    return {_mm512_cvtepi8_epi16(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(p))),
            _mm512_cvtepi8_epi16(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(p + 32)))};
  }
  static InputVec Broadcast(const uint8_t* p) {
    int four;
    __builtin_memcpy(&four, p, sizeof(four));
    return _mm512_broadcastq_epi64(_mm_cvtepu8_epi16(_mm_cvtsi32_si128(four)));
  }
  static FOOTNOTE_ALWAYS_INLINE void Mac(Vec& sum, InputVec x, const PanelVec& w) {
    sum.low = _mm512_add_epi32(sum.low, _mm512_madd_epi16(x, w.low));
    sum.high = _mm512_add_epi32(sum.high, _mm512_madd_epi16(x, w.high));
  }
  static FVec ToFloat(const Vec& v) {
    const __m512i even =
        _mm512_set_epi32(30, 28, 26, 24, 22, 20, 18, 16, 14, 12, 10, 8, 6, 4, 2, 0);
    const __m512i odd = _mm512_add_epi32(even, _mm512_set1_epi32(1));
    return _mm512_cvtepi32_ps(_mm512_add_epi32(_mm512_permutex2var_epi32(v.low, even, v.high),
                                               _mm512_permutex2var_epi32(v.low, odd, v.high)));
  }
};

}  // namespace

void LinearF32Avx512(const LinearArgs& args) { RunLinear<F32Avx512>(args); }
void LinearBf16Avx512(const LinearArgs& args) { RunLinear<Bf16Avx512>(args); }
void LinearInt8Avx512(const LinearArgs& args) { RunLinear<Int8Avx512>(args); }

}  // namespace footnote::kernels::internal
