// y = scale * w x + bias for up to 8 rows x at a time, w plain numbers. Each warp
// makes two outputs: it reads two rows of w, 16 bytes a lane, each byte once, and
// keeps sums for all rows of x. Bound by the memory's bandwidth.
#include "kernels/cuda/device.cuh"
#include "kernels/cuda/launch.h"

namespace footnote::kernels::cuda {
namespace {

constexpr int kThreads = 128;
constexpr int kOutputs = 2;  // of a warp
constexpr int kUnroll = 4;   // loads of each row in flight

template <Packing P>
struct Numbers {
  static constexpr int kCount = P == Packing::kF32 ? 4 : 8;  // in 16 bytes
  __device__ static void Unpack(uint4 v, float out[kCount]) {
    const uint32_t words[4] = {v.x, v.y, v.z, v.w};
#pragma unroll
    for (int i = 0; i < 4; ++i) {
      if constexpr (P == Packing::kF32) {
        out[i] = __uint_as_float(words[i]);
      } else if constexpr (P == Packing::kBf16) {
        out[2 * i] = Bf16ToFloat(words[i] & 0xFFFF);
        out[2 * i + 1] = Bf16ToFloat(words[i] >> 16);
      } else {
        out[2 * i] = HalfToFloat(words[i] & 0xFFFF);
        out[2 * i + 1] = HalfToFloat(words[i] >> 16);
      }
    }
  }
};

// Numbers [i, i + N) of a row of k; past its end, 0.
template <int N>
__device__ inline void LoadX(const float* x, int64_t i, int64_t k, bool aligned, float out[N]) {
  if (aligned && i + N <= k) {
#pragma unroll
    for (int j = 0; j < N; j += 4) {
      const float4 v = *reinterpret_cast<const float4*>(x + i + j);
      out[j] = v.x, out[j + 1] = v.y, out[j + 2] = v.z, out[j + 3] = v.w;
    }
    return;
  }
#pragma unroll
  for (int j = 0; j < N; ++j) out[j] = i + j < k ? x[i + j] : 0.f;
}

template <Packing P, int kRows>
__global__ void __launch_bounds__(kThreads) DenseKernel(MatVecArgs args, bool aligned) {
  constexpr int kCount = Numbers<P>::kCount;
  constexpr int64_t kStep = int64_t{kCount} * kWarp;
  const int lane = threadIdx.x % kWarp;
  const int64_t warp = int64_t{blockIdx.x} * (kThreads / kWarp) + threadIdx.x / kWarp;
  const int64_t first = warp * kOutputs;
  const int64_t row0 = int64_t{blockIdx.y} * kRows;
  LetNextStart();
  if (first < args.w.n && lane * kCount < args.w.k) {
    PrefetchL2(static_cast<const uint8_t*>(args.w.quants) +
               (first * args.w.pitch + lane * kCount) * (16 / kCount));
  }
  WaitForPrevious();
  if (first >= args.w.n) return;
  // Outputs and rows past the end are computed as the last one and not stored.
  const uint8_t* w[kOutputs];
#pragma unroll
  for (int o = 0; o < kOutputs; ++o) {
    const int64_t n = first + o < args.w.n ? first + o : args.w.n - 1;
    w[o] = static_cast<const uint8_t*>(args.w.quants) + n * args.w.pitch * (16 / kCount);
  }
  const float* x[kRows];
#pragma unroll
  for (int r = 0; r < kRows; ++r) {
    x[r] = args.x + (row0 + r < args.rows ? row0 + r : args.rows - 1) * args.ldx;
  }
  float sums[kOutputs][kRows] = {};
  for (int64_t i0 = lane * kCount; i0 < args.w.k; i0 += kUnroll * kStep) {
    uint4 loaded[kUnroll][kOutputs];
#pragma unroll
    for (int u = 0; u < kUnroll; ++u) {
      const int64_t i = i0 + u * kStep;
#pragma unroll
      for (int o = 0; o < kOutputs; ++o) {
        loaded[u][o] = i < args.w.k ? LoadStream16(w[o] + i * (16 / kCount)) : uint4{0, 0, 0, 0};
      }
    }
#pragma unroll
    for (int u = 0; u < kUnroll; ++u) {
      const int64_t i = i0 + u * kStep;
      if (i >= args.w.k) break;
      float numbers[kOutputs][kCount];
#pragma unroll
      for (int o = 0; o < kOutputs; ++o) Numbers<P>::Unpack(loaded[u][o], numbers[o]);
#pragma unroll
      for (int r = 0; r < kRows; ++r) {
        float xs[kCount];
        LoadX<kCount>(x[r], i, args.w.k, aligned, xs);
#pragma unroll
        for (int o = 0; o < kOutputs; ++o) {
#pragma unroll
          for (int j = 0; j < kCount; ++j) sums[o][r] = fmaf(numbers[o][j], xs[j], sums[o][r]);
        }
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
cudaError_t RunDense(const MatVecArgs& args, bool aligned, cudaStream_t stream) {
  const dim3 grid(Blocks(args.w.n, kOutputs * (kThreads / kWarp)), Blocks(args.rows, kRows));
  return Launch(DenseKernel<P, kRows>, grid, kThreads, 0, stream, args, aligned);
}

template <Packing P>
cudaError_t RunDense(const MatVecArgs& args, bool aligned, cudaStream_t stream) {
  if (args.deterministic || args.rows > 4) return RunDense<P, 8>(args, aligned, stream);
  if (args.rows > 1) return RunDense<P, 4>(args, aligned, stream);
  return RunDense<P, 1>(args, aligned, stream);
}

}  // namespace

cudaError_t MatVecDense(const MatVecArgs& args, cudaStream_t stream) {
  const bool aligned = reinterpret_cast<uintptr_t>(args.x) % 16 == 0 && args.ldx % 4 == 0;
  switch (args.w.packing) {
    case Packing::kF32:
      return RunDense<Packing::kF32>(args, aligned, stream);
    case Packing::kF16:
      return RunDense<Packing::kF16>(args, aligned, stream);
    case Packing::kBf16:
      return RunDense<Packing::kBf16>(args, aligned, stream);
    default:
      return cudaErrorInvalidValue;
  }
}

}  // namespace footnote::kernels::cuda
