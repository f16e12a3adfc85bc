#include "transformer/executor/encoder_stack.h"

#include <algorithm>
#include <cassert>
#include <numeric>
#include <utility>
#include <vector>

#include "kernels/base/status_macros.h"
#include "transformer/executor/decoder.h"

namespace footnote::transformer {
namespace {

// Numbers in each of the scratch vectors, in the order of the members.
struct Sizes {
  int64_t x = 0, qkv = 0, attended = 0, normed = 0, lora = 0, inner = 0;
};

int64_t Width(const TransformerConfig& config) { return config.heads * config.head_dim; }

int64_t InnerWidth(const TransformerConfig& config) {
  return config.intermediate_size * (config.gated ? 2 : 1);
}

Sizes SizesOf(const TransformerConfig& config) {
  const int64_t longest = config.context_length;
  const int64_t part = std::min<int64_t>(longest, Decoder::kMaxRows);
  Sizes sizes;
  sizes.x = longest * config.hidden_size;
  sizes.qkv = longest * 3 * Width(config);
  sizes.attended = longest * Width(config);
  sizes.normed = part * config.hidden_size;
  sizes.lora = part * kMaxLoraRank;
  sizes.inner = part * InnerWidth(config);
  return sizes;
}

// One sequence's rows [begin, end), of a text of which `known` tokens are there.
void UploadRows(kernels::Ops* ops, int64_t begin, int64_t end, int64_t known,
                absl::Span<const int32_t> blocks, kernels::Step* step) {
  std::vector<int32_t> positions(end - begin);
  std::iota(positions.begin(), positions.end(), static_cast<int32_t>(begin));
  const int32_t first_row[] = {0, static_cast<int32_t>(end - begin)};
  const int32_t length = static_cast<int32_t>(known);
  kernels::StepLayout layout;
  layout.positions = positions;
  layout.first_row = first_row;
  layout.kv_length = {&length, 1};
  layout.block_table = blocks;
  layout.max_blocks = static_cast<int64_t>(blocks.size());
  ops->Upload(layout, step);
}

}  // namespace

EncoderStack::EncoderStack(kernels::Ops* ops, const TransformerConfig* config,
                           EncoderWeights weights, const DecoderWeights* decoder, KvCache* cache)
    : ops_(ops),
      config_(config),
      weights_(std::move(weights)),
      decoder_(decoder),
      cache_(cache),
      step_(ops->NewStep()),
      part_(ops->NewStep()) {}

absl::StatusOr<std::unique_ptr<EncoderStack>> EncoderStack::Create(kernels::Ops* ops,
                                                                   const TransformerConfig* config,
                                                                   EncoderWeights weights,
                                                                   const DecoderWeights* decoder,
                                                                   KvCache* cache) {
  std::unique_ptr<EncoderStack> stack(
      new EncoderStack(ops, config, std::move(weights), decoder, cache));
  FN_RETURN_IF_ERROR(stack->Allocate());
  return stack;
}

uint64_t EncoderStack::ScratchBytes(const TransformerConfig& config) {
  const Sizes sizes = SizesOf(config);
  return static_cast<uint64_t>(sizes.x + sizes.qkv + sizes.attended + sizes.normed + sizes.lora +
                               sizes.inner) *
         sizeof(float);
}

absl::Status EncoderStack::Allocate() {
  const Sizes sizes = SizesOf(*config_);
  const std::pair<DeviceVector*, int64_t> buffers[] = {
      {&x_, sizes.x},           {&qkv_, sizes.qkv},   {&attended_, sizes.attended},
      {&normed_, sizes.normed}, {&lora_, sizes.lora}, {&inner_, sizes.inner}};
  for (const auto& [buffer, size] : buffers) {
    FN_ASSIGN_OR_RETURN(kernels::Ops::Memory memory,
                        ops_->Allocate(static_cast<size_t>(size) * sizeof(float)));
    *buffer = DeviceVector(std::move(memory));
  }
  return absl::OkStatus();
}

template <typename Fn>
void EncoderStack::InParts(int64_t rows, const Fn& fn) {
  for (int64_t begin = 0; begin < rows; begin += Decoder::kMaxRows) {
    fn(begin, std::min<int64_t>(Decoder::kMaxRows, rows - begin));
  }
}

StepContext EncoderStack::Context(int64_t rows) {
  StepContext context;
  context.ops = ops_;
  context.config = config_;
  context.rows = rows;
  for (AdapterRows& all : adapter_) all.end = rows;
  context.adapters = adapter_;
  context.lora = lora_.data();
  return context;
}

void EncoderStack::RunLayer(const LayerWeights& layer, int64_t rows) {
  const int64_t hidden = config_->hidden_size, width = Width(*config_);
  const Rows normed = {normed_.data(), hidden};
  const Rows inner = {inner_.data(), InnerWidth(*config_)};
  const auto x = [&](int64_t begin) { return Rows{x_.data() + begin * hidden, hidden}; };
  InParts(rows, [&](int64_t begin, int64_t some) {
    ApplyNorm(Context(some), layer.attention_norm, x(begin), normed);
    ApplyLinear(Context(some), layer.qkv, normed, {qkv_.data() + begin * 3 * width, 3 * width},
                false);
  });
  const kernels::KvLayer cache = cache_->layer(0);
  ops_->StoreKv(*step_, cache, qkv_.data() + width, 3 * width, qkv_.data() + 2 * width, 3 * width);
  kernels::AttendArgs args;
  args.step = step_.get();
  args.cache = cache;
  args.q = qkv_.data();
  args.ldq = 3 * width;
  args.heads = config_->heads;
  args.scale = config_->attention_scale;
  args.causal = false;
  args.relative_bias = weights_.relative_bias.values.data();
  args.relative_ld = weights_.relative_bias.ld;
  args.relative_origin = weights_.relative_bias.origin;
  args.out = attended_.data();
  args.ldo = width;
  ops_->Attend(args);
  InParts(rows, [&](int64_t begin, int64_t some) {
    ApplyLinear(Context(some), layer.attention_out, {attended_.data() + begin * width, width},
                x(begin), true);
    ApplyNorm(Context(some), layer.mlp_norm, x(begin), normed);
    FeedForwardInner(Context(some), layer.up, normed, inner);
    ApplyLinear(Context(some), layer.down, inner, x(begin), true);
  });
}

void EncoderStack::StoreForDecoder(int64_t rows, absl::Span<const int32_t> blocks) {
  const int64_t hidden = config_->hidden_size, width = Width(*config_);
  const Rows normed = {normed_.data(), hidden};
  const Rows kv = {qkv_.data(), 2 * width};
  InParts(rows, [&](int64_t begin, int64_t some) {
    UploadRows(ops_, begin, begin + some, begin + some, blocks, part_.get());
    ApplyNorm(Context(some), weights_.final_norm, {x_.data() + begin * hidden, hidden}, normed);
    for (int64_t i = 0; i < config_->layers; ++i) {
      ApplyLinear(Context(some), decoder_->layers[i].cross_kv, normed, kv, false);
      ops_->StoreKv(*part_, cache_->layer(i), kv.data, kv.ld, kv.data + width, kv.ld);
    }
  });
}

absl::Status EncoderStack::Encode(absl::Span<const int32_t> source, const LoraAdapter* adapter,
                                  absl::Span<const int32_t> blocks) {
  const int64_t rows = static_cast<int64_t>(source.size());
  assert(rows >= 1 && rows <= config_->context_length);
  assert(rows <= static_cast<int64_t>(blocks.size()) * kernels::kKvBlockTokens);
  adapter_.clear();
  if (adapter != nullptr) adapter_.push_back({adapter, 0, 0});
  UploadRows(ops_, 0, rows, rows, blocks, step_.get());
  ops_->Gather(*decoder_->embedding.pieces[0].matrix, source, x_.data(), config_->hidden_size);
  for (const LayerWeights& layer : weights_.layers) RunLayer(layer, rows);
  StoreForDecoder(rows, blocks);
  return ops_->Synchronize();
}

}  // namespace footnote::transformer
