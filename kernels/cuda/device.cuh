#ifndef FOOTNOTE_KERNELS_CUDA_DEVICE_CUH_
#define FOOTNOTE_KERNELS_CUDA_DEVICE_CUH_

// What all .cu files share: launching, and sums over a warp or block in a fixed order.

#include <cstddef>
#include <cstdint>

#include "kernels/cuda/ptx.cuh"

namespace footnote::kernels::cuda {

inline constexpr int kWarp = 32;
inline constexpr uint32_t kAllLanes = 0xFFFFFFFFu;

// Whether the current device lets a kernel start before the one before it ends.
inline bool OverlapsLaunches() {
  int device = 0;
  int major = 0;
  return cudaGetDevice(&device) == cudaSuccess &&
         cudaDeviceGetAttribute(&major, cudaDevAttrComputeCapabilityMajor, device) == cudaSuccess &&
         major >= 9;
}

// Enqueues kernel(args...). More than 48 KiB of `shared` must have been allowed before.
template <typename... Params, typename... Args>
cudaError_t Launch(void (*kernel)(Params...), dim3 grid, dim3 block, size_t shared,
                   cudaStream_t stream, const Args&... args) {
  cudaLaunchAttribute overlap = {};
  overlap.id = cudaLaunchAttributeProgrammaticStreamSerialization;
  overlap.val.programmaticStreamSerializationAllowed = 1;
  cudaLaunchConfig_t config = {};
  config.gridDim = grid;
  config.blockDim = block;
  config.dynamicSmemBytes = shared;
  config.stream = stream;
  config.attrs = &overlap;
  config.numAttrs = OverlapsLaunches() ? 1 : 0;
  return cudaLaunchKernelEx(&config, kernel, static_cast<Params>(args)...);
}

inline unsigned int Blocks(int64_t items, int64_t per_block) {
  return static_cast<unsigned int>((items + per_block - 1) / per_block);
}

__device__ inline float WarpSum(float value) {
#pragma unroll
  for (int offset = kWarp / 2; offset > 0; offset /= 2) {
    value += __shfl_xor_sync(kAllLanes, value, offset);
  }
  return value;
}

__device__ inline float WarpMax(float value) {
#pragma unroll
  for (int offset = kWarp / 2; offset > 0; offset /= 2) {
    value = fmaxf(value, __shfl_xor_sync(kAllLanes, value, offset));
  }
  return value;
}

// The sum over the block, in every thread. All threads call it; `scratch` is shared, [32].
__device__ inline float BlockSum(float value, float* scratch) {
  const int warps = static_cast<int>(blockDim.x) / kWarp;
  value = WarpSum(value);
  __syncthreads();  // the last call's readers are done
  if (threadIdx.x % kWarp == 0) scratch[threadIdx.x / kWarp] = value;
  __syncthreads();
  float sum = 0;
  for (int w = 0; w < warps; ++w) sum += scratch[w];
  return sum;
}

}  // namespace footnote::kernels::cuda

#endif  // FOOTNOTE_KERNELS_CUDA_DEVICE_CUH_
