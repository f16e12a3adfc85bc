#include "tests/kernels/cuda/check/bench.h"

#include <cuda_runtime_api.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <functional>
#include <memory>
#include <numeric>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "kernels/base/status_macros.h"
#include "kernels/bfloat16_portable.h"
#include "kernels/cuda/cuda_ops.h"
#include "tests/kernels/cuda/check/llama.h"

namespace footnote::kernels::cuda {
namespace {

// The median of `rounds` runs of `work`, waited for, in seconds.
absl::StatusOr<double> Seconds(CudaOps& ops, int rounds, const std::function<void()>& work) {
  std::vector<double> times;
  for (int i = 0; i < rounds + 2; ++i) {
    FN_RETURN_IF_ERROR(ops.Synchronize());
    const auto start = std::chrono::steady_clock::now();
    work();
    FN_RETURN_IF_ERROR(ops.Synchronize());
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
    if (i >= 2) times.push_back(took.count());  // the first ones warm up
  }
  std::nth_element(times.begin(), times.begin() + rounds / 2, times.end());
  return times[rounds / 2];
}

// Bytes read and written per second.
absl::StatusOr<double> CopyBandwidth(CudaOps& ops) {
  constexpr size_t kBytes = size_t{2} << 30;
  FN_ASSIGN_OR_RETURN(const Ops::Memory from, ops.Allocate(kBytes));
  FN_ASSIGN_OR_RETURN(const Ops::Memory to, ops.Allocate(kBytes));
  cudaError_t error = cudaSuccess;
  FN_ASSIGN_OR_RETURN(const double seconds, Seconds(ops, 9, [&] {
                        error = cudaMemcpyAsync(to.get(), from.get(), kBytes,
                                                cudaMemcpyDeviceToDevice, ops.stream());
                      }));
  FN_RETURN_IF_ERROR(CudaStatus(error, "copying"));
  return 2.0 * kBytes / seconds;
}

// bf16 operations per second of one large product with f32 results, random numbers.
absl::StatusOr<double> MatrixRate(CudaOps& ops) {
  constexpr int64_t kSize = 8192;
  FN_ASSIGN_OR_RETURN(const std::unique_ptr<Gemm> gemm, MakeGemm(ops.stream()));
  std::vector<uint16_t> values(kSize * kSize);
  std::mt19937 rng(1);
  std::normal_distribution<float> normal;
  std::vector<uint16_t> row(65521);
  for (uint16_t& v : row) v = internal::RoundToBf16(normal(rng));
  for (size_t i = 0; i < values.size(); ++i) values[i] = row[i % row.size()];
  FN_ASSIGN_OR_RETURN(const Ops::Memory w, ops.Allocate(values.size() * 2));
  FN_ASSIGN_OR_RETURN(const Ops::Memory x, ops.Allocate(values.size() * 2));
  FN_ASSIGN_OR_RETURN(const Ops::Memory y, ops.Allocate(values.size() * 4));
  ops.CopyIn(values.data(), values.size() * 2, w.get());
  ops.CopyIn(values.data(), values.size() * 2, x.get());
  GemmArgs args;
  args.type = GemmType::kBf16;
  args.w = w.get();
  args.x = x.get();
  args.y = static_cast<float*>(y.get());
  args.ldw = args.ldx = args.ldy = args.n = args.k = args.rows = kSize;
  absl::Status status;
  FN_ASSIGN_OR_RETURN(const double seconds, Seconds(ops, 9, [&] { status = gemm->Run(args); }));
  FN_RETURN_IF_ERROR(status);
  return 2.0 * kSize * kSize * kSize / seconds;
}

absl::Status BenchModel(CudaOps& ops, const LlamaShape& shape, WeightFormat format,
                        double bandwidth, double rate) {
  constexpr int64_t kPrompt = 2048;
  constexpr int64_t kTokens = 64;
  FN_ASSIGN_OR_RETURN(const std::unique_ptr<RandomLlama> model,
                      RandomLlama::Make(ops, shape, format, kPrompt + kTokens));
  FN_ASSIGN_OR_RETURN(const double prompt, Seconds(ops, 5, [&] { model->Prompt(kPrompt); }));
  // A prompt of 512 tokens, then single ones.
  std::vector<double> steps;
  model->Prompt(512);
  for (int64_t i = 0; i < kTokens; ++i) {
    FN_RETURN_IF_ERROR(ops.Synchronize());
    const auto start = std::chrono::steady_clock::now();
    model->Token();
    FN_RETURN_IF_ERROR(ops.Synchronize());
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
    steps.push_back(took.count());
  }
  std::nth_element(steps.begin(), steps.begin() + kTokens / 2, steps.end());
  const double step = steps[kTokens / 2];
  const double read = static_cast<double>(model->bytes_per_token());
  const double operations = model->operations(kPrompt);
  std::printf(
      "%-10s %-5s decode %8.1f tokens/s %5.1f %% of copy | prompt %8.0f tokens/s %5.1f %% "
      "of bf16\n",
      shape.name, std::string(WeightFormatName(format)).c_str(), 1 / step,
      100 * read / step / bandwidth, kPrompt / prompt, 100 * operations / prompt / rate);
  return absl::OkStatus();
}

}  // namespace

absl::Status RunBench() {
  FN_ASSIGN_OR_RETURN(const std::unique_ptr<CudaOps> ops, CudaOps::Make(0, {}));
  std::printf("%s\n", std::string(ops->name()).c_str());
  FN_ASSIGN_OR_RETURN(const double bandwidth, CopyBandwidth(*ops));
  std::printf("copy, bytes read and written: %.0f GB/s\n", bandwidth / 1e9);
  FN_ASSIGN_OR_RETURN(const double rate, MatrixRate(*ops));
  std::printf("bf16 product 8192 x 8192 x 8192: %.0f TFLOP/s\n", rate / 1e12);
  for (const WeightFormat format :
       {WeightFormat::kBf16, WeightFormat::kInt8, WeightFormat::kInt4}) {
    for (const LlamaShape& shape : {kLlama1B, kLlama8B}) {
      FN_RETURN_IF_ERROR(BenchModel(*ops, shape, format, bandwidth, rate));
    }
  }
  return absl::OkStatus();
}

}  // namespace footnote::kernels::cuda
