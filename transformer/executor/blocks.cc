#include "transformer/executor/blocks.h"

namespace footnote::transformer {
namespace {

void NormHeads(const StepContext& context, const Norm& norm, int64_t heads, float* x, int64_t ld) {
  if (norm.dim == 0) return;
  kernels::NormArgs args;
  args.kind = kernels::NormKind::kRms;
  args.x = x;
  args.ldx = ld;
  args.rows = context.rows;
  args.groups = heads;
  args.dim = norm.dim;
  args.weight = norm.weight.data();
  args.eps = context.config->norm_eps;
  args.y = x;
  args.ldy = ld;
  context.ops->Norm(args);
}

void ApplyAdapters(const StepContext& context, const Linear& linear, Rows x, Rows y) {
  for (const AdapterRows& rows : context.adapters) {
    for (const LoraPart& part : rows.adapter->parts(linear.id)) {
      kernels::MatMulArgs down;
      down.w = part.a.get();
      down.x = x.data + rows.begin * x.ld;
      down.ldx = x.ld;
      down.rows = rows.end - rows.begin;
      down.y = context.lora;
      down.ldy = part.a->n();
      context.ops->MatMul(down);
      kernels::MatMulArgs up;
      up.w = part.b.get();
      up.x = down.y;
      up.ldx = down.ldy;
      up.rows = down.rows;
      up.y = y.data + rows.begin * y.ld + part.row;
      up.ldy = y.ld;
      up.add = true;
      up.scale = part.scale;
      context.ops->MatMul(up);
    }
  }
}

}  // namespace

void ApplyNorm(const StepContext& context, const Norm& norm, Rows x, Rows y) {
  kernels::NormArgs args;
  args.kind = context.config->norm;
  args.x = x.data;
  args.ldx = x.ld;
  args.rows = context.rows;
  args.dim = norm.dim;
  args.weight = norm.weight.data();
  args.bias = norm.bias.data();
  args.eps = context.config->norm_eps;
  args.y = y.data;
  args.ldy = y.ld;
  context.ops->Norm(args);
}

void ApplyLinear(const StepContext& context, const Linear& linear, Rows x, Rows y, bool add) {
  for (const Linear::Piece& piece : linear.pieces) {
    kernels::MatMulArgs args;
    args.w = piece.matrix.get();
    args.x = x.data;
    args.ldx = x.ld;
    args.rows = context.rows;
    args.bias = linear.bias.data() == nullptr ? nullptr : linear.bias.data() + piece.row;
    args.y = y.data + piece.row;
    args.ldy = y.ld;
    args.add = add;
    context.ops->MatMul(args);
  }
  ApplyAdapters(context, linear, x, y);
}

void Attention(const StepContext& context, const LayerWeights& layer, const AttentionInputs& inputs,
               Rows x, Rows qkv, Rows out) {
  const TransformerConfig& config = *context.config;
  const int64_t q_width = config.heads * config.head_dim;
  const int64_t kv_width = config.kv_heads * config.head_dim;
  ApplyLinear(context, layer.qkv, x, qkv, false);
  float* k = qkv.data + q_width;
  NormHeads(context, layer.q_norm, config.heads, qkv.data, qkv.ld);
  NormHeads(context, layer.k_norm, config.kv_heads, k, qkv.ld);
  context.ops->StoreKv(*context.step, inputs.cache, k, qkv.ld, k + kv_width, qkv.ld);
  kernels::AttendArgs args;
  args.step = context.step;
  args.cache = inputs.cache;
  args.q = qkv.data;
  args.ldq = qkv.ld;
  args.heads = config.heads;
  args.rotary = inputs.rotary;
  args.scale = config.attention_scale;
  args.softcap = config.attention_softcap;
  args.causal = inputs.causal;
  args.window = inputs.window;
  args.relative_bias = inputs.bias;
  args.relative_ld = inputs.bias_ld;
  args.relative_origin = inputs.bias_origin;
  args.out = out.data;
  args.ldo = out.ld;
  context.ops->Attend(args);
}

void FeedForwardInner(const StepContext& context, const Linear& up, Rows x, Rows inner) {
  const TransformerConfig& config = *context.config;
  ApplyLinear(context, up, x, inner, false);
  if (config.gated) {
    context.ops->GatedActivate(config.activation, inner.data, inner.ld, context.rows,
                               config.intermediate_size, inner.data, inner.ld);
  } else {
    context.ops->Activate(config.activation, inner.data, inner.ld, context.rows,
                          config.intermediate_size, inner.data, inner.ld);
  }
}

}  // namespace footnote::transformer
