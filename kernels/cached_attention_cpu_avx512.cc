#include "kernels/cached_attention_internal.h"
#include "kernels/cached_attention_tile.h"
#include "kernels/isa_avx512.h"

namespace footnote::kernels::internal {
namespace {

struct AttendIsa : F32Avx512 {
  static constexpr bool kWeightsInPlace = true;
  static constexpr KvFormat kFormat = KvFormat::kF32;

  static void StoreElem(float* p, FVec v) { _mm512_storeu_ps(p, v); }
  static void StoreWeights(float* p, FVec v) { _mm512_storeu_ps(p, v); }
  static void PackKeys(const float* rows, int64_t ld, float* keys) {
    for (int64_t i = 0; i < ld; i += 16) {
      for (int64_t t = 0; t < 32; t += 16) {
        __m512i square[16];
        FOOTNOTE_UNROLL for (int r = 0; r < 16; ++r) {
          square[r] = _mm512_loadu_si512(rows + (t + r) * ld + i);
        }
        Transpose16(square);
        FOOTNOTE_UNROLL for (int r = 0; r < 16; ++r) {
          _mm512_storeu_si512(keys + (i + r) * 32 + t, square[r]);
        }
      }
    }
  }
  static void PackValues(const float* rows, int64_t ld, float* values) {
    for (int64_t i = 0; i < 32 * ld; i += kLanes) _mm512_storeu_ps(values + i, LoadF(rows + i));
  }
};

}  // namespace

void AttendF32Avx512(const AttendPiece& piece) { Attender<AttendIsa>(piece).Run(); }

}  // namespace footnote::kernels::internal
