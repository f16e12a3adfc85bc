#ifndef FOOTNOTE_KERNELS_CUDA_GEMM_H_
#define FOOTNOTE_KERNELS_CUDA_GEMM_H_

#include <cuda_runtime_api.h>

#include <cstdint>
#include <memory>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace footnote::kernels::cuda {

enum class GemmType {
  kBf16,  // bf16 numbers, f32 sums
  kF32,   // f32 throughout
  kTf32,  // f32 numbers of which the products use 10 bits of fraction
};

// y = scale * x w^T + bias (+ y). All on the device.
struct GemmArgs {
  GemmType type = GemmType::kF32;
  const void* w = nullptr;  // [n, k], ldw between rows
  int64_t ldw = 0;
  const void* x = nullptr;  // [rows, k], ldx between rows
  int64_t ldx = 0;
  float* y = nullptr;  // [rows, n], ldy between rows
  int64_t ldy = 0;
  int64_t n = 0;
  int64_t k = 0;
  int64_t rows = 0;
  const float* bias = nullptr;
  bool add = false;
  float scale = 1.f;
};

// Products of many rows. Not thread-safe.
class Gemm {
 public:
  virtual ~Gemm() = default;
  // Enqueues on the stream that it was made for. Errors: Internal.
  virtual absl::Status Run(const GemmArgs& args) = 0;
};

// Through cuBLASLt, which is loaded at run time: FOOTNOTE_CUBLASLT names the
// library, else libcublasLt.so.13 or .12 is looked for beside the program and
// where the system's loader looks. Errors: NotFound: there is none; Internal.
absl::StatusOr<std::unique_ptr<Gemm>> MakeGemm(cudaStream_t stream);

}  // namespace footnote::kernels::cuda

#endif  // FOOTNOTE_KERNELS_CUDA_GEMM_H_
