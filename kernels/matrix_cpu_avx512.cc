#include <immintrin.h>

#include "kernels/isa_avx512.h"
#include "kernels/matrix_float_tile.h"
#include "kernels/matrix_isa_avx512.h"
#include "kernels/matrix_layout.h"
#include "kernels/matrix_tile.h"

namespace footnote::kernels::internal {
namespace {

// 8-bit products without VNNI. The instruction for pairs of bytes saturates at
// 16 bits, which stored numbers of up to 7 bits don't reach; those of 8 bits are
// made signed, and their signs move to x.
struct BlocksMadd : BlocksAvx512 {
  static constexpr int kMaxRows = 8;
  static constexpr bool kSignedDot8 = true;

  static Bytes Broadcast(const int8_t* x) {
    int four;
    __builtin_memcpy(&four, x, sizeof(four));
    return _mm512_set1_epi32(four);
  }
  static FOOTNOTE_ALWAYS_INLINE void AddPairs(Sums& sums, Bytes w, Bytes x) {
    const __m512i pairs = _mm512_maddubs_epi16(w, x);
    sums = _mm512_add_epi32(sums, _mm512_madd_epi16(pairs, _mm512_set1_epi16(1)));
  }
  static FOOTNOTE_ALWAYS_INLINE void Dot(Sums& sums, Bytes w, const int8_t* x) {
    AddPairs(sums, w, Broadcast(x));
  }
  static FOOTNOTE_ALWAYS_INLINE void Dot8(Sums& sums, Bytes w, const int8_t* x) {
    const Bytes v = _mm512_xor_si512(w, _mm512_set1_epi8(-128));
    const Bytes wide = Broadcast(x);
    const Bytes with_sign =
        _mm512_mask_sub_epi8(wide, _mm512_movepi8_mask(v), _mm512_setzero_si512(), wide);
    AddPairs(sums, _mm512_abs_epi8(v), with_sign);
  }
};

void Multiply(PanelKind kind, const PanelArgs& args) {
  switch (kind) {
    case PanelKind::kF32:
      return RunFloatPanels<F32Avx512>(args);
    case PanelKind::kF16:
      return RunFloatPanels<F16Avx512>(args);
    case PanelKind::kBf16:
      return RunFloatPanels<Bf16Avx512>(args);
    default:
      MultiplyBlocks<BlocksMadd>(kind, args);
  }
}

}  // namespace

PanelKernels PanelKernelsAvx512() {
  return {BlocksMadd::kMaxRows, QuantizeGroups<BlocksMadd>, Multiply};
}

}  // namespace footnote::kernels::internal
