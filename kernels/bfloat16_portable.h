#ifndef FOOTNOTE_KERNELS_BFLOAT16_PORTABLE_H_
#define FOOTNOTE_KERNELS_BFLOAT16_PORTABLE_H_

#include <cstdint>
#include <cstring>

// Conversions of one value, for portable code and for packing weights.
namespace footnote::kernels::internal {

inline float Bf16ToFloat(uint16_t v) {
  const uint32_t bits = static_cast<uint32_t>(v) << 16;
  float f;
  std::memcpy(&f, &bits, sizeof(f));
  return f;
}

inline uint16_t RoundToBf16(float f) {
  uint32_t bits;
  std::memcpy(&bits, &f, sizeof(bits));
  if (f != f) return static_cast<uint16_t>((bits | 0x400000) >> 16);
  return static_cast<uint16_t>((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16);
}

}  // namespace footnote::kernels::internal

#endif  // FOOTNOTE_KERNELS_BFLOAT16_PORTABLE_H_
