#ifndef FOOTNOTE_TESTS_KERNELS_CUDA_TESTING_H_
#define FOOTNOTE_TESTS_KERNELS_CUDA_TESTING_H_

#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <memory>
#include <random>
#include <utility>
#include <vector>

#include "kernels/cuda/cuda_ops.h"

// The same tests run on a device (footnote_cuda_check) and, kernel for kernel, on
// a CPU (kernels_cuda_emulated_test).
namespace footnote::kernels::cuda {

inline std::unique_ptr<CudaOps> NewOps(bool deterministic = false) {
  CudaOpsOptions options;
  options.deterministic = deterministic;
  auto ops = CudaOps::Make(0, options);
  EXPECT_TRUE(ops.ok()) << ops.status();
  return ops.ok() ? *std::move(ops) : nullptr;
}

inline std::vector<float> Normal(size_t n, unsigned seed, float deviation = 1) {
  std::mt19937 rng(seed);
  std::normal_distribution<float> normal(0, deviation);
  std::vector<float> x(n);
  for (float& v : x) v = normal(rng);
  return x;
}

// Numbers in device memory.
class OnDevice {
 public:
  OnDevice(CudaOps& ops, const std::vector<float>& values) : ops_(ops), size_(values.size()) {
    auto memory = ops.Allocate(size_ * sizeof(float));
    EXPECT_TRUE(memory.ok()) << memory.status();
    if (memory.ok()) memory_ = *std::move(memory);
    ops.CopyIn(values.data(), size_ * sizeof(float), memory_.get());
  }
  OnDevice(CudaOps& ops, size_t size, float value)
      : OnDevice(ops, std::vector<float>(size, value)) {}

  float* data() const { return static_cast<float*>(memory_.get()); }
  std::vector<float> Read() const {
    std::vector<float> values(size_);
    const absl::Status status = ops_.CopyOut(memory_.get(), size_ * sizeof(float), values.data());
    EXPECT_TRUE(status.ok()) << status;
    return values;
  }

 private:
  CudaOps& ops_;
  size_t size_;
  Ops::Memory memory_;
};

}  // namespace footnote::kernels::cuda

#endif  // FOOTNOTE_TESTS_KERNELS_CUDA_TESTING_H_
