// New keys and values into the cache: one warp per row and head.
#include <cmath>

#include "kernels/cuda/device.cuh"
#include "kernels/cuda/kv_cache.cuh"
#include "kernels/cuda/launch.h"

namespace footnote::kernels::cuda {
namespace {

constexpr int kWarps = 4;

struct StoreArgs {
  StepView step;
  KvLayer cache;
  const float* k;
  int64_t ldk;
  const float* v;
  int64_t ldv;
};

__device__ inline void StoreVector(const KvLayer& cache, const float* x, uint8_t* numbers,
                                   float* scale_at, int64_t vector, int lane) {
  const int64_t dim = cache.head_dim;
  if (cache.format == KvFormat::kF32) {
    auto* to = reinterpret_cast<float*>(numbers) + vector * dim;
    for (int64_t d = lane; d < dim; d += kWarp) to[d] = x[d];
    return;
  }
  if (cache.format == KvFormat::kBf16) {
    auto* to = reinterpret_cast<uint16_t*>(numbers) + vector * dim;
    for (int64_t d = lane; d < dim; d += kWarp) {
      to[d] = static_cast<uint16_t>(PackBf16(x[d], 0.f));
    }
    return;
  }
  float largest = 0;
  for (int64_t d = lane; d < dim; d += kWarp) {
    largest = x[d] == x[d] ? fmaxf(largest, fabsf(x[d])) : INFINITY;
  }
  largest = WarpMax(largest);
  const float scale = largest / 127.f;
  const float inverse = scale > 0 ? 1.f / scale : 0.f;
  auto* to = reinterpret_cast<int8_t*>(numbers) + vector * dim;
  for (int64_t d = lane; d < dim; d += kWarp) {
    const int q = static_cast<int>(rintf(x[d] * inverse));
    to[d] = static_cast<int8_t>(q > 127 ? 127 : q < -127 ? -127 : q);
  }
  if (lane == 0) scale_at[vector] = scale;
}

__global__ void __launch_bounds__(kWarps* kWarp) StoreKernel(StoreArgs args) {
  LetNextStart();
  WaitForPrevious();
  const int lane = threadIdx.x % kWarp;
  const int64_t warp = int64_t{blockIdx.x} * kWarps + threadIdx.x / kWarp;
  const KvLayer& cache = args.cache;
  if (warp >= args.step.rows * cache.kv_heads) return;
  const int64_t row = warp / cache.kv_heads;
  const int64_t head = warp % cache.kv_heads;
  const int32_t sequence = args.step.row_sequence[row];
  // The sequence's rows are its last tokens.
  const int64_t token = args.step.kv_length[sequence] - (args.step.first_row[sequence + 1] - row);
  const int64_t block =
      args.step.block_table[sequence * int64_t{*args.step.max_blocks} + token / kKvBlockTokens];
  const KvBlock layout = BlockLayout(cache);
  uint8_t* base = static_cast<uint8_t*>(cache.data) + block * layout.bytes;
  const int64_t vector = head * kKvBlockTokens + token % kKvBlockTokens;
  StoreVector(cache, args.k + row * args.ldk + head * cache.head_dim, base,
              reinterpret_cast<float*>(base + layout.key_scales), vector, lane);
  StoreVector(cache, args.v + row * args.ldv + head * cache.head_dim, base + layout.values,
              reinterpret_cast<float*>(base + layout.value_scales), vector, lane);
}

}  // namespace

cudaError_t StoreKvRows(const StepView& step, const KvLayer& cache, const float* k, int64_t ldk,
                        const float* v, int64_t ldv, cudaStream_t stream) {
  if (step.rows == 0) return cudaSuccess;
  return Launch(StoreKernel, Blocks(step.rows * cache.kv_heads, kWarps), kWarps * kWarp, 0, stream,
                StoreArgs{step, cache, k, ldk, v, ldv});
}

}  // namespace footnote::kernels::cuda
