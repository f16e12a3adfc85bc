#include "transformer/executor/decoder.h"

#include <algorithm>
#include <cassert>
#include <utility>

#include "kernels/base/status_macros.h"
#include "transformer/executor/alibi.h"

namespace footnote::transformer {
namespace {

// Logits that are computed at once: 16 MiB.
constexpr int64_t kLogitsAtOnce = int64_t{4} << 20;

struct Widths {
  int64_t qkv = 0;
  int64_t attended = 0;
  int64_t inner = 0;
  int64_t narrow = 0;
};

Widths WidthsOf(const TransformerConfig& config) {
  Widths widths;
  widths.attended = config.heads * config.head_dim;
  widths.qkv = widths.attended + 2 * config.kv_heads * config.head_dim;
  widths.inner = config.intermediate_size * (config.gated ? 2 : 1);
  widths.narrow = config.embedding_size;
  return widths;
}

bool HasAlibi(const TransformerConfig& config) { return config.position == PositionKind::kAlibi; }

}  // namespace

int64_t Decoder::HeadRows(const TransformerConfig& config) {
  return std::clamp<int64_t>(kLogitsAtOnce / config.vocab_size, 1, kMaxRows);
}

uint64_t Decoder::ScratchBytes(const TransformerConfig& config, int64_t max_positions) {
  const Widths widths = WidthsOf(config);
  const int64_t row = 3 * config.hidden_size + widths.qkv + widths.attended + widths.inner +
                      widths.narrow + kMaxLoraRank;
  int64_t numbers = kMaxRows * row + HeadRows(config) * config.vocab_size;
  if (HasAlibi(config)) numbers += config.heads * config.context_length;
  return static_cast<uint64_t>(numbers) * sizeof(float) +
         RotaryTables::Bytes(config.rotary, max_positions);
}

Decoder::Decoder(kernels::Ops* ops, const TransformerConfig* config, DecoderWeights weights,
                 KvCache* cache)
    : ops_(ops), config_(config), weights_(std::move(weights)), cache_(cache) {}

absl::StatusOr<std::unique_ptr<Decoder>> Decoder::Create(kernels::Ops* ops,
                                                         const TransformerConfig* config,
                                                         DecoderWeights weights, KvCache* cache,
                                                         int64_t max_positions) {
  std::unique_ptr<Decoder> decoder(new Decoder(ops, config, std::move(weights), cache));
  FN_RETURN_IF_ERROR(decoder->Allocate(max_positions));
  return decoder;
}

absl::Status Decoder::Allocate(int64_t max_positions) {
  const Widths widths = WidthsOf(*config_);
  const std::pair<DeviceVector*, int64_t> buffers[] = {
      {&x_, kMaxRows * config_->hidden_size},
      {&normed_, kMaxRows * config_->hidden_size},
      {&output_, kMaxRows * config_->hidden_size},
      {&narrow_, kMaxRows * widths.narrow},
      {&qkv_, kMaxRows * widths.qkv},
      {&attended_, kMaxRows * widths.attended},
      {&inner_, kMaxRows * widths.inner},
      {&lora_, kMaxRows * kMaxLoraRank},
      {&logits_, HeadRows(*config_) * config_->vocab_size}};
  for (const auto& [buffer, size] : buffers) {
    if (size == 0) continue;
    FN_ASSIGN_OR_RETURN(kernels::Ops::Memory memory,
                        ops_->Allocate(static_cast<size_t>(size) * sizeof(float)));
    *buffer = DeviceVector(std::move(memory));
  }
  if (HasAlibi(*config_)) {
    const std::vector<float> bias = AlibiBias(config_->heads, config_->context_length);
    FN_ASSIGN_OR_RETURN(kernels::Ops::Memory memory, ops_->Allocate(bias.size() * sizeof(float)));
    ops_->CopyIn(bias.data(), bias.size() * sizeof(float), memory.get());
    alibi_ = {DeviceVector(std::move(memory)), config_->context_length,
              config_->context_length - 1};
  }
  FN_ASSIGN_OR_RETURN(rotary_, RotaryTables::Create(ops_, config_->rotary, max_positions));
  step_ = ops_->NewStep();
  source_step_ = ops_->NewStep();
  return absl::OkStatus();
}

void Decoder::Embed(const StepRows& rows) {
  const int64_t hidden = config_->hidden_size;
  const bool narrow = weights_.project_in.present();
  const Rows x = {x_.data(), hidden};
  const Rows embedded = narrow ? Rows{narrow_.data(), config_->embedding_size} : x;
  ops_->Gather(*weights_.embedding.pieces[0].matrix, rows.tokens, embedded.data, embedded.ld);
  if (config_->embedding_scale != 1.f) {
    ops_->Combine(0.f, embedded.data, embedded.ld, config_->embedding_scale, embedded.data,
                  embedded.ld, rows.rows(), embedded.ld);
  }
  StepContext context;
  context.ops = ops_;
  context.config = config_;
  context.rows = rows.rows();
  if (narrow) ApplyLinear(context, weights_.project_in, embedded, x, false);
  if (weights_.positions.present()) {
    std::vector<int32_t> ids = rows.positions;
    for (int32_t& id : ids) id += static_cast<int32_t>(config_->position_offset);
    ops_->Gather(*weights_.positions.pieces[0].matrix, ids, output_.data(), hidden);
    ops_->Combine(1.f, output_.data(), hidden, 1.f, x.data, x.ld, rows.rows(), hidden);
  }
  if (weights_.embedding_norm.dim > 0) ApplyNorm(context, weights_.embedding_norm, x, x);
}

void Decoder::Run(const StepRows& rows) {
  assert(rows.rows() >= 1 && rows.rows() <= kMaxRows);
  const int64_t longest = *std::max_element(rows.kv_length.begin(), rows.kv_length.end());
  rotary_->Extend(longest);
  kernels::StepLayout layout;
  layout.positions = rows.positions;
  layout.first_row = rows.first_row;
  layout.kv_length = rows.kv_length;
  layout.block_table = rows.block_table;
  layout.max_blocks = rows.max_blocks;
  ops_->Upload(layout, step_.get());
  if (config_->encoder_layers > 0) {
    layout.kv_length = rows.source_length;
    layout.block_table = rows.source_table;
    layout.max_blocks = rows.max_source_blocks;
    ops_->Upload(layout, source_step_.get());
  }
  Embed(rows);
  StepContext context;
  context.ops = ops_;
  context.config = config_;
  context.step = step_.get();
  context.rows = rows.rows();
  context.adapters = rows.adapters;
  context.lora = lora_.data();
  const auto run_layers = [&] {
    for (int64_t i = 0; i < config_->layers; ++i) RunLayer(context, i, rows.long_context);
  };
  if (rows.adapters.empty()) {
    // What differs between two such steps is in the Step, in device memory; the
    // length of the rotary tables is among the arguments.
    const uint64_t key = (static_cast<uint64_t>(rotary_->positions()) << 16) +
                         (static_cast<uint64_t>(rows.rows()) << 1) + (rows.long_context ? 1 : 0);
    ops_->RunGraph(key, run_layers);
  } else {
    run_layers();
  }
}

void Decoder::RunLayer(const StepContext& context, int64_t index, bool long_context) {
  const LayerWeights& layer = weights_.layers[index];
  AttentionInputs inputs;
  inputs.cache = cache_->layer(index);
  inputs.rotary = rotary_->table(config_->attention[index].rotary, long_context);
  inputs.window = config_->attention[index].window;
  const DistanceBias& bias = HasAlibi(*config_) ? alibi_ : weights_.relative_bias;
  inputs.bias = bias.values.data();
  inputs.bias_ld = bias.ld;
  inputs.bias_origin = bias.origin;
  if (config_->parallel_residual) {
    RunParallel(context, layer, inputs);
  } else if (config_->norm_placement == NormPlacement::kPost) {
    RunPostNorm(context, layer, inputs);
  } else {
    RunSequential(context, layer, inputs);
  }
}

void Decoder::AddToResidual(const StepContext& context, const Linear& linear, Rows x,
                            const Norm& post) {
  const Rows residual = {x_.data(), config_->hidden_size};
  if (post.dim == 0) {
    ApplyLinear(context, linear, x, residual, true);
    return;
  }
  const Rows output = {output_.data(), config_->hidden_size};
  ApplyLinear(context, linear, x, output, false);
  ApplyNorm(context, post, output, output);
  ops_->Combine(1.f, output.data, output.ld, 1.f, residual.data, residual.ld, context.rows,
                config_->hidden_size);
}

void Decoder::RunSequential(const StepContext& context, const LayerWeights& layer,
                            const AttentionInputs& inputs) {
  const Widths widths = WidthsOf(*config_);
  const Rows x = {x_.data(), config_->hidden_size};
  const Rows normed = {normed_.data(), config_->hidden_size};
  const Rows attended = {attended_.data(), widths.attended};
  const Rows inner = {inner_.data(), widths.inner};
  ApplyNorm(context, layer.attention_norm, x, normed);
  Attention(context, layer, inputs, normed, {qkv_.data(), widths.qkv}, attended);
  AddToResidual(context, layer.attention_out, attended, layer.attention_post_norm);
  if (layer.cross_q.present()) AttendToSource(context, layer, inputs.cache);
  ApplyNorm(context, layer.mlp_norm, x, normed);
  FeedForwardInner(context, layer.up, normed, inner);
  AddToResidual(context, layer.down, inner, layer.mlp_post_norm);
}

void Decoder::AttendToSource(const StepContext& context, const LayerWeights& layer,
                             const kernels::KvLayer& cache) {
  const Widths widths = WidthsOf(*config_);
  const Rows x = {x_.data(), config_->hidden_size};
  const Rows normed = {normed_.data(), config_->hidden_size};
  const Rows q = {qkv_.data(), widths.qkv};
  const Rows attended = {attended_.data(), widths.attended};
  ApplyNorm(context, layer.cross_norm, x, normed);
  ApplyLinear(context, layer.cross_q, normed, q, false);
  kernels::AttendArgs args;
  args.step = source_step_.get();
  args.cache = cache;
  args.q = q.data;
  args.ldq = q.ld;
  args.heads = config_->heads;
  args.scale = config_->attention_scale;
  args.causal = false;
  args.out = attended.data;
  args.ldo = attended.ld;
  ops_->Attend(args);
  ApplyLinear(context, layer.cross_out, attended, x, true);
}

void Decoder::RunPostNorm(const StepContext& context, const LayerWeights& layer,
                          const AttentionInputs& inputs) {
  const Widths widths = WidthsOf(*config_);
  const Rows x = {x_.data(), config_->hidden_size};
  const Rows attended = {attended_.data(), widths.attended};
  const Rows inner = {inner_.data(), widths.inner};
  Attention(context, layer, inputs, x, {qkv_.data(), widths.qkv}, attended);
  ApplyLinear(context, layer.attention_out, attended, x, true);
  ApplyNorm(context, layer.attention_norm, x, x);
  FeedForwardInner(context, layer.up, x, inner);
  ApplyLinear(context, layer.down, inner, x, true);
  ApplyNorm(context, layer.mlp_norm, x, x);
}

void Decoder::RunParallel(const StepContext& context, const LayerWeights& layer,
                          const AttentionInputs& inputs) {
  const Widths widths = WidthsOf(*config_);
  const Rows x = {x_.data(), config_->hidden_size};
  const Rows normed = {normed_.data(), config_->hidden_size};
  const Rows attended = {attended_.data(), widths.attended};
  const Rows inner = {inner_.data(), widths.inner};
  ApplyNorm(context, layer.attention_norm, x, normed);
  Attention(context, layer, inputs, normed, {qkv_.data(), widths.qkv}, attended);
  Rows mlp_input = normed;
  if (!config_->shared_parallel_norm) {
    // Both norms look at the layer's input, before anything is added to it.
    mlp_input = {output_.data(), config_->hidden_size};
    ApplyNorm(context, layer.mlp_norm, x, mlp_input);
  }
  FeedForwardInner(context, layer.up, mlp_input, inner);
  ApplyLinear(context, layer.attention_out, attended, x, true);
  ApplyLinear(context, layer.down, inner, x, true);
}

Rows Decoder::FinalRows(absl::Span<const int32_t> rows) {
  const int64_t hidden = config_->hidden_size;
  const Rows out = {normed_.data(), hidden};
  ops_->GatherRows(x_.data(), hidden, hidden, rows, out.data, out.ld);
  if (weights_.final_norm.dim > 0) {
    StepContext context;
    context.ops = ops_;
    context.config = config_;
    context.rows = static_cast<int64_t>(rows.size());
    ApplyNorm(context, weights_.final_norm, out, out);
  }
  return out;
}

absl::Status Decoder::CopyHidden(absl::Span<const int32_t> rows, float* out) {
  const Rows final_rows = FinalRows(rows);
  return ops_->CopyOut(final_rows.data, rows.size() * config_->hidden_size * sizeof(float), out);
}

absl::Status Decoder::CopyLogits(absl::Span<const int32_t> rows, float* out) {
  const int64_t vocab = config_->vocab_size;
  const Linear& head = config_->tied_head ? weights_.embedding : weights_.head;
  for (size_t begin = 0; begin < rows.size(); begin += HeadRows(*config_)) {
    const auto some = rows.subspan(begin, HeadRows(*config_));
    Rows x = FinalRows(some);
    StepContext context;
    context.ops = ops_;
    context.config = config_;
    context.rows = static_cast<int64_t>(some.size());
    if (weights_.project_out.present()) {
      const Rows narrow = {narrow_.data(), config_->embedding_size};
      ApplyLinear(context, weights_.project_out, x, narrow, false);
      x = narrow;
    }
    kernels::MatMulArgs args;
    args.w = head.pieces[0].matrix.get();
    args.x = x.data;
    args.ldx = x.ld;
    args.rows = context.rows;
    args.bias = head.bias.data();
    args.y = logits_.data();
    args.ldy = vocab;
    args.scale = config_->logit_scale;
    ops_->MatMul(args);
    if (config_->logit_softcap > 0) {
      ops_->SoftCap(config_->logit_softcap, logits_.data(), vocab, context.rows, vocab);
    }
    FN_RETURN_IF_ERROR(ops_->CopyOut(logits_.data(), some.size() * vocab * sizeof(float), out));
    out += some.size() * vocab;
  }
  return absl::OkStatus();
}

}  // namespace footnote::transformer
