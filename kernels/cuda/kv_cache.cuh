#ifndef FOOTNOTE_KERNELS_CUDA_KV_CACHE_CUH_
#define FOOTNOTE_KERNELS_CUDA_KV_CACHE_CUH_

#include <cstdint>

#include "kernels/cuda/ptx.cuh"
#include "kernels/op_types.h"

namespace footnote::kernels::cuda {

// Where the numbers of a KvLayer's block lie; see KvLayer::data.
struct KvBlock {
  int64_t values;        // bytes from the block's start to its values
  int64_t key_scales;    // kInt8
  int64_t value_scales;  // kInt8
  int64_t bytes;         // of a block
};

__host__ __device__ inline KvBlock BlockLayout(const KvLayer& cache) {
  const int64_t tokens = cache.kv_heads * kKvBlockTokens;
  const int64_t element = cache.format == KvFormat::kF32    ? 4
                          : cache.format == KvFormat::kBf16 ? 2
                                                            : 1;
  const int64_t half = tokens * cache.head_dim * element;
  const int64_t scales = cache.format == KvFormat::kInt8 ? tokens * 4 : 0;
  return {half, 2 * half, 2 * half + scales, 2 * half + 2 * scales};
}

// Numbers [d, d + 8) of the key (or value) of `token` in block `block`; d is a multiple of 8.
__device__ inline void LoadKv8(const KvLayer& cache, const KvBlock& layout, int64_t block,
                               int64_t head, int64_t token, int64_t d, bool value, float out[8]) {
  const uint8_t* base = static_cast<const uint8_t*>(cache.data) + block * layout.bytes;
  const int64_t vector = head * kKvBlockTokens + token;
  const uint8_t* numbers = base + (value ? layout.values : 0);
  const int64_t index = vector * cache.head_dim + d;
  if (cache.format == KvFormat::kBf16) {
    const uint4 v = *reinterpret_cast<const uint4*>(numbers + index * 2);
    const uint32_t words[4] = {v.x, v.y, v.z, v.w};
#pragma unroll
    for (int i = 0; i < 4; ++i) {
      out[2 * i] = Bf16ToFloat(words[i] & 0xFFFF);
      out[2 * i + 1] = Bf16ToFloat(words[i] >> 16);
    }
  } else if (cache.format == KvFormat::kF32) {
    const float4* v = reinterpret_cast<const float4*>(numbers + index * 4);
    const float4 a = v[0];
    const float4 b = v[1];
    out[0] = a.x, out[1] = a.y, out[2] = a.z, out[3] = a.w;
    out[4] = b.x, out[5] = b.y, out[6] = b.z, out[7] = b.w;
  } else {
    const float scale = reinterpret_cast<const float*>(
        base + (value ? layout.value_scales : layout.key_scales))[vector];
    const uint2 v = *reinterpret_cast<const uint2*>(numbers + index);
#pragma unroll
    for (int i = 0; i < 8; ++i) {
      const uint32_t word = i < 4 ? v.x : v.y;
      out[i] = scale * static_cast<float>(static_cast<int8_t>(word >> 8 * (i % 4) & 255));
    }
  }
}

// Keys [low, high) that a query at `position` sees, of `length` there are.
struct KeyRange {
  int32_t low;
  int32_t high;
};
__device__ inline KeyRange VisibleKeys(bool causal, int64_t window, int32_t position,
                                       int32_t length) {
  KeyRange range = {0, length};
  if (causal && position + 1 < length) range.high = position + 1;
  if (window > 0 && position + 1 > window) {
    range.low = static_cast<int32_t>(position + 1 - window);
  }
  return range;
}

// The pair of a head's numbers that rotation i mixes.
struct RotaryPair {
  int64_t first;
  int64_t second;
};
__device__ inline RotaryPair PairOf(const RotaryTable& rotary, int64_t i) {
  if (rotary.layout == RotaryLayout::kHalf) return {i, i + rotary.dims / 2};
  return {2 * i, 2 * i + 1};
}

// The score of a key as the softmax takes it: scaled, capped, with its bias.
__device__ inline float Score(const AttendArgs& args, int64_t head, int32_t position, int32_t key,
                              float dot) {
  float score = args.scale * dot;
  if (args.softcap > 0) score = args.softcap * tanhf(score / args.softcap);
  if (args.relative_bias != nullptr) {
    int64_t index = args.relative_origin + key - position;
    index = index < 0 ? 0 : index >= args.relative_ld ? args.relative_ld - 1 : index;
    score += args.relative_bias[head * args.relative_ld + index];
  }
  return score;
}

}  // namespace footnote::kernels::cuda

#endif  // FOOTNOTE_KERNELS_CUDA_KV_CACHE_CUH_
