#include <immintrin.h>

#include <cstdint>

#include "kernels/isa_avx2.h"
#include "kernels/matrix_float_tile.h"
#include "kernels/matrix_layout.h"
#include "kernels/matrix_tile.h"

namespace footnote::kernels::internal {
namespace {

// What kernels/matrix_tile.h asks for. The instruction for pairs of bytes
// saturates at 16 bits, which stored numbers of up to 7 bits don't reach; those
// of 8 bits are made signed, and their signs move to x.
struct BlocksAvx2 : FloatAvx2 {
  using Bytes = __m256i;
  using Sums = __m256i;
  static constexpr int kMaxRows = 4;
  static constexpr bool kSignedDot8 = true;

  static FVec LoadHalf(const uint16_t* p) {
    return _mm256_cvtph_ps(_mm_loadu_si128(reinterpret_cast<const __m128i*>(p)));
  }
  static FVec LoadU8(const uint8_t* p) {
    const __m128i v = _mm_loadl_epi64(reinterpret_cast<const __m128i*>(p));
    return _mm256_cvtepi32_ps(_mm256_cvtepu8_epi32(v));
  }
  static FVec LoadS8(const uint8_t* p) {
    const __m128i v = _mm_loadl_epi64(reinterpret_cast<const __m128i*>(p));
    return _mm256_cvtepi32_ps(_mm256_cvtepi8_epi32(v));
  }

  static Bytes LoadBytes(const uint8_t* p) {
    return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(p));
  }
  static Bytes Low(Bytes b) { return _mm256_and_si256(b, _mm256_set1_epi8(15)); }
  static Bytes High(Bytes b) {
    return _mm256_and_si256(_mm256_srli_epi16(b, 4), _mm256_set1_epi8(15));
  }
  // Shifts of 16-bit lanes: what crosses from byte to byte is masked away.
  static FOOTNOTE_ALWAYS_INLINE Bytes AddBit(Bytes w, Bytes high, int q) {
    const Bytes at_4 = q <= 4 ? _mm256_slli_epi16(high, 4 - q) : _mm256_srli_epi16(high, q - 4);
    return _mm256_or_si256(w, _mm256_and_si256(at_4, _mm256_set1_epi8(0x10)));
  }
  static FOOTNOTE_ALWAYS_INLINE Bytes AddTwoBits(Bytes w, Bytes high, int q) {
    const Bytes at_4 = q <= 2 ? _mm256_slli_epi16(high, 4 - 2 * q) : _mm256_srli_epi16(high, 2);
    return _mm256_or_si256(w, _mm256_and_si256(at_4, _mm256_set1_epi8(0x30)));
  }

  static Sums InitSums(int32_t v) { return _mm256_set1_epi32(v); }
  static FVec ToFloat(Sums v) { return _mm256_cvtepi32_ps(v); }

  static Bytes Broadcast(const int8_t* x) {
    int four;
    __builtin_memcpy(&four, x, sizeof(four));
    return _mm256_set1_epi32(four);
  }
  static FOOTNOTE_ALWAYS_INLINE void AddPairs(Sums& sums, Bytes w, Bytes x) {
    const __m256i pairs = _mm256_maddubs_epi16(w, x);
    sums = _mm256_add_epi32(sums, _mm256_madd_epi16(pairs, _mm256_set1_epi16(1)));
  }
  static FOOTNOTE_ALWAYS_INLINE void Dot(Sums& sums, Bytes w, const int8_t* x) {
    AddPairs(sums, w, Broadcast(x));
  }
  static FOOTNOTE_ALWAYS_INLINE void Dot8(Sums& sums, Bytes w, const int8_t* x) {
    const Bytes v = _mm256_xor_si256(w, _mm256_set1_epi8(-128));
    AddPairs(sums, _mm256_abs_epi8(v), _mm256_sign_epi8(Broadcast(x), v));
  }

  static void QuantizeGroup(const float* x, int count, int8_t* q, float* d, int32_t* sums) {
    alignas(32) float part[32] = {};
    if (count < 32) {
      for (int i = 0; i < count; ++i) part[i] = x[i];
      x = part;
    }
    FVec v[4];
    FVec greatest_of = _mm256_setzero_ps();
    for (int i = 0; i < 4; ++i) {
      v[i] = LoadF(x + 8 * i);
      greatest_of = MaxF(greatest_of, AbsF(v[i]));
    }
    const float greatest = GreatestF(greatest_of);
    *d = greatest / 127;
    const FVec inverse = SetF(greatest > kLeastMagnitude ? 127 / greatest : 0);
    __m256i whole[4];
    for (int i = 0; i < 4; ++i) whole[i] = _mm256_cvtps_epi32(MulF(v[i], inverse));
    // Packing works on halves; the permutation puts groups of four in order.
    const __m256i bytes =
        _mm256_permutevar8x32_epi32(_mm256_packs_epi16(_mm256_packs_epi32(whole[0], whole[1]),
                                                       _mm256_packs_epi32(whole[2], whole[3])),
                                    _mm256_setr_epi32(0, 4, 1, 5, 2, 6, 3, 7));
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(q), bytes);
    const __m256i up = _mm256_xor_si256(bytes, _mm256_set1_epi8(-128));  // q + 128
    alignas(32) int64_t sum[4];
    _mm256_store_si256(reinterpret_cast<__m256i*>(sum),
                       _mm256_sad_epu8(up, _mm256_setzero_si256()));
    sums[0] = static_cast<int32_t>(sum[0] + sum[1]) - 16 * 128;
    sums[1] = static_cast<int32_t>(sum[2] + sum[3]) - 16 * 128;
  }
};

struct F16Avx2 : F32Avx2 {
  using PanelElem = uint16_t;
  static PanelVec LoadPanel(const uint16_t* p) { return BlocksAvx2::LoadHalf(p); }
};

void Multiply(PanelKind kind, const PanelArgs& args) {
  switch (kind) {
    case PanelKind::kF32:
      return RunFloatPanels<F32Avx2>(args);
    case PanelKind::kF16:
      return RunFloatPanels<F16Avx2>(args);
    case PanelKind::kBf16:
      return RunFloatPanels<Bf16Avx2>(args);
    default:
      MultiplyBlocks<BlocksAvx2>(kind, args);
  }
}

}  // namespace

PanelKernels PanelKernelsAvx2() {
  return {BlocksAvx2::kMaxRows, QuantizeGroups<BlocksAvx2>, Multiply};
}

}  // namespace footnote::kernels::internal
