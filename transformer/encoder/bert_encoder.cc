#include "transformer/encoder/bert_encoder.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <cstring>

#include "kernels/activation.h"
#include "kernels/layer_norm.h"

namespace footnote::transformer {
namespace {

// Rows that go through the feed-forward network together: their intermediate
// values stay in the caches, and they are whole tiles of the widest kernels.
constexpr int64_t kFeedForwardRows = 126;

// By BertLinear, chosen by measuring all-MiniLM-L6-v2. The inputs after a layer
// norm have a few channels that are far greater than the rest; those of the other
// two layers have not, and smoothing only makes their weights coarser.
constexpr double kSmoothing[kBertLinears] = {0.8, 0, 0.6, 0};

kernels::ActivationKind KernelFor(Activation activation, Precision precision) {
  switch (activation) {
    case Activation::kGelu:
      // The result is rounded to fewer bits than the fast polynomial has right.
      return precision == Precision::kInt8 ? kernels::ActivationKind::kGeluFast
                                           : kernels::ActivationKind::kGelu;
    case Activation::kGeluTanh:
      return kernels::ActivationKind::kGeluTanh;
    case Activation::kRelu:
      return kernels::ActivationKind::kRelu;
  }
  return kernels::ActivationKind::kGelu;
}

template <typename T>
void Grow(int64_t size, kernels::Buffer<T>* buffer) {
  if (static_cast<int64_t>(buffer->size()) < size) *buffer = kernels::Buffer<T>(size);
}

}  // namespace

BertEncoder::BertEncoder(const BertConfig& config, const BertWeights& weights, Precision precision,
                         kernels::CpuLevel level, const Statistics* statistics)
    : config_(config),
      precision_(precision),
      level_(level),
      head_dim_(weights.head_dim),
      width_(weights.attention_width),
      activation_(KernelFor(config.activation, precision)),
      words_(weights.words),
      positions_(weights.positions),
      embedding_norm_(weights.embedding_norm) {
  for (size_t i = 0; i < weights.layers.size(); ++i) {
    const BertLayerWeights& w = weights.layers[i];
    const auto make = [&](const LinearWeights& linear, BertLinear which) {
      if (statistics == nullptr) return Projection::Make(linear, precision, nullptr);
      const size_t index = static_cast<size_t>(which);
      const Int8Inputs inputs = {(*statistics)[i * kBertLinears + index], kSmoothing[index]};
      return Projection::Make(linear, precision, &inputs);
    };
    layers_.push_back({make(w.qkv, BertLinear::kQkv),
                       make(w.attention_out, BertLinear::kAttentionOut),
                       make(w.up, BertLinear::kUp), make(w.down, BertLinear::kDown),
                       w.attention_norm, w.output_norm});
  }
}

void BertEncoder::Reserve(const TokenBatch& batch, BertScratch* scratch) const {
  const int64_t rows = static_cast<int64_t>(batch.ids.size());
  const int64_t longest = *std::max_element(batch.lengths.begin(), batch.lengths.end());
  Grow(rows * config_.hidden_size, &scratch->x);
  Grow(rows * config_.hidden_size, &scratch->y);
  Grow(rows * width_, &scratch->context);
  Grow(std::min(rows, kFeedForwardRows) * config_.intermediate_size, &scratch->intermediate);
  if (precision_ == Precision::kFloat32) {
    Grow(rows * 3 * width_, &scratch->qkv);
  } else {
    Grow(rows * 3 * width_, &scratch->qkv_bf16);
  }
  Grow(kernels::AttentionScratch({longest, config_.num_attention_heads, head_dim_, 1.0f}),
       &scratch->attention);
}

void BertEncoder::Embed(const TokenBatch& batch, float* x) const {
  const int64_t dim = config_.hidden_size;
  int64_t row = 0;
  for (int64_t length : batch.lengths) {
    assert(length >= 1 && length <= config_.max_position_embeddings);
    for (int64_t t = 0; t < length; ++t, ++row) {
      assert(batch.ids[row] >= 0 && batch.ids[row] < config_.vocab_size);
      const float* word = &words_[batch.ids[row] * dim];
      const float* position = &positions_[t * dim];
      for (int64_t i = 0; i < dim; ++i) x[row * dim + i] = word[i] + position[i];
    }
  }
}

void BertEncoder::Normalize(const LayerNormWeights& norm, int64_t rows, float* x,
                            const float* residual) const {
  kernels::AddLayerNorm(level_, x, residual, norm.gain.data(), norm.bias.data(),
                        config_.layer_norm_eps, rows, config_.hidden_size);
}

void BertEncoder::Attend(const TokenBatch& batch, const Layer& layer, BertScratch* scratch) const {
  const int64_t rows = static_cast<int64_t>(batch.ids.size());
  const int64_t ld = 3 * width_;
  kernels::AttentionShape shape;
  shape.heads = config_.num_attention_heads;
  shape.head_dim = head_dim_;
  shape.scale = 1.0f / std::sqrt(static_cast<float>(config_.hidden_size) /
                                 static_cast<float>(config_.num_attention_heads));
  const bool f32 = precision_ == Precision::kFloat32;
  kernels::LinearOutput qkv;
  qkv.f32 = f32 ? scratch->qkv.data() : nullptr;
  qkv.bf16 = f32 ? nullptr : scratch->qkv_bf16.data();
  qkv.ld = ld;
  layer.qkv.Apply(level_, scratch->x.data(), config_.hidden_size, rows, qkv, &scratch->projection);
  int64_t row = 0;
  for (int64_t length : batch.lengths) {
    shape.tokens = length;
    float* context = scratch->context.data() + row * width_;
    if (f32) {
      kernels::Attention(level_, shape, qkv.f32 + row * ld, ld, context, width_,
                         scratch->attention.data());
    } else {
      kernels::Attention(level_, shape, qkv.bf16 + row * ld, ld, context, width_,
                         scratch->attention.data());
    }
    row += length;
  }
}

void BertEncoder::FeedForward(int64_t rows, int index, BertScratch* scratch,
                              const Observer& observer) const {
  const Layer& layer = layers_[index];
  const int64_t dim = config_.hidden_size, inner = config_.intermediate_size;
  float* h = scratch->intermediate.data();
  for (int64_t r = 0; r < rows; r += kFeedForwardRows) {
    const int64_t n = std::min(kFeedForwardRows, rows - r);
    layer.up.Apply(level_, scratch->x.data() + r * dim, dim, n, {h, nullptr, inner},
                   &scratch->projection);
    kernels::Activate(level_, activation_, h, n * inner);
    if (observer != nullptr) observer(index, BertLinear::kDown, h, n, inner);
    layer.down.Apply(level_, h, inner, n, {scratch->y.data() + r * dim, nullptr, dim},
                     &scratch->projection);
  }
}

const float* BertEncoder::Forward(const TokenBatch& batch, BertScratch* scratch,
                                  const Observer& observer) const {
  const int64_t rows = static_cast<int64_t>(batch.ids.size());
  const int64_t dim = config_.hidden_size;
  if (rows == 0) return scratch->x.data();
  Reserve(batch, scratch);
  float* x = scratch->x.data();
  float* y = scratch->y.data();
  Embed(batch, x);
  Normalize(embedding_norm_, rows, x, nullptr);
  for (int index = 0; index < static_cast<int>(layers_.size()); ++index) {
    const Layer& layer = layers_[index];
    if (observer != nullptr) observer(index, BertLinear::kQkv, x, rows, dim);
    Attend(batch, layer, scratch);
    const float* context = scratch->context.data();
    if (observer != nullptr) observer(index, BertLinear::kAttentionOut, context, rows, width_);
    layer.attention_out.Apply(level_, context, width_, rows, {y, nullptr, dim},
                              &scratch->projection);
    Normalize(layer.attention_norm, rows, x, y);
    if (observer != nullptr) observer(index, BertLinear::kUp, x, rows, dim);
    FeedForward(rows, index, scratch, observer);
    Normalize(layer.output_norm, rows, x, y);
  }
  return x;
}

}  // namespace footnote::transformer
