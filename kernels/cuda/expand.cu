// Rows of weights as plain numbers: embeddings (f32), and the slices of a matrix
// that go through cuBLASLt for a long prompt (bf16, or f32 for f16's range).
#include "kernels/cuda/device.cuh"
#include "kernels/cuda/launch.h"
#include "kernels/cuda/weight_codes.cuh"

namespace footnote::kernels::cuda {
namespace {

constexpr int kThreads = 256;
constexpr int kDenseCount = 8;  // numbers of a thread

struct ExpandArgs {
  WeightView w;
  const int32_t* ids;
  int64_t first;
  int64_t rows;
  void* y;
  bool bf16;
  int64_t ldy;
};

__device__ inline int64_t SourceRow(const ExpandArgs& args, int64_t r) {
  return args.ids != nullptr ? args.ids[r] : args.first + r;
}

__device__ inline void Put(const ExpandArgs& args, int64_t r, int64_t column, float value) {
  const int64_t index = r * args.ldy + column;
  if (args.bf16) {
    static_cast<uint16_t*>(args.y)[index] = static_cast<uint16_t>(PackBf16(value, 0.f));
  } else {
    static_cast<float*>(args.y)[index] = value;
  }
}

template <Packing P>
__global__ void __launch_bounds__(kThreads) ExpandGroupsKernel(ExpandArgs args) {
  LetNextStart();
  WaitForPrevious();
  const int64_t index = int64_t{blockIdx.x} * kThreads + threadIdx.x;
  if (index >= args.rows * args.w.groups) return;
  const int64_t r = index / args.w.groups;
  const int64_t group = index % args.w.groups;
  const Codes codes = LoadCodes<P>(args.w, SourceRow(args, r), group);
#pragma unroll
  for (int i = 0; i < 32; ++i) {
    const auto q = static_cast<int8_t>(codes.q[i / 4] >> 8 * (i % 4) & 255);
    const int64_t column = group * 32 + i;
    if (column < args.w.k) {
      Put(args, r, column, fmaf(codes.scale[i / 16], static_cast<float>(q), codes.min));
    }
  }
}

__global__ void __launch_bounds__(kThreads) ExpandDenseKernel(ExpandArgs args) {
  LetNextStart();
  WaitForPrevious();
  const int64_t index = int64_t{blockIdx.x} * kThreads + threadIdx.x;
  const int64_t chunks = (args.w.k + kDenseCount - 1) / kDenseCount;
  if (index >= args.rows * chunks) return;
  const int64_t r = index / chunks;
  const int64_t row = SourceRow(args, r);
  for (int j = 0; j < kDenseCount; ++j) {
    const int64_t column = index % chunks * kDenseCount + j;
    if (column >= args.w.k) break;
    const int64_t at = row * args.w.pitch + column;
    const float value = args.w.packing == Packing::kF32
                            ? static_cast<const float*>(args.w.quants)[at]
                        : args.w.packing == Packing::kBf16
                            ? Bf16ToFloat(static_cast<const uint16_t*>(args.w.quants)[at])
                            : HalfToFloat(static_cast<const uint16_t*>(args.w.quants)[at]);
    Put(args, r, column, value);
  }
}

struct Visitor {
  const ExpandArgs& args;
  cudaStream_t stream;
  template <Packing P>
  cudaError_t Run() const {
    return Launch(ExpandGroupsKernel<P>, Blocks(args.rows * args.w.groups, kThreads), kThreads, 0,
                  stream, args);
  }
};

}  // namespace

cudaError_t ExpandRows(const WeightView& w, const int32_t* ids, int64_t first, int64_t rows,
                       void* y, bool bf16, int64_t ldy, cudaStream_t stream) {
  if (rows == 0) return cudaSuccess;
  const ExpandArgs args = {w, ids, first, rows, y, bf16, ldy};
  if (IsDense(w.packing)) {
    const int64_t chunks = (w.k + kDenseCount - 1) / kDenseCount;
    return Launch(ExpandDenseKernel, Blocks(rows * chunks, kThreads), kThreads, 0, stream, args);
  }
  return WithGroupPacking(w.packing, Visitor{args, stream});
}

}  // namespace footnote::kernels::cuda
