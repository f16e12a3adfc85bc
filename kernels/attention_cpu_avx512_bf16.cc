#include "kernels/attention_internal.h"
#include "kernels/attention_tile.h"
#include "kernels/isa_avx512_bf16.h"

namespace footnote::kernels::internal {
namespace {

struct AttentionIsa : Bf16Native {
  static constexpr bool kWeightsInPlace = false;

  // keys: for each 32 tokens, for each pair of dimensions, the 32 pairs; zero
  // beyond the last token.
  static void PackKeys(const uint16_t* k, int64_t ld, int64_t tokens, int64_t dim, uint16_t* keys) {
    for (int64_t t = 0; t < tokens; t += 32, keys += 32 * dim) {
      for (int64_t half = 0; half < 2; ++half) {
        for (int64_t i = 0; i < dim; i += 32) {
          __m512i rows[16];
          FOOTNOTE_UNROLL for (int r = 0; r < 16; ++r) {
            const int64_t token = t + half * 16 + r;
            rows[r] =
                token < tokens ? _mm512_loadu_si512(k + token * ld + i) : _mm512_setzero_si512();
          }
          Transpose16(rows);
          FOOTNOTE_UNROLL for (int r = 0; r < 16; ++r) {
            _mm512_storeu_si512(keys + (i / 2 + r) * 64 + half * 32, rows[r]);
          }
        }
      }
    }
  }

  // values: for each 32 dimensions, for each pair of tokens, the 32 pairs; zero
  // beyond the last token.
  static void PackValues(const uint16_t* v, int64_t ld, int64_t tokens, int64_t dim,
                         uint16_t* packed, const uint16_t** values, int64_t* values_ld,
                         int64_t* values_panel) {
    const int64_t pairs = (tokens + 1) / 2;
    // Interleaves two rows of 32 values.
    const __m512i low = _mm512_set_epi16(47, 15, 46, 14, 45, 13, 44, 12, 43, 11, 42, 10, 41, 9, 40,
                                         8, 39, 7, 38, 6, 37, 5, 36, 4, 35, 3, 34, 2, 33, 1, 32, 0);
    const __m512i high = _mm512_add_epi16(low, _mm512_set1_epi16(16));
    for (int64_t d = 0; d < dim; d += 32) {
      uint16_t* panel = packed + d * 2 * pairs;
      for (int64_t t = 0; t < tokens; t += 2) {
        const __m512i first = _mm512_loadu_si512(v + t * ld + d);
        const __m512i second =
            t + 1 < tokens ? _mm512_loadu_si512(v + (t + 1) * ld + d) : _mm512_setzero_si512();
        _mm512_storeu_si512(panel + t * 32, _mm512_permutex2var_epi16(first, low, second));
        _mm512_storeu_si512(panel + t * 32 + 32, _mm512_permutex2var_epi16(first, high, second));
      }
    }
    *values = packed;
    *values_ld = 64;
    *values_panel = 64 * pairs;
  }

  static void StoreWeights(uint16_t* p, FVec v) { StoreBf16(p, v, kLanes); }
};

}  // namespace

void AttentionBf16Avx512Bf16(const AttentionArgs& args) { RunAttention<AttentionIsa>(args); }

}  // namespace footnote::kernels::internal
