#include <immintrin.h>

#include "kernels/isa_avx512.h"
#include "kernels/linear_internal.h"
#include "kernels/linear_tile.h"

namespace footnote::kernels::internal {
namespace {

struct Int8Vnni : FloatAvx512 {
  using Elem = uint8_t;
  using PanelElem = int8_t;
  using Vec = __m512i;
  using PanelVec = __m512i;
  using InputVec = __m512i;
  static constexpr int kCols = 2;
  static constexpr int kGroup = 4;
  static constexpr int kMaxRows = 14;
  static constexpr bool kQuantized = true;

  static Vec Zero() { return _mm512_setzero_si512(); }
  static PanelVec LoadPanel(const int8_t* p) { return _mm512_loadu_si512(p); }
  static InputVec Broadcast(const uint8_t* p) {
    int four;
    __builtin_memcpy(&four, p, sizeof(four));
    return _mm512_set1_epi32(four);
  }
  static FOOTNOTE_ALWAYS_INLINE void Mac(Vec& sum, InputVec x, PanelVec w) {
    // Not the intrinsic: with it gcc 12 copies each sum to another register and back.
    asm("vpdpbusd %2, %1, %0" : "+v"(sum) : "v"(x), "v"(w));
  }
  static FVec ToFloat(Vec v) { return _mm512_cvtepi32_ps(v); }
};

}  // namespace

void LinearInt8Avx512Vnni(const LinearArgs& args) { RunLinear<Int8Vnni>(args); }

}  // namespace footnote::kernels::internal
