#include "kernels/cached_attention_internal.h"
#include "kernels/cached_attention_tile.h"
#include "kernels/isa_avx512_bf16.h"

namespace footnote::kernels::internal {
namespace {

struct AttendIsa : Bf16Native {
  static constexpr bool kWeightsInPlace = false;
  static constexpr KvFormat kFormat = KvFormat::kBf16;

  static void StoreElem(uint16_t* p, FVec v) { StoreBf16(p, v, kLanes); }
  static void StoreWeights(uint16_t* p, FVec v) { StoreBf16(p, v, kLanes); }

  // For each pair of dimensions, the 32 keys' pairs.
  static void PackKeys(const uint16_t* rows, int64_t ld, uint16_t* keys) {
    for (int64_t i = 0; i < ld; i += 32) {
      for (int64_t t = 0; t < 32; t += 16) {
        __m512i square[16];
        FOOTNOTE_UNROLL for (int r = 0; r < 16; ++r) {
          square[r] = _mm512_loadu_si512(rows + (t + r) * ld + i);
        }
        Transpose16(square);
        FOOTNOTE_UNROLL for (int r = 0; r < 16; ++r) {
          _mm512_storeu_si512(keys + (i / 2 + r) * 64 + t * 2, square[r]);
        }
      }
    }
  }

  // For each pair of tokens, the dimensions' pairs.
  static void PackValues(const uint16_t* rows, int64_t ld, uint16_t* values) {
    const __m512i low = _mm512_set_epi16(47, 15, 46, 14, 45, 13, 44, 12, 43, 11, 42, 10, 41, 9, 40,
                                         8, 39, 7, 38, 6, 37, 5, 36, 4, 35, 3, 34, 2, 33, 1, 32, 0);
    const __m512i high = _mm512_add_epi16(low, _mm512_set1_epi16(16));
    for (int64_t t = 0; t < 32; t += 2) {
      for (int64_t i = 0; i < ld; i += 32) {
        const __m512i first = _mm512_loadu_si512(rows + t * ld + i);
        const __m512i second = _mm512_loadu_si512(rows + (t + 1) * ld + i);
        uint16_t* to = values + t * ld + 2 * i;
        _mm512_storeu_si512(to, _mm512_permutex2var_epi16(first, low, second));
        _mm512_storeu_si512(to + 32, _mm512_permutex2var_epi16(first, high, second));
      }
    }
  }
};

}  // namespace

void AttendBf16Avx512Bf16(const AttendPiece& piece) { Attender<AttendIsa>(piece).Run(); }

}  // namespace footnote::kernels::internal
