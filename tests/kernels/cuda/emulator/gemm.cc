// kernels/cuda/gemm.h on a CPU, in place of cuBLASLt: plain loops.
#include "kernels/cuda/gemm.h"

#include <memory>

#include "cuda_runtime.h"
#include "kernels/bfloat16_portable.h"
#include "kernels/cuda/device_memory.h"

namespace footnote::kernels::cuda {
namespace {

float NumberAt(GemmType type, const void* p, int64_t i) {
  if (type != GemmType::kBf16) return static_cast<const float*>(p)[i];
  return internal::Bf16ToFloat(static_cast<const uint16_t*>(p)[i]);
}

void Multiply(const GemmArgs& args) {
  for (int64_t r = 0; r < args.rows; ++r) {
    for (int64_t n = 0; n < args.n; ++n) {
      float sum = 0;
      for (int64_t i = 0; i < args.k; ++i) {
        sum += NumberAt(args.type, args.x, r * args.ldx + i) *
               NumberAt(args.type, args.w, n * args.ldw + i);
      }
      float* y = args.y + r * args.ldy + n;
      const float value = args.scale * sum + (args.bias == nullptr ? 0.f : args.bias[n]);
      *y = args.add ? *y + value : value;
    }
  }
}

class LoopGemm final : public Gemm {
 public:
  explicit LoopGemm(cudaStream_t stream) : stream_(stream) {}
  absl::Status Run(const GemmArgs& args) override {
    return CudaStatus(simt::Enqueue(stream_, [args] { Multiply(args); }), "product");
  }

 private:
  cudaStream_t stream_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<Gemm>> MakeGemm(cudaStream_t stream) {
  return std::make_unique<LoopGemm>(stream);
}

}  // namespace footnote::kernels::cuda
