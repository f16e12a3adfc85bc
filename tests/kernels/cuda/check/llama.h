#ifndef FOOTNOTE_TESTS_KERNELS_CUDA_CHECK_LLAMA_H_
#define FOOTNOTE_TESTS_KERNELS_CUDA_CHECK_LLAMA_H_

#include <cstdint>
#include <memory>
#include <vector>

#include "absl/status/statusor.h"
#include "kernels/cuda/cuda_ops.h"

namespace footnote::kernels::cuda {

struct LlamaShape {
  const char* name;
  int64_t hidden;
  int64_t layers;
  int64_t heads;
  int64_t kv_heads;
  int64_t head_dim;
  int64_t intermediate;
  int64_t vocab;
};
inline constexpr LlamaShape kLlama1B = {"Llama 1.1B", 2048, 22, 32, 4, 64, 5632, 32000};
inline constexpr LlamaShape kLlama8B = {"Llama 8B", 4096, 32, 32, 8, 128, 14336, 128256};

// The ops of a Llama of random weights, for one sequence, in the order in which a
// decoder calls them. For timing: nothing of it means anything.
class RandomLlama {
 public:
  static absl::StatusOr<std::unique_ptr<RandomLlama>> Make(CudaOps& ops, const LlamaShape& shape,
                                                           WeightFormat format, int64_t max_tokens);

  // Forgets the sequence, then appends `tokens` at once, with logits of the last.
  void Prompt(int64_t tokens);
  // Appends one token; its ops are recorded and replayed.
  void Token();

  // Weights that one token reads.
  uint64_t bytes_per_token() const { return bytes_; }
  // Floating-point operations of a prompt: products with weights and causal attention.
  double operations(int64_t tokens) const;

 private:
  struct Layer {
    std::unique_ptr<const Matrix> qkv, out, gate_up, down;
    Ops::Memory cache;
  };
  RandomLlama(CudaOps& ops, const LlamaShape& shape, int64_t max_tokens)
      : ops_(ops), shape_(shape), max_tokens_(max_tokens) {}
  absl::Status Load(WeightFormat format);
  void Upload(int64_t rows);
  void Run(int64_t rows);
  void Multiply(const Matrix& w, const float* x, int64_t rows, float* y, bool add);
  float* Part(const Ops::Memory& memory) const { return static_cast<float*>(memory.get()); }

  CudaOps& ops_;
  const LlamaShape shape_;
  const int64_t max_tokens_;
  std::vector<Layer> layers_;
  std::unique_ptr<const Matrix> embedding_, head_;
  Ops::Memory norm_, cos_, sin_, x_, normed_, qkv_, attended_, gate_up_, gated_, logits_;
  std::unique_ptr<Step> step_;
  int64_t length_ = 0;
  uint64_t bytes_ = 0;
};

}  // namespace footnote::kernels::cuda

#endif  // FOOTNOTE_TESTS_KERNELS_CUDA_CHECK_LLAMA_H_
