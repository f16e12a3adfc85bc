#include "transformer/encoder/bert_layer.h"

#include <algorithm>
#include <cmath>
#include <numeric>

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

Projection MakeProjection(const LinearWeights& weights, Precision precision, BertLinear which,
                          const BertLayerStatistics* statistics) {
  if (statistics == nullptr) return Projection::Make(weights, precision, nullptr);
  const size_t index = static_cast<size_t>(which);
  const Int8Inputs inputs = {(*statistics)[index], kSmoothing[index]};
  return Projection::Make(weights, precision, &inputs);
}

template <typename T>
void Grow(int64_t size, kernels::Buffer<T>* buffer) {
  if (static_cast<int64_t>(buffer->size()) < size) *buffer = kernels::Buffer<T>(size);
}

}  // namespace

BertLayer::BertLayer(const BertConfig& config, const BertLayerWeights& weights, Precision precision,
                     kernels::CpuLevel level, const BertLayerStatistics* statistics)
    : hidden_(config.hidden_size),
      intermediate_(config.intermediate_size),
      heads_(config.num_attention_heads),
      head_dim_(PaddedHeadDim(config)),
      width_(heads_ * head_dim_),
      scale_(1.0f / std::sqrt(static_cast<float>(config.hidden_size) /
                              static_cast<float>(config.num_attention_heads))),
      eps_(config.layer_norm_eps),
      activation_(KernelFor(config.activation, precision)),
      precision_(precision),
      level_(level),
      qkv_(MakeProjection(weights.qkv, precision, BertLinear::kQkv, statistics)),
      attention_out_(
          MakeProjection(weights.attention_out, precision, BertLinear::kAttentionOut, statistics)),
      up_(MakeProjection(weights.up, precision, BertLinear::kUp, statistics)),
      down_(MakeProjection(weights.down, precision, BertLinear::kDown, statistics)),
      attention_norm_(weights.attention_norm),
      output_norm_(weights.output_norm) {}

void BertLayer::Reserve(absl::Span<const int64_t> lengths, BertScratch* scratch) const {
  const int64_t rows = std::accumulate(lengths.begin(), lengths.end(), int64_t{0});
  const int64_t longest = *std::max_element(lengths.begin(), lengths.end());
  Grow(rows * hidden_, &scratch->y);
  Grow(rows * width_, &scratch->context);
  Grow(std::min(rows, kFeedForwardRows) * intermediate_, &scratch->intermediate);
  if (precision_ == Precision::kFloat32) {
    Grow(rows * 3 * width_, &scratch->qkv);
  } else {
    Grow(rows * 3 * width_, &scratch->qkv_bf16);
  }
  Grow(kernels::AttentionScratch({longest, heads_, head_dim_, 1.0f}), &scratch->attention);
}

void BertLayer::Normalize(const LayerNormWeights& norm, int64_t rows, float* x,
                          const float* residual) const {
  kernels::AddLayerNorm(level_, x, residual, norm.gain.data(), norm.bias.data(), eps_, rows,
                        hidden_);
}

void BertLayer::Attend(absl::Span<const int64_t> lengths, int64_t rows,
                       BertScratch* scratch) const {
  const int64_t ld = 3 * width_;
  kernels::AttentionShape shape;
  shape.heads = heads_;
  shape.head_dim = head_dim_;
  shape.scale = scale_;
  const bool f32 = precision_ == Precision::kFloat32;
  kernels::LinearOutput qkv;
  qkv.f32 = f32 ? scratch->qkv.data() : nullptr;
  qkv.bf16 = f32 ? nullptr : scratch->qkv_bf16.data();
  qkv.ld = ld;
  qkv_.Apply(level_, scratch->x.data(), hidden_, rows, qkv, &scratch->projection);
  int64_t row = 0;
  for (int64_t length : lengths) {
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

void BertLayer::FeedForward(int64_t rows, BertScratch* scratch,
                            const BertObserver& observer) const {
  float* h = scratch->intermediate.data();
  for (int64_t r = 0; r < rows; r += kFeedForwardRows) {
    const int64_t n = std::min(kFeedForwardRows, rows - r);
    up_.Apply(level_, scratch->x.data() + r * hidden_, hidden_, n, {h, nullptr, intermediate_},
              &scratch->projection);
    kernels::Activate(level_, activation_, h, n * intermediate_);
    if (observer != nullptr) observer(BertLinear::kDown, h, n, intermediate_);
    down_.Apply(level_, h, intermediate_, n, {scratch->y.data() + r * hidden_, nullptr, hidden_},
                &scratch->projection);
  }
}

void BertLayer::Run(absl::Span<const int64_t> lengths, BertScratch* scratch,
                    const BertObserver& observer) const {
  const int64_t rows = std::accumulate(lengths.begin(), lengths.end(), int64_t{0});
  float* x = scratch->x.data();
  float* y = scratch->y.data();
  const float* context = scratch->context.data();
  if (observer != nullptr) observer(BertLinear::kQkv, x, rows, hidden_);
  Attend(lengths, rows, scratch);
  if (observer != nullptr) observer(BertLinear::kAttentionOut, context, rows, width_);
  attention_out_.Apply(level_, context, width_, rows, {y, nullptr, hidden_}, &scratch->projection);
  Normalize(attention_norm_, rows, x, y);
  if (observer != nullptr) observer(BertLinear::kUp, x, rows, hidden_);
  FeedForward(rows, scratch, observer);
  Normalize(output_norm_, rows, x, y);
}

}  // namespace footnote::transformer
