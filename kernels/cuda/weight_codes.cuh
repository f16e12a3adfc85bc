#ifndef FOOTNOTE_KERNELS_CUDA_WEIGHT_CODES_CUH_
#define FOOTNOTE_KERNELS_CUDA_WEIGHT_CODES_CUH_

#include <cstdint>

#include "kernels/cuda/ptx.cuh"
#include "kernels/cuda/weight_view.h"

namespace footnote::kernels::cuda {

// 32 numbers of a row: number i is scale[i / 16] * q_i + min, q_i the signed byte
// i % 4 of q[i / 4].
struct Codes {
  uint32_t q[8];
  float scale[2];
  float min;
};

// The 6-bit scale and minimum of group j (0 to 7) in Q4_K's and Q5_K's 12 bytes.
// Source: ggml-quants.c, get_scale_min_k4.
__device__ inline void ScaleMin(uint4 header, int j, float* scale, float* min) {
  const int shift = 8 * (j % 4);
  const uint32_t b1 = header.y >> shift & 255;
  const uint32_t b2 = header.z >> shift & 255;
  const uint32_t b3 = header.w >> shift & 255;
  const uint32_t s = j < 4 ? b1 & 63 : (b3 & 15) | (b1 >> 6) << 4;
  const uint32_t m = j < 4 ? b2 & 63 : b3 >> 4 | (b2 >> 6) << 4;
  *scale = HalfToFloat(header.x & 0xFFFF) * static_cast<float>(s);
  *min = -HalfToFloat(header.x >> 16) * static_cast<float>(m);
}

template <Packing P>
__device__ inline Codes LoadCodes(const WeightView& w, int64_t row, int64_t group) {
  constexpr bool kBytes = P == Packing::kInt8 || P == Packing::kQ8;
  constexpr bool kFive = P == Packing::kQ5 || P == Packing::kQ5Min || P == Packing::kQ5K;
  constexpr bool kPairs = P == Packing::kQ4Min || P == Packing::kQ5Min;
  constexpr bool kSuper = P == Packing::kQ4K || P == Packing::kQ5K;
  const int64_t index = row * w.groups + group;
  Codes codes;
  // Codes.
  const auto* quants = static_cast<const uint8_t*>(w.quants) + index * (kBytes ? 32 : 16);
  const uint4 low = LoadStream16(quants);
  if constexpr (kBytes) {
    const uint4 next = LoadStream16(quants + 16);
    codes.q[0] = low.x, codes.q[1] = low.y, codes.q[2] = low.z, codes.q[3] = low.w;
    codes.q[4] = next.x, codes.q[5] = next.y, codes.q[6] = next.z, codes.q[7] = next.w;
  } else {
    const uint32_t words[4] = {low.x, low.y, low.z, low.w};
#pragma unroll
    for (int i = 0; i < 4; ++i) {
      codes.q[i] = words[i] & 0x0F0F0F0Fu;
      codes.q[i + 4] = words[i] >> 4 & 0x0F0F0F0Fu;
    }
  }
  if constexpr (kFive) {
    const uint32_t high = static_cast<const uint32_t*>(w.high)[index];
#pragma unroll
    for (int i = 0; i < 8; ++i) {
      // Four bits to the lowest bits of four bytes.
      codes.q[i] |= ((high >> 4 * i & 15) * 0x00204081u & 0x01010101u) << 4;
    }
  }
  if constexpr (P == Packing::kQ6K) {
    const uint2 high = LoadStream8(static_cast<const uint8_t*>(w.high) + index * 8);
#pragma unroll
    for (int i = 0; i < 8; ++i) {
      const uint32_t bits = (i % 2 == 0 ? high.x : high.y) >> 2 * (i / 2) & 0x03030303u;
      // Each byte less 32, as a signed byte: no sum below carries into the next byte.
      codes.q[i] = ((codes.q[i] | bits << 4) + 0x60606060u) ^ 0x80808080u;
    }
  }
  // Scales.
  codes.min = 0;
  if constexpr (P == Packing::kInt8) {
    codes.scale[0] = codes.scale[1] = static_cast<const float*>(w.scales)[row];
  } else if constexpr (P == Packing::kQ8 || P == Packing::kQ4 || P == Packing::kQ5) {
    const float d = HalfToFloat(static_cast<const uint16_t*>(w.scales)[index]);
    codes.scale[0] = codes.scale[1] = d;
    if constexpr (P == Packing::kQ4) codes.min = -8.f * d;
    if constexpr (P == Packing::kQ5) codes.min = -16.f * d;
  } else if constexpr (kPairs) {
    const uint32_t pair = static_cast<const uint32_t*>(w.scales)[index];
    codes.scale[0] = codes.scale[1] = HalfToFloat(pair & 0xFFFF);
    codes.min = HalfToFloat(pair >> 16);
  } else if constexpr (kSuper) {
    const uint4 header = static_cast<const uint4*>(w.scales)[index / 8];
    ScaleMin(header, static_cast<int>(group % 8), &codes.scale[0], &codes.min);
    codes.scale[1] = codes.scale[0];
  } else if constexpr (P == Packing::kQ6K) {
    const float d = HalfToFloat(static_cast<const uint16_t*>(w.super)[index / 8]);
    const auto* scales = static_cast<const int8_t*>(w.scales) + index * 2;
    codes.scale[0] = d * static_cast<float>(scales[0]);
    codes.scale[1] = d * static_cast<float>(scales[1]);
  }
  return codes;
}

// Calls visitor.template Run<P>() for the packing at run time; groups only.
template <typename Visitor>
cudaError_t WithGroupPacking(Packing packing, const Visitor& visitor) {
  switch (packing) {
    case Packing::kInt8:
      return visitor.template Run<Packing::kInt8>();
    case Packing::kQ8:
      return visitor.template Run<Packing::kQ8>();
    case Packing::kQ4:
      return visitor.template Run<Packing::kQ4>();
    case Packing::kQ4Min:
      return visitor.template Run<Packing::kQ4Min>();
    case Packing::kQ5:
      return visitor.template Run<Packing::kQ5>();
    case Packing::kQ5Min:
      return visitor.template Run<Packing::kQ5Min>();
    case Packing::kQ4K:
      return visitor.template Run<Packing::kQ4K>();
    case Packing::kQ5K:
      return visitor.template Run<Packing::kQ5K>();
    case Packing::kQ6K:
      return visitor.template Run<Packing::kQ6K>();
    default:
      return cudaErrorInvalidValue;
  }
}

}  // namespace footnote::kernels::cuda

#endif  // FOOTNOTE_KERNELS_CUDA_WEIGHT_CODES_CUH_
