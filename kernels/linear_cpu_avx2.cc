#include <immintrin.h>

#include "kernels/isa_avx2.h"
#include "kernels/linear_internal.h"
#include "kernels/linear_tile.h"

namespace footnote::kernels::internal {
namespace {

// 16-bit values, whose pairwise sums of products are exact in 32 bits: AVX2's
// instruction for 8-bit pairs saturates. A register of sums holds two per output.
struct Int8Avx2 : FloatAvx2 {
  using Elem = uint8_t;
  using PanelElem = int8_t;
  struct Vec {
    __m256i low, high;  // two sums for each of 4 outputs
  };
  struct PanelVec {
    __m256i low, high;
  };
  using InputVec = __m256i;
  static constexpr int kCols = 4;
  static constexpr int kGroup = 4;
  static constexpr int kMaxRows = 1;
  static constexpr bool kQuantized = true;

  static Vec Zero() { return {_mm256_setzero_si256(), _mm256_setzero_si256()}; }
  static PanelVec LoadPanel(const int8_t* p) {
    return {_mm256_cvtepi8_epi16(_mm_loadu_si128(reinterpret_cast<const __m128i*>(p))),
            _mm256_cvtepi8_epi16(_mm_loadu_si128(reinterpret_cast<const __m128i*>(p + 16)))};
  }
  static InputVec Broadcast(const uint8_t* p) {
    int four;
    __builtin_memcpy(&four, p, sizeof(four));
    return _mm256_broadcastq_epi64(_mm_cvtepu8_epi16(_mm_cvtsi32_si128(four)));
  }
  static FOOTNOTE_ALWAYS_INLINE void Mac(Vec& sum, InputVec x, const PanelVec& w) {
    sum.low = _mm256_add_epi32(sum.low, _mm256_madd_epi16(x, w.low));
    sum.high = _mm256_add_epi32(sum.high, _mm256_madd_epi16(x, w.high));
  }
  static FVec ToFloat(const Vec& v) {
    // hadd adds neighbours within halves: outputs 0 1 4 5 | 2 3 6 7.
    return _mm256_cvtepi32_ps(
        _mm256_permute4x64_epi64(_mm256_hadd_epi32(v.low, v.high), _MM_SHUFFLE(3, 1, 2, 0)));
  }
};

}  // namespace

void LinearF32Avx2(const LinearArgs& args) { RunLinear<F32Avx2>(args); }
void LinearBf16Avx2(const LinearArgs& args) { RunLinear<Bf16Avx2>(args); }
void LinearInt8Avx2(const LinearArgs& args) { RunLinear<Int8Avx2>(args); }

}  // namespace footnote::kernels::internal
