#ifndef FOOTNOTE_KERNELS_ISA_PORTABLE_H_
#define FOOTNOTE_KERNELS_ISA_PORTABLE_H_

#include <cmath>
#include <cstdint>
#include <cstring>

#include "kernels/bfloat16_portable.h"
#include "kernels/tile.h"

namespace footnote::kernels::internal {
namespace {

// Vectors of one value.
struct FloatPortable {
  using FVec = float;
  static constexpr int kLanes = 1;

  static FVec LoadF(const float* p) { return *p; }
  static FVec LoadPart(const float* p, int count) { return count > 0 ? *p : 0; }
  static FVec KeepFirst(FVec v, int count) { return count > 0 ? v : 0; }
  static FVec SetF(float v) { return v; }
  static FVec AddF(FVec a, FVec b) { return a + b; }
  static FVec SubF(FVec a, FVec b) { return a - b; }
  static FVec MulF(FVec a, FVec b) { return a * b; }
  static FVec DivF(FVec a, FVec b) { return a / b; }
  static FVec FmaF(FVec a, FVec b, FVec c) { return a * b + c; }
  // As the vector instructions: the second operand if either is a NaN.
  static FVec MinF(FVec a, FVec b) { return a < b ? a : b; }
  static FVec MaxF(FVec a, FVec b) { return a > b ? a : b; }
  static FVec AbsF(FVec v) { return std::fabs(v); }
  static FVec CopySign(FVec v, FVec sign) { return std::copysign(v, sign); }
  static FVec RoundF(FVec v) { return std::nearbyint(v); }
  static FVec LoadBf16(const uint16_t* p, int) { return Bf16ToFloat(*p); }
  static FVec LoadI8(const int8_t* p, int) { return *p; }
  static FVec SelectLess(FVec a, FVec b, FVec x, FVec y) { return a < b ? x : y; }
  static FVec Scale2(FVec v, FVec n) {
    if (n != n) return n;  // converting it is undefined
    const uint32_t bits = static_cast<uint32_t>(static_cast<int32_t>(n) + 127) << 23;
    float power;
    std::memcpy(&power, &bits, sizeof(power));
    return v * power;
  }
  static float SumF(FVec v) { return v; }
  static float LeastF(FVec v) { return v; }
  static float GreatestF(FVec v) { return v; }
  static void StoreF(float* p, FVec v, int) { *p = v; }
  static void StoreU8(uint8_t* p, FVec v, int) {
    const float rounded = std::nearbyint(v);
    // Written so that a NaN gives 0 and not an undefined conversion.
    *p = rounded >= 255 ? 255 : rounded > 0 ? static_cast<uint8_t>(rounded) : 0;
  }
  static void StoreBf16(uint16_t* p, FVec v, int) { *p = RoundToBf16(v); }
};

}  // namespace
}  // namespace footnote::kernels::internal

#endif  // FOOTNOTE_KERNELS_ISA_PORTABLE_H_
