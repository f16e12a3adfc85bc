#ifndef FOOTNOTE_KERNELS_FLOAT16_PORTABLE_H_
#define FOOTNOTE_KERNELS_FLOAT16_PORTABLE_H_

#include <cstdint>
#include <cstring>

// Conversions of one IEEE 754 binary16 value, for portable code and for packing
// weights. Exact on every compiler and machine: integers only.
namespace footnote::kernels::internal {

inline float HalfToFloat(uint16_t half) {
  const uint32_t sign = static_cast<uint32_t>(half & 0x8000) << 16;
  const uint32_t exponent = (half >> 10) & 0x1F;
  uint32_t fraction = half & 0x3FF;
  uint32_t bits = 0;
  if (exponent == 0x1F) {  // infinity or NaN
    bits = sign | 0x7F800000 | (fraction << 13);
  } else if (exponent != 0) {
    bits = sign | ((exponent + 112) << 23) | (fraction << 13);
  } else if (fraction == 0) {
    bits = sign;
  } else {  // subnormal: f32 has it as a normal number
    uint32_t shifted_exponent = 113;
    while ((fraction & 0x400) == 0) {
      fraction <<= 1;
      --shifted_exponent;
    }
    bits = sign | (shifted_exponent << 23) | ((fraction & 0x3FF) << 13);
  }
  float f;
  std::memcpy(&f, &bits, sizeof(f));
  return f;
}

// To nearest, ties to even; beyond 65519 to infinity; a NaN stays a NaN.
inline uint16_t RoundToHalf(float f) {
  uint32_t bits;
  std::memcpy(&bits, &f, sizeof(bits));
  const uint16_t sign = static_cast<uint16_t>((bits >> 16) & 0x8000);
  const uint32_t magnitude = bits & 0x7FFFFFFF;
  if (magnitude > 0x7F800000) {
    return static_cast<uint16_t>(sign | 0x7E00 | ((magnitude >> 13) & 0x3FF));
  }
  if (magnitude >= 0x47800000) return static_cast<uint16_t>(sign | 0x7C00);  // 65536 and beyond
  if (magnitude >= 0x38800000) {  // normal in f16; a carry goes into the exponent, as it should
    const uint32_t rounded = magnitude + 0xFFF + ((magnitude >> 13) & 1);
    return static_cast<uint16_t>(sign | ((rounded - 0x38000000) >> 13));
  }
  if (magnitude < 0x33000000) return sign;         // below half of the least subnormal
  const uint32_t shift = 126 - (magnitude >> 23);  // 14 to 24
  const uint32_t significand = (magnitude & 0x7FFFFF) | 0x800000;
  const uint32_t kept = significand >> shift;
  const uint32_t dropped = significand & ((uint32_t{1} << shift) - 1);
  const uint32_t half_unit = uint32_t{1} << (shift - 1);
  const bool up = dropped > half_unit || (dropped == half_unit && (kept & 1) != 0);
  return static_cast<uint16_t>(sign | (kept + (up ? 1 : 0)));
}

}  // namespace footnote::kernels::internal

#endif  // FOOTNOTE_KERNELS_FLOAT16_PORTABLE_H_
