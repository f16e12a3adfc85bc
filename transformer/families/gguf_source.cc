#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "transformer/families/gguf_model.h"
#include "transformer/families/source_builder.h"

namespace footnote::transformer {
namespace {

using HasTensor = std::function<bool(const std::string& name)>;

// Names and widths of the tensors of one file.
class Builder {
 public:
  Builder(const TransformerConfig& config, const HasTensor& has) : config_(config), has_(has) {}

  LinearSource OneLinear(const std::string& name, int64_t rows, int64_t columns) const {
    return Linear(name, rows, columns, has_(absl::StrCat(name, ".bias")));
  }

  NormSource OneNorm(const std::string& name, int64_t dim) const {
    return Norm(name, dim, has_(absl::StrCat(name, ".bias")));
  }

  // `block` comes before a layer's names: "blk.3."; `out` is the output
  // projection's.
  LayerSource Layer(const std::string& block, const char* out = "attn_output") const {
    const int64_t hidden = config_.hidden_size, inner = config_.intermediate_size;
    const int64_t q = QueryWidth(config_), kv = KeyWidth(config_);
    LayerSource layer;
    layer.attention_norm = OneNorm(absl::StrCat(block, "attn_norm"), hidden);
    const std::string fused = absl::StrCat(block, "attn_qkv");
    layer.qkv = HasWeight(fused) ? OneLinear(fused, q + 2 * kv, hidden)
                                 : Stack({OneLinear(absl::StrCat(block, "attn_q"), q, hidden),
                                          OneLinear(absl::StrCat(block, "attn_k"), kv, hidden),
                                          OneLinear(absl::StrCat(block, "attn_v"), kv, hidden)});
    if (config_.qk_norm) {
      layer.q_norm = OneNorm(absl::StrCat(block, "attn_q_norm"), config_.head_dim);
      layer.k_norm = OneNorm(absl::StrCat(block, "attn_k_norm"), config_.head_dim);
    }
    layer.attention_out = OneLinear(absl::StrCat(block, out), hidden, q);
    if (config_.norm_placement == NormPlacement::kPreAndPost) {
      layer.attention_post_norm = OneNorm(absl::StrCat(block, "post_attention_norm"), hidden);
      layer.mlp_post_norm = OneNorm(absl::StrCat(block, "post_ffw_norm"), hidden);
    }
    if (!config_.shared_parallel_norm) {
      layer.mlp_norm = OneNorm(absl::StrCat(block, "ffn_norm"), hidden);
    }
    const std::string up = absl::StrCat(block, "ffn_up"), gate = absl::StrCat(block, "ffn_gate");
    if (config_.gated && HasWeight(gate)) {
      layer.up = Stack({OneLinear(gate, inner, hidden), OneLinear(up, inner, hidden)});
    } else {
      layer.up = OneLinear(up, config_.gated ? 2 * inner : inner, hidden);
    }
    layer.down = OneLinear(absl::StrCat(block, "ffn_down"), hidden, inner);
    return layer;
  }

  // Encoder and decoder, each with its bias by distance (T5).
  void AddEncoderDecoder(WeightSource* source) const {
    const int64_t hidden = config_.hidden_size, width = QueryWidth(config_);
    for (int64_t i = 0; i < config_.layers; ++i) {
      const std::string block = absl::StrCat("dec.blk.", i, ".");
      const std::string cross = absl::StrCat(block, "cross_attn_");
      LayerSource layer = Layer(block, "attn_o");
      layer.cross_norm = OneNorm(absl::StrCat(cross, "norm"), hidden);
      layer.cross_q = OneLinear(absl::StrCat(cross, "q"), width, hidden);
      layer.cross_kv = Stack({OneLinear(absl::StrCat(cross, "k"), width, hidden),
                              OneLinear(absl::StrCat(cross, "v"), width, hidden)});
      layer.cross_out = OneLinear(absl::StrCat(cross, "o"), hidden, width);
      source->layers.push_back(std::move(layer));
    }
    for (int64_t i = 0; i < config_.encoder_layers; ++i) {
      source->encoder_layers.push_back(Layer(absl::StrCat("enc.blk.", i, "."), "attn_o"));
    }
    source->final_norm = OneNorm("dec.output_norm", hidden);
    source->encoder_norm = OneNorm("enc.output_norm", hidden);
    const int64_t buckets = config_.relative_buckets;
    source->relative_bias = Linear("dec.blk.0.attn_rel_b", buckets, config_.heads, false);
    source->encoder_relative_bias = Linear("enc.blk.0.attn_rel_b", buckets, config_.heads, false);
    // The first models' files have one that is never used.
    source->ignored.push_back(".cross_attn_rel_b.weight");
  }

 private:
  bool HasWeight(const std::string& name) const { return has_(absl::StrCat(name, ".weight")); }

  const TransformerConfig& config_;
  const HasTensor& has_;
};

}  // namespace

WeightSource GgufSource(const TransformerConfig& config, const HasTensor& has) {
  const Builder builder(config, has);
  const int64_t hidden = config.hidden_size;
  WeightSource source;
  source.ignored = {"rope_freqs.weight", "rope_factors_long.weight", "rope_factors_short.weight"};
  source.embedding = builder.OneLinear("token_embd", config.vocab_size, hidden);
  if (!config.tied_head) source.head = builder.OneLinear("output", config.vocab_size, hidden);
  if (config.encoder_layers > 0) {
    builder.AddEncoderDecoder(&source);
    return source;
  }
  if (config.position == PositionKind::kLearned) {
    source.positions = builder.OneLinear("position_embd", config.position_rows, hidden);
  }
  if (config.embedding_norm) source.embedding_norm = builder.OneNorm("token_embd_norm", hidden);
  source.final_norm = builder.OneNorm("output_norm", hidden);
  for (int64_t i = 0; i < config.layers; ++i) {
    source.layers.push_back(builder.Layer(absl::StrCat("blk.", i, ".")));
  }
  return source;
}

WeightSource GgufSource(const TransformerConfig& config, const WeightFile& weights) {
  return GgufSource(config,
                    [&weights](const std::string& name) { return weights.Find(name) != nullptr; });
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
