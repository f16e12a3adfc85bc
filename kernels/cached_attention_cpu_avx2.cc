#include "kernels/cached_attention_internal.h"
#include "kernels/cached_attention_tile.h"
#include "kernels/isa_avx2.h"

namespace footnote::kernels::internal {
namespace {

// Transposes 8 x 8 values.
FOOTNOTE_ALWAYS_INLINE void Transpose8(__m256 (&rows)[8]) {
  __m256 a[8], b[8];
  FOOTNOTE_UNROLL for (int i = 0; i < 4; ++i) {
    a[2 * i] = _mm256_unpacklo_ps(rows[2 * i], rows[2 * i + 1]);
    a[2 * i + 1] = _mm256_unpackhi_ps(rows[2 * i], rows[2 * i + 1]);
  }
  FOOTNOTE_UNROLL for (int i = 0; i < 2; ++i) {
    b[4 * i] = _mm256_shuffle_ps(a[4 * i], a[4 * i + 2], 0x44);
    b[4 * i + 1] = _mm256_shuffle_ps(a[4 * i], a[4 * i + 2], 0xEE);
    b[4 * i + 2] = _mm256_shuffle_ps(a[4 * i + 1], a[4 * i + 3], 0x44);
    b[4 * i + 3] = _mm256_shuffle_ps(a[4 * i + 1], a[4 * i + 3], 0xEE);
  }
  FOOTNOTE_UNROLL for (int i = 0; i < 4; ++i) {
    rows[i] = _mm256_permute2f128_ps(b[i], b[4 + i], 0x20);
    rows[4 + i] = _mm256_permute2f128_ps(b[i], b[4 + i], 0x31);
  }
}

struct AttendIsa : F32Avx2 {
  static constexpr bool kWeightsInPlace = true;
  static constexpr KvFormat kFormat = KvFormat::kF32;

  static void StoreElem(float* p, FVec v) { _mm256_storeu_ps(p, v); }
  static void StoreWeights(float* p, FVec v) { _mm256_storeu_ps(p, v); }
  static void PackKeys(const float* rows, int64_t ld, float* keys) {
    for (int64_t i = 0; i < ld; i += 8) {
      for (int64_t t = 0; t < 32; t += 8) {
        __m256 square[8];
        FOOTNOTE_UNROLL for (int r = 0; r < 8; ++r) square[r] = LoadF(rows + (t + r) * ld + i);
        Transpose8(square);
        FOOTNOTE_UNROLL for (int r = 0; r < 8; ++r) {
          _mm256_storeu_ps(keys + (i + r) * 32 + t, square[r]);
        }
      }
    }
  }
  static void PackValues(const float* rows, int64_t ld, float* values) {
    for (int64_t i = 0; i < 32 * ld; i += kLanes) _mm256_storeu_ps(values + i, LoadF(rows + i));
  }
};

}  // namespace

void AttendF32Avx2(const AttendPiece& piece) { Attender<AttendIsa>(piece).Run(); }

}  // namespace footnote::kernels::internal
