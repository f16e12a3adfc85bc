#ifndef FOOTNOTE_TRANSFORMER_ENCODER_BERT_ENCODER_H_
#define FOOTNOTE_TRANSFORMER_ENCODER_BERT_ENCODER_H_

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

// Space that one forward pass needs. It grows to the largest batch and stays.
// Not thread-safe: one per worker.
struct BertScratch {
  int64_t rows = 0;  // what the buffers are sized for
  kernels::Buffer<float> x;
  kernels::Buffer<float> y;
  kernels::Buffer<float> context;
  kernels::Buffer<float> intermediate;
  kernels::Buffer<float> qkv;
  kernels::Buffer<kernels::Bf16> qkv_bf16;
  kernels::Buffer<float> attention;
  ProjectionScratch projection;
};

// Token sequences one after another, without padding.
struct TokenBatch {
  std::vector<int32_t> ids;
  std::vector<int64_t> lengths;  // each at least 1; their sum is ids.size()
};

// The forward pass of a BERT-type encoder (Devlin et al. 2018,
// https://arxiv.org/abs/1810.04805): post-norm layers over packed sequences, at
// one precision and CPU level. Immutable and thread-safe; each call runs on the
// calling thread.
class BertEncoder {
 public:
  // Inputs of each linear layer, by layer * kBertLinears + BertLinear.
  using Statistics = std::vector<InputStatistics>;

  // `statistics` may be null; only int8 uses it.
  BertEncoder(const BertConfig& config, const BertWeights& weights, Precision precision,
              kernels::CpuLevel level, const Statistics* statistics);

  // Hidden states of the last layer: row-major [ids, hidden_size] f32, valid
  // until `scratch` is used again. Preconditions: ids are in the vocabulary, no
  // length exceeds max_position_embeddings.
  const float* Forward(const TokenBatch& batch, BertScratch* scratch) const {
    return Forward(batch, scratch, nullptr);
  }

  // Called with the inputs of each linear layer: rows of `dim` values.
  using Observer =
      std::function<void(int layer, BertLinear which, const float* x, int64_t rows, int64_t dim)>;
  const float* Forward(const TokenBatch& batch, BertScratch* scratch,
                       const Observer& observer) const;

  const BertConfig& config() const { return config_; }

 private:
  struct Layer {
    Projection qkv, attention_out, up, down;
    LayerNormWeights attention_norm, output_norm;
  };

  void Reserve(const TokenBatch& batch, BertScratch* scratch) const;
  void Embed(const TokenBatch& batch, float* x) const;
  void Attend(const TokenBatch& batch, const Layer& layer, BertScratch* scratch) const;
  void FeedForward(int64_t rows, int index, BertScratch* scratch, const Observer& observer) const;
  void Normalize(const LayerNormWeights& norm, int64_t rows, float* x, const float* residual) const;

  BertConfig config_;
  Precision precision_;
  kernels::CpuLevel level_;
  int64_t head_dim_;
  int64_t width_;  // of attention
  kernels::ActivationKind activation_;
  std::vector<float> words_;
  std::vector<float> positions_;
  LayerNormWeights embedding_norm_;
  std::vector<Layer> layers_;
};

}  // namespace footnote::transformer

#endif  // FOOTNOTE_TRANSFORMER_ENCODER_BERT_ENCODER_H_
