// Element by element: activations, sums, copies, conversions. Bound by the memory's
// bandwidth; one thread makes four neighbouring numbers.
#include "kernels/cuda/device.cuh"
#include "kernels/cuda/launch.h"

namespace footnote::kernels::cuda {
namespace {

constexpr int kThreads = 256;
constexpr int kCount = 4;

// Calls f(row, column) for each number of [rows, dim].
template <typename F>
__global__ void __launch_bounds__(kThreads) EachKernel(int64_t rows, int64_t dim, F f) {
  LetNextStart();
  WaitForPrevious();
  const int64_t chunks = (dim + kCount - 1) / kCount;
  const int64_t index = int64_t{blockIdx.x} * kThreads + threadIdx.x;
  if (index >= rows * chunks) return;
  const int64_t row = index / chunks;
  const int64_t first = index % chunks * kCount;
#pragma unroll
  for (int j = 0; j < kCount; ++j) {
    if (first + j < dim) f(row, first + j);
  }
}

template <typename F>
cudaError_t ForEach(int64_t rows, int64_t dim, cudaStream_t stream, const F& f) {
  const int64_t threads = rows * ((dim + kCount - 1) / kCount);
  if (threads == 0) return cudaSuccess;
  return Launch(EachKernel<F>, Blocks(threads, kThreads), kThreads, 0, stream, rows, dim, f);
}

// x, but no less than `least`, below which a function is 0: minus infinity times 0
// would be a NaN. A NaN stays.
__device__ inline float AtLeast(float least, float x) { return x < least ? least : x; }

__device__ inline float Apply(Unary kind, float x) {
  switch (kind) {
    case Unary::kGelu:
      x = AtLeast(-20.f, x);
      return 0.5f * x * (1.f + erff(x * 0.70710678118654752f));
    case Unary::kGeluTanh:
      x = AtLeast(-20.f, x);
      return 0.5f * x * (1.f + tanhf(0.79788456080286536f * (x + 0.044715f * x * x * x)));
    case Unary::kGeluQuick:
      x = AtLeast(-50.f, x);
      return x / (1.f + expf(-1.702f * x));
    case Unary::kRelu:
      return x < 0.f ? 0.f : x;  // keeps a NaN
    case Unary::kSilu:
      x = AtLeast(-87.f, x);
      return x / (1.f + expf(-x));
    case Unary::kTanh:
      return tanhf(x);
  }
  return x;
}

struct ActivateElement {
  Unary kind;
  const float* x;
  int64_t ldx;
  float* y;
  int64_t ldy;
  __device__ void operator()(int64_t r, int64_t i) const {
    y[r * ldy + i] = Apply(kind, x[r * ldx + i]);
  }
};

struct GatedElement {
  Unary kind;
  const float* x;
  int64_t ldx;
  int64_t dim;
  float* y;
  int64_t ldy;
  __device__ void operator()(int64_t r, int64_t i) const {
    y[r * ldy + i] = Apply(kind, x[r * ldx + i]) * x[r * ldx + dim + i];
  }
};

struct CombineElement {
  float a;
  const float* x;
  int64_t ldx;
  float b;
  float* y;
  int64_t ldy;
  __device__ void operator()(int64_t r, int64_t i) const {
    float* to = y + r * ldy + i;
    // b = 0 overwrites: what was there may be anything.
    *to = b == 0.f ? a * x[r * ldx + i] : fmaf(a, x[r * ldx + i], b * *to);
  }
};

struct SoftCapElement {
  float c;
  float* x;
  int64_t ldx;
  __device__ void operator()(int64_t r, int64_t i) const {
    float* at = x + r * ldx + i;
    *at = c * tanhf(*at / c);
  }
};

struct CopyElement {
  const float* x;
  int64_t ldx;
  const int32_t* ids;
  float* y;
  int64_t ldy;
  __device__ void operator()(int64_t r, int64_t i) const { y[r * ldy + i] = x[ids[r] * ldx + i]; }
};

struct ToBf16Element {
  const float* x;
  int64_t ldx;
  int64_t dim;
  uint16_t* y;
  int64_t ldy;
  __device__ void operator()(int64_t r, int64_t i) const {
    y[r * ldy + i] = i < dim ? static_cast<uint16_t>(PackBf16(x[r * ldx + i], 0.f)) : 0;
  }
};

struct AddBiasElement {
  const float* bias;
  float* y;
  int64_t ldy;
  __device__ void operator()(int64_t r, int64_t i) const { y[r * ldy + i] += bias[i]; }
};

}  // namespace

cudaError_t ActivateRows(Unary kind, const float* x, int64_t ldx, int64_t rows, int64_t dim,
                         float* y, int64_t ldy, cudaStream_t stream) {
  return ForEach(rows, dim, stream, ActivateElement{kind, x, ldx, y, ldy});
}

cudaError_t GatedActivateRows(Unary kind, const float* x, int64_t ldx, int64_t rows, int64_t dim,
                              float* y, int64_t ldy, cudaStream_t stream) {
  return ForEach(rows, dim, stream, GatedElement{kind, x, ldx, dim, y, ldy});
}

cudaError_t CombineRows(float a, const float* x, int64_t ldx, float b, float* y, int64_t ldy,
                        int64_t rows, int64_t dim, cudaStream_t stream) {
  return ForEach(rows, dim, stream, CombineElement{a, x, ldx, b, y, ldy});
}

cudaError_t SoftCapRows(float c, float* x, int64_t ldx, int64_t rows, int64_t dim,
                        cudaStream_t stream) {
  return ForEach(rows, dim, stream, SoftCapElement{c, x, ldx});
}

cudaError_t CopyRows(const float* x, int64_t ldx, int64_t dim, const int32_t* ids, int64_t rows,
                     float* y, int64_t ldy, cudaStream_t stream) {
  return ForEach(rows, dim, stream, CopyElement{x, ldx, ids, y, ldy});
}

cudaError_t ToBf16Rows(const float* x, int64_t ldx, int64_t rows, int64_t dim, uint16_t* y,
                       int64_t ldy, cudaStream_t stream) {
  return ForEach(rows, ldy, stream, ToBf16Element{x, ldx, dim, y, ldy});
}

cudaError_t AddBiasRows(const float* bias, int64_t rows, int64_t dim, float* y, int64_t ldy,
                        cudaStream_t stream) {
  return ForEach(rows, dim, stream, AddBiasElement{bias, y, ldy});
}

}  // namespace footnote::kernels::cuda
