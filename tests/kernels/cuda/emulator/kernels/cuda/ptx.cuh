#ifndef FOOTNOTE_TESTS_KERNELS_CUDA_EMULATOR_KERNELS_CUDA_PTX_CUH_
#define FOOTNOTE_TESTS_KERNELS_CUDA_EMULATOR_KERNELS_CUDA_PTX_CUH_

// kernels/cuda/ptx.cuh on a CPU, from the PTX manual's descriptions. It stands in
// the same relative path, earlier in the include order.

#include <cuda_runtime.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>

namespace footnote::kernels::cuda {

#define FN_DYNAMIC_SHARED(name) unsigned char* const name = ::footnote::simt::DynamicShared()

inline void WaitForPrevious() {}
inline void LetNextStart() {}

inline float Bf16ToFloat(uint32_t bits) { return __uint_as_float(bits << 16); }
inline uint32_t RoundToBf16(float x) {
  const uint32_t bits = __float_as_uint(x);
  if (x != x) return 0x7FFF;
  return (bits + 0x7FFF + (bits >> 16 & 1)) >> 16;
}
inline uint32_t PackBf16(float low, float high) {
  return RoundToBf16(low) | RoundToBf16(high) << 16;
}
inline float HalfToFloat(uint32_t bits) {
  const uint32_t sign = (bits & 0x8000) << 16;
  const int exponent = static_cast<int>(bits >> 10 & 31);
  const uint32_t fraction = bits & 1023;
  if (exponent == 31) return __uint_as_float(sign | 0x7F800000u | fraction << 13);
  const float magnitude = exponent == 0
                              ? std::ldexp(static_cast<float>(fraction), -24)
                              : std::ldexp(static_cast<float>(1024 + fraction), exponent - 25);
  return sign != 0 ? -magnitude : magnitude;
}

template <typename T>
T LoadAligned(const void* p) {
  if (reinterpret_cast<uintptr_t>(p) % sizeof(T) != 0) {
    std::fprintf(stderr, "CUDA emulator: a load of %zu bytes that isn't aligned\n", sizeof(T));
    std::abort();
  }
  T v;
  std::memcpy(&v, p, sizeof(T));
  return v;
}
inline uint4 LoadStream16(const void* p) { return LoadAligned<uint4>(p); }
inline uint2 LoadStream8(const void* p) { return LoadAligned<uint2>(p); }
inline void PrefetchL2(const void* p) { static_cast<void>(*static_cast<const volatile char*>(p)); }

inline int DotBytes(uint32_t a, uint32_t b, int c) {
  for (int i = 0; i < 4; ++i) {
    c += static_cast<int8_t>(a >> 8 * i & 255) * static_cast<int8_t>(b >> 8 * i & 255);
  }
  return c;
}

inline void LoadMatrices(const void* row, uint32_t r[4]) {
  const auto rows = simt::Exchange("ldmatrix", row);
  const unsigned int lane = simt::Lane();
  for (unsigned int m = 0; m < 4; ++m) {
    const uint4 v = LoadAligned<uint4>(rows.of(m * 8 + lane / 4));
    const uint32_t words[4] = {v.x, v.y, v.z, v.w};
    r[m] = words[lane % 4];
  }
}
inline void LoadMatricesTransposed(const void* row, uint32_t r[4]) {
  const auto rows = simt::Exchange("ldmatrix.trans", row);
  const unsigned int lane = simt::Lane();
  for (unsigned int m = 0; m < 4; ++m) {
    uint16_t pair[2];
    for (unsigned int i = 0; i < 2; ++i) {
      const auto* from = static_cast<const uint16_t*>(rows.of(m * 8 + lane % 4 * 2 + i));
      LoadAligned<uint4>(from);
      pair[i] = from[lane / 4];
    }
    r[m] = pair[0] | static_cast<uint32_t>(pair[1]) << 16;
  }
}

inline void MultiplyBf16(float c[4], const uint32_t a[4], uint32_t b0, uint32_t b1) {
  struct Operands {
    uint32_t a[4];
    uint32_t b[2];
  };
  const auto lanes = simt::Exchange("mma", Operands{{a[0], a[1], a[2], a[3]}, {b0, b1}});
  const unsigned int lane = simt::Lane();
  auto number = [](uint32_t word, unsigned int i) { return Bf16ToFloat(word >> 16 * i & 0xFFFF); };
  for (unsigned int e = 0; e < 4; ++e) {
    const unsigned int m = lane / 4 + e / 2 * 8;
    const unsigned int n = lane % 4 * 2 + e % 2;
    float sum = 0;
    for (unsigned int k = 0; k < 16; ++k) {
      const Operands left = lanes.of(m % 8 * 4 + k % 8 / 2);
      const Operands right = lanes.of(n * 4 + k % 8 / 2);
      sum += number(left.a[m / 8 + k / 8 * 2], k % 2) * number(right.b[k / 8], k % 2);
    }
    c[e] += sum;
  }
}

}  // namespace footnote::kernels::cuda

#endif  // FOOTNOTE_TESTS_KERNELS_CUDA_EMULATOR_KERNELS_CUDA_PTX_CUH_
