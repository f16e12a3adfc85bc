// y = scale * w x + bias for up to 8 rows x at a time, w in groups of 32 codes, x
// quantised to bytes by groups of 32: integer dot products, then one product with
// the scales. Each warp makes two outputs, each lane a group at a time. The codes
// are read once, 16 bytes at a time, and never unpacked to memory.
#include <cmath>

#include "kernels/cuda/device.cuh"
#include "kernels/cuda/launch.h"
#include "kernels/cuda/weight_codes.cuh"

namespace footnote::kernels::cuda {
namespace {

constexpr int kThreads = 128;
constexpr int kOutputs = 2;

template <Packing P, int kRows>
__global__ void __launch_bounds__(kThreads) BlocksKernel(MatVecArgs args) {
  const int lane = threadIdx.x % kWarp;
  const int64_t warp = int64_t{blockIdx.x} * (kThreads / kWarp) + threadIdx.x / kWarp;
  const int64_t first = warp * kOutputs;
  const int64_t row0 = int64_t{blockIdx.y} * kRows;
  LetNextStart();
  if (first < args.w.n && lane < args.w.groups) {
    constexpr int64_t kBytes = P == Packing::kInt8 || P == Packing::kQ8 ? 32 : 16;
    PrefetchL2(static_cast<const uint8_t*>(args.w.quants) +
               (first * args.w.groups + lane) * kBytes);
  }
  WaitForPrevious();
  if (first >= args.w.n) return;
  float sums[kOutputs][kRows] = {};
#pragma unroll 2
  for (int64_t g = lane; g < args.w.groups; g += kWarp) {
    Codes codes[kOutputs];
#pragma unroll
    for (int o = 0; o < kOutputs; ++o) {
      codes[o] = LoadCodes<P>(args.w, first + o < args.w.n ? first + o : args.w.n - 1, g);
    }
#pragma unroll
    for (int r = 0; r < kRows; ++r) {
      const int64_t row = row0 + r < args.rows ? row0 + r : args.rows - 1;
      const int64_t index = row * args.w.groups + g;
      const uint4* q = reinterpret_cast<const uint4*>(args.xq.q) + index * 2;
      const uint4 q0 = q[0];
      const uint4 q1 = q[1];
      const float x_scale = args.xq.scale[index];
      const float x_sum = args.xq.sum[index];
      const uint32_t x[8] = {q0.x, q0.y, q0.z, q0.w, q1.x, q1.y, q1.z, q1.w};
#pragma unroll
      for (int o = 0; o < kOutputs; ++o) {
        int low = 0;
        int high = 0;
#pragma unroll
        for (int i = 0; i < 4; ++i) {
          low = DotBytes(codes[o].q[i], x[i], low);
          high = DotBytes(codes[o].q[i + 4], x[i + 4], high);
        }
        const float dot = fmaf(codes[o].scale[0], static_cast<float>(low),
                               codes[o].scale[1] * static_cast<float>(high));
        sums[o][r] = fmaf(x_scale, dot, fmaf(codes[o].min, x_sum, sums[o][r]));
      }
    }
  }
#pragma unroll
  for (int r = 0; r < kRows; ++r) {
#pragma unroll
    for (int o = 0; o < kOutputs; ++o) {
      const float sum = WarpSum(sums[o][r]);
      const int64_t n = first + o;
      if (lane != 0 || n >= args.w.n || row0 + r >= args.rows) continue;
      float* y = args.y + (row0 + r) * args.ldy + n;
      float value = args.scale * sum;
      if (args.bias != nullptr) value += args.bias[n];
      *y = args.add ? *y + value : value;
    }
  }
}

template <Packing P, int kRows>
cudaError_t RunBlocks(const MatVecArgs& args, cudaStream_t stream) {
  const dim3 grid(Blocks(args.w.n, kOutputs * (kThreads / kWarp)), Blocks(args.rows, kRows));
  return Launch(BlocksKernel<P, kRows>, grid, kThreads, 0, stream, args);
}

struct Visitor {
  const MatVecArgs& args;
  cudaStream_t stream;
  template <Packing P>
  cudaError_t Run() const {
    if (args.deterministic || args.rows > 4) return RunBlocks<P, 8>(args, stream);
    if (args.rows > 1) return RunBlocks<P, 4>(args, stream);
    return RunBlocks<P, 1>(args, stream);
  }
};

// Eight lanes make a group: each four numbers.
__global__ void __launch_bounds__(kThreads)
    QuantizeKernel(const float* x, int64_t ldx, int64_t rows, int64_t k, QuantizedRows out) {
  LetNextStart();
  WaitForPrevious();
  const int64_t index = (int64_t{blockIdx.x} * kThreads + threadIdx.x) / 8;  // row and group
  const int part = threadIdx.x % 8;
  const bool live = index < rows * out.groups;
  const int64_t row = live ? index / out.groups : 0;
  const int64_t column = (live ? index % out.groups : 0) * 32 + part * 4;
  float v[4];
  float largest = 0;
#pragma unroll
  for (int j = 0; j < 4; ++j) {
    v[j] = live && column + j < k ? x[row * ldx + column + j] : 0.f;
    // A NaN makes the scale infinite and so the products NaN: no maximum may hide it.
    largest = v[j] == v[j] ? fmaxf(largest, fabsf(v[j])) : INFINITY;
  }
#pragma unroll
  for (int offset = 4; offset > 0; offset /= 2) {
    largest = fmaxf(largest, __shfl_xor_sync(kAllLanes, largest, offset));
  }
  const float scale = largest / 127.f;
  const float inverse = scale > 0 ? 1.f / scale : 0.f;
  uint32_t packed = 0;
  int sum = 0;
#pragma unroll
  for (int j = 0; j < 4; ++j) {
    int q = static_cast<int>(rintf(v[j] * inverse));
    q = q > 127 ? 127 : q < -127 ? -127 : q;
    packed |= (static_cast<uint32_t>(q) & 255) << 8 * j;
    sum += q;
  }
#pragma unroll
  for (int offset = 4; offset > 0; offset /= 2) {
    sum += __shfl_xor_sync(kAllLanes, sum, offset);
  }
  if (!live) return;
  reinterpret_cast<uint32_t*>(out.q)[index * 8 + part] = packed;
  if (part == 0) {
    out.scale[index] = scale;
    out.sum[index] = scale * static_cast<float>(sum);
  }
}

}  // namespace

cudaError_t MatVecBlocks(const MatVecArgs& args, cudaStream_t stream) {
  return WithGroupPacking(args.w.packing, Visitor{args, stream});
}

cudaError_t QuantizeRows(const float* x, int64_t ldx, int64_t rows, int64_t k,
                         const QuantizedRows& out, cudaStream_t stream) {
  return Launch(QuantizeKernel, Blocks(rows * out.groups * 8, kThreads), kThreads, 0, stream, x,
                ldx, rows, k, out);
}

}  // namespace footnote::kernels::cuda
