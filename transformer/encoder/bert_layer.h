#ifndef FOOTNOTE_TRANSFORMER_ENCODER_BERT_LAYER_H_
#define FOOTNOTE_TRANSFORMER_ENCODER_BERT_LAYER_H_

#include <array>
#include <cstdint>
#include <functional>
#include <vector>

#include "absl/types/span.h"
#include "kernels/attention.h"
#include "kernels/base/buffer.h"
#include "kernels/base/cpu.h"
#include "transformer/encoder/bert_weights.h"
#include "transformer/encoder/projection.h"
#include "transformer/model/model_config.h"
#include "transformer/text_encoder.h"

namespace footnote::transformer {

// The four linear layers of a BERT layer, in the order of the forward pass.
enum class BertLinear { kQkv, kAttentionOut, kUp, kDown };
inline constexpr int kBertLinears = 4;

// What the inputs of each look like.
using BertLayerStatistics = std::array<InputStatistics, kBertLinears>;

// Space that one forward pass needs. It grows to the largest batch and stays.
// Not thread-safe: one per worker.
struct BertScratch {
  kernels::Buffer<float> x;  // [rows, hidden_size]: a layer's inputs, then its outputs
  kernels::Buffer<float> y;
  kernels::Buffer<float> context;
  kernels::Buffer<float> intermediate;
  kernels::Buffer<float> qkv;
  kernels::Buffer<kernels::Bf16> qkv_bf16;
  kernels::Buffer<float> attention;
  ProjectionScratch projection;
};

// Called with the inputs of each linear layer: rows of `dim` values.
using BertObserver =
    std::function<void(BertLinear which, const float* x, int64_t rows, int64_t dim)>;

// One post-norm layer at one precision and CPU level. Immutable and thread-safe;
// each call runs on the calling thread.
class BertLayer {
 public:
  // `statistics` may be null; only int8 uses it.
  BertLayer(const BertConfig& config, const BertLayerWeights& weights, Precision precision,
            kernels::CpuLevel level, const BertLayerStatistics* statistics);

  // Sizes `scratch` for sequences of these lengths, all but `x`.
  void Reserve(absl::Span<const int64_t> lengths, BertScratch* scratch) const;

  // x = layer(x) for packed sequences. `observer` may be null.
  void Run(absl::Span<const int64_t> lengths, BertScratch* scratch,
           const BertObserver& observer) const;

 private:
  void Attend(absl::Span<const int64_t> lengths, int64_t rows, BertScratch* scratch) const;
  void FeedForward(int64_t rows, BertScratch* scratch, const BertObserver& observer) const;
  void Normalize(const LayerNormWeights& norm, int64_t rows, float* x, const float* residual) const;

  const int64_t hidden_;
  const int64_t intermediate_;
  const int64_t heads_;
  const int64_t head_dim_;
  const int64_t width_;  // of attention
  const float scale_;    // of attention's scores
  const float eps_;
  const kernels::ActivationKind activation_;
  const Precision precision_;
  const kernels::CpuLevel level_;
  Projection qkv_, attention_out_, up_, down_;
  LayerNormWeights attention_norm_, output_norm_;
};

}  // namespace footnote::transformer

#endif  // FOOTNOTE_TRANSFORMER_ENCODER_BERT_LAYER_H_
