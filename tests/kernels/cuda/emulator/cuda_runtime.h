#ifndef FOOTNOTE_TESTS_KERNELS_CUDA_EMULATOR_CUDA_RUNTIME_H_
#define FOOTNOTE_TESTS_KERNELS_CUDA_EMULATOR_CUDA_RUNTIME_H_

// CUDA C++ for a .cu file that a C++ compiler compiles: words, types, threads.

#include <cmath>
#include <cstring>
#include <functional>

#include "cuda_runtime_api.h"
#include "simt.h"

#define __global__
#define __device__
#define __host__
#define __launch_bounds__(threads)
#define __align__(bytes) __attribute__((aligned(bytes)))
// Blocks run one after another, so a block's memory can be everyone's.
#define __shared__ static

struct alignas(8) uint2 {
  unsigned int x, y;
};
struct alignas(16) uint4 {
  unsigned int x, y, z, w;
};
struct alignas(16) float4 {
  float x, y, z, w;
};

inline unsigned int __float_as_uint(float x) {
  unsigned int bits;
  std::memcpy(&bits, &x, 4);
  return bits;
}
inline float __uint_as_float(unsigned int bits) {
  float x;
  std::memcpy(&x, &bits, 4);
  return x;
}
inline float __expf(float x) { return std::exp(x); }
inline unsigned int atomicAdd(unsigned int* p, unsigned int value) {
  const unsigned int old = *p;
  *p += value;
  return old;
}
inline void __syncthreads() { footnote::simt::WaitForBlock(); }

template <typename T>
T __shfl_xor_sync(unsigned int mask, T value, int offset) {
  footnote::simt::CheckAllLanes(mask);
  return footnote::simt::Exchange("shfl_xor", value)
      .of(footnote::simt::Lane() ^ static_cast<unsigned int>(offset));
}

enum cudaLaunchAttributeID { cudaLaunchAttributeProgrammaticStreamSerialization };
struct cudaLaunchAttribute {
  cudaLaunchAttributeID id;
  struct {
    int programmaticStreamSerializationAllowed;
  } val;
};
struct cudaLaunchConfig_t {
  dim3 gridDim;
  dim3 blockDim;
  size_t dynamicSmemBytes = 0;
  cudaStream_t stream = nullptr;
  cudaLaunchAttribute* attrs = nullptr;
  unsigned int numAttrs = 0;
};

namespace footnote::simt {
cudaError_t Enqueue(cudaStream_t stream, std::function<void()> work);
void SetSharedLimit(const void* kernel, int bytes);
int SharedLimit(const void* kernel);
}  // namespace footnote::simt

template <typename... Params>
cudaError_t cudaFuncSetAttribute(void (*kernel)(Params...), cudaFuncAttribute /*attribute*/,
                                 int bytes) {
  if (bytes > 227 * 1024) return cudaErrorInvalidValue;
  footnote::simt::SetSharedLimit(reinterpret_cast<const void*>(kernel), bytes);
  return cudaSuccess;
}

template <typename... Params, typename... Args>
cudaError_t cudaLaunchKernelEx(const cudaLaunchConfig_t* config, void (*kernel)(Params...),
                               Args&&... args) {
  const dim3 grid = config->gridDim;
  const dim3 block = config->blockDim;
  const size_t shared = config->dynamicSmemBytes;
  if (grid.x == 0 || grid.y == 0 || grid.z == 0 || grid.y > 65535 || grid.z > 65535 ||
      block.x == 0 || block.x > 1024 || block.y != 1 || block.z != 1 ||
      shared >
          static_cast<size_t>(footnote::simt::SharedLimit(reinterpret_cast<const void*>(kernel)))) {
    return cudaErrorInvalidValue;
  }
  return footnote::simt::Enqueue(config->stream, [=] {
    footnote::simt::RunGrid(grid, block, shared, [&] { kernel(args...); });
  });
}

#endif  // FOOTNOTE_TESTS_KERNELS_CUDA_EMULATOR_CUDA_RUNTIME_H_
