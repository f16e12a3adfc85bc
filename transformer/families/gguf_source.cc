#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "transformer/families/gguf_model.h"
#include "transformer/families/source_builder.h"

namespace footnote::transformer {
namespace {

// Names and widths of the tensors of one file.
class Builder {
 public:
  Builder(const TransformerConfig& config, const WeightFile& weights)
      : config_(config), weights_(weights) {}

  bool Has(const std::string& name) const {
    return weights_.Find(absl::StrCat(name, ".weight")) != nullptr;
  }

  LinearSource OneLinear(const std::string& name, int64_t rows, int64_t columns) const {
    return Linear(name, rows, columns, weights_.Find(absl::StrCat(name, ".bias")) != nullptr);
  }

  NormSource OneNorm(const std::string& name, int64_t dim) const {
    return Norm(name, dim, weights_.Find(absl::StrCat(name, ".bias")) != nullptr);
  }

  LayerSource Layer(int64_t index) const {
    const std::string block = absl::StrCat("blk.", index, ".");
    const int64_t hidden = config_.hidden_size, inner = config_.intermediate_size;
    const int64_t q = QueryWidth(config_), kv = KeyWidth(config_);
    LayerSource layer;
    layer.attention_norm = OneNorm(absl::StrCat(block, "attn_norm"), hidden);
    const std::string fused = absl::StrCat(block, "attn_qkv");
    layer.qkv = Has(fused) ? OneLinear(fused, q + 2 * kv, hidden)
                           : Stack({OneLinear(absl::StrCat(block, "attn_q"), q, hidden),
                                    OneLinear(absl::StrCat(block, "attn_k"), kv, hidden),
                                    OneLinear(absl::StrCat(block, "attn_v"), kv, hidden)});
    if (config_.qk_norm) {
      layer.q_norm = OneNorm(absl::StrCat(block, "attn_q_norm"), config_.head_dim);
      layer.k_norm = OneNorm(absl::StrCat(block, "attn_k_norm"), config_.head_dim);
    }
    layer.attention_out = OneLinear(absl::StrCat(block, "attn_output"), hidden, q);
    if (config_.norm_placement == NormPlacement::kPreAndPost) {
      layer.attention_post_norm = OneNorm(absl::StrCat(block, "post_attention_norm"), hidden);
      layer.mlp_post_norm = OneNorm(absl::StrCat(block, "post_ffw_norm"), hidden);
    }
    if (!config_.shared_parallel_norm) {
      layer.mlp_norm = OneNorm(absl::StrCat(block, "ffn_norm"), hidden);
    }
    const std::string up = absl::StrCat(block, "ffn_up"), gate = absl::StrCat(block, "ffn_gate");
    if (config_.gated && Has(gate)) {
      layer.up = Stack({OneLinear(gate, inner, hidden), OneLinear(up, inner, hidden)});
    } else {
      layer.up = OneLinear(up, config_.gated ? 2 * inner : inner, hidden);
    }
    layer.down = OneLinear(absl::StrCat(block, "ffn_down"), hidden, inner);
    return layer;
  }

 private:
  const TransformerConfig& config_;
  const WeightFile& weights_;
};

}  // namespace

WeightSource GgufSource(const TransformerConfig& config, const WeightFile& weights) {
  const Builder builder(config, weights);
  const int64_t hidden = config.hidden_size;
  WeightSource source;
  source.ignored = {"rope_freqs.weight", "rope_factors_long.weight", "rope_factors_short.weight"};
  source.embedding = builder.OneLinear("token_embd", config.vocab_size, hidden);
  if (config.position == PositionKind::kLearned) {
    source.positions = builder.OneLinear("position_embd", config.position_rows, hidden);
  }
  if (config.embedding_norm) source.embedding_norm = builder.OneNorm("token_embd_norm", hidden);
  source.final_norm = builder.OneNorm("output_norm", hidden);
  if (!config.tied_head) source.head = builder.OneLinear("output", config.vocab_size, hidden);
  for (int64_t i = 0; i < config.layers; ++i) source.layers.push_back(builder.Layer(i));
  return source;
}

void UndoPairedRows(const TransformerConfig& config, WeightSource* source) {
  const int64_t half = config.head_dim / 2;
  const auto order = [&](int64_t heads) {
    std::vector<int32_t> rows;
    for (int64_t head = 0; head < heads; ++head) {
      for (int64_t part = 0; part < 2; ++part) {
        for (int64_t i = 0; i < half; ++i) {
          rows.push_back(static_cast<int32_t>(head * config.head_dim + 2 * i + part));
        }
      }
    }
    return std::make_shared<const std::vector<int32_t>>(std::move(rows));
  };
  const RowOrder queries = order(config.heads), keys = order(config.kv_heads);
  for (LayerSource& layer : source->layers) {
    LinearSource& qkv = layer.qkv;
    if (qkv.weight.size() != 3) continue;  // fused: stored in the family's order
    qkv.weight[0].row_order = queries;
    qkv.weight[1].row_order = keys;
    if (qkv.bias.size() != 3) continue;
    qkv.bias[0].row_order = queries;
    qkv.bias[1].row_order = keys;
  }
}

}  // namespace footnote::transformer
