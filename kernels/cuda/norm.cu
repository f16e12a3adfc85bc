// RMS and layer norms: one block per vector, sums in f32 in a fixed order.
#include "kernels/cuda/device.cuh"
#include "kernels/cuda/launch.h"

namespace footnote::kernels::cuda {
namespace {

constexpr int kMaxThreads = 512;

__global__ void __launch_bounds__(kMaxThreads) NormKernel(NormArgs args) {
  __shared__ float scratch[kWarp];
  LetNextStart();
  WaitForPrevious();
  const int64_t row = int64_t{blockIdx.x} / args.groups;
  const int64_t group = int64_t{blockIdx.x} % args.groups;
  const float* x = args.x + row * args.ldx + group * args.dim;
  float* y = args.y + row * args.ldy + group * args.dim;
  float sum = 0;
  for (int64_t i = threadIdx.x; i < args.dim; i += blockDim.x) {
    sum += args.kind == NormKind::kRms ? x[i] * x[i] : x[i];
  }
  sum = BlockSum(sum, scratch);
  const float n = static_cast<float>(args.dim);
  float mean = 0;
  float variance = sum / n;
  if (args.kind == NormKind::kLayer) {
    mean = sum / n;
    float squares = 0;
    for (int64_t i = threadIdx.x; i < args.dim; i += blockDim.x) {
      squares = fmaf(x[i] - mean, x[i] - mean, squares);
    }
    variance = BlockSum(squares, scratch) / n;
  }
  const float inverse = 1.f / sqrtf(variance + args.eps);
  // y may be x: each thread writes only what it alone reads, after the last sum.
  for (int64_t i = threadIdx.x; i < args.dim; i += blockDim.x) {
    const float weight = args.weight != nullptr ? args.weight[i] : 1.f;
    const float bias = args.kind == NormKind::kLayer && args.bias != nullptr ? args.bias[i] : 0.f;
    y[i] = fmaf((x[i] - mean) * inverse, weight, bias);
  }
}

}  // namespace

cudaError_t NormRows(const NormArgs& args, cudaStream_t stream) {
  if (args.rows == 0) return cudaSuccess;
  const int64_t wanted = (args.dim + 4 * kWarp - 1) / (4 * kWarp) * kWarp;
  const auto threads = static_cast<unsigned int>(wanted < kMaxThreads ? wanted : kMaxThreads);
  return Launch(NormKernel, static_cast<unsigned int>(args.rows * args.groups), threads, 0, stream,
                args);
}

}  // namespace footnote::kernels::cuda
