#ifndef FOOTNOTE_TRANSFORMER_EXECUTOR_BLOCKS_H_
#define FOOTNOTE_TRANSFORMER_EXECUTOR_BLOCKS_H_

#include <cstdint>

#include "absl/types/span.h"
#include "kernels/ops.h"
#include "transformer/executor/lora.h"
#include "transformer/executor/weights.h"
#include "transformer/model/transformer_config.h"

namespace footnote::transformer {

// The parts that layers are put together from. All work on the rows of one
// step, on the device of `ops`.
struct StepContext {
  kernels::Ops* ops = nullptr;
  const TransformerConfig* config = nullptr;
  const kernels::Step* step = nullptr;
  int64_t rows = 0;
  absl::Span<const AdapterRows> adapters;
  float* lora = nullptr;  // scratch [rows, kMaxLoraRank]; null if there are no adapters
};

// Rows of activations.
struct Rows {
  float* data = nullptr;
  int64_t ld = 0;
};

// y = norm(x); y may be x.
void ApplyNorm(const StepContext& context, const Norm& norm, Rows x, Rows y);

// y = linear(x) (+ y if `add`), adapters included.
void ApplyLinear(const StepContext& context, const Linear& linear, Rows x, Rows y, bool add);

struct AttentionInputs {
  kernels::KvLayer cache;
  kernels::RotaryTable rotary;
  int64_t window = 0;
  bool causal = true;
  const float* bias = nullptr;  // by distance; see kernels::AttendArgs
  int64_t bias_ld = 0;
  int64_t bias_origin = 0;
};

// Self-attention up to its output projection: qkv from x, keys and values
// into the cache, and the heads' results into `out` [rows, heads * head_dim].
// `qkv` is scratch of [rows, (heads + 2 kv_heads) * head_dim].
void Attention(const StepContext& context, const LayerWeights& layer, const AttentionInputs& inputs,
               Rows x, Rows qkv, Rows out);

// The feed-forward's inner values of x, activated, at the beginning of each row
// of `inner`, which is [rows, up.rows].
void FeedForwardInner(const StepContext& context, const Linear& up, Rows x, Rows inner);

}  // namespace footnote::transformer

#endif  // FOOTNOTE_TRANSFORMER_EXECUTOR_BLOCKS_H_
