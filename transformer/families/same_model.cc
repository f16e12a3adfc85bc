#include "transformer/families/same_model.h"

#include <algorithm>
#include <cmath>
#include <string>

#include "absl/strings/str_cat.h"
#include "kernels/base/status_macros.h"
#include "transformer/families/rotary_frequencies.h"
#include "transformer/families/source_visitor.h"

namespace footnote::transformer {
namespace {

// Numbers that went through f32, or through another order of the same formula.
constexpr double kRounding = 1e-5;
// Gemma's scale is rounded to bf16 in models that were made so.
constexpr double kBf16Rounding = 1.0 / 256;

bool Near(double a, double b, double tolerance = kRounding) {
  return std::abs(a - b) <= tolerance * std::max(std::abs(a), std::abs(b));
}

bool SameRotary(const RotaryConfig& a, const RotaryConfig& b, int64_t context) {
  if (a.dims != b.dims || a.layout != b.layout || !Near(a.attention_factor, b.attention_factor)) {
    return false;
  }
  const auto switches = [context](const RotaryConfig& r) {
    return r.scaling == RotaryConfig::Scaling::kLongRope && r.short_factors != r.long_factors &&
           r.original_context < context;
  };
  if (switches(a) != switches(b)) return false;
  if (switches(a) && a.original_context != b.original_context) return false;
  for (const bool is_long : {false, true}) {
    if (is_long && !switches(a)) continue;
    const std::vector<float> x = InverseFrequencies(a, is_long), y = InverseFrequencies(b, is_long);
    if (!std::equal(x.begin(), x.end(), y.begin(), y.end(),
                    [](float p, float q) { return Near(p, q); })) {
      return false;
    }
  }
  return true;
}

bool SameAttention(const TransformerConfig& a, const TransformerConfig& b) {
  if (a.attention.size() != b.attention.size()) return false;
  for (size_t i = 0; i < a.attention.size(); ++i) {
    const AttentionConfig &x = a.attention[i], &y = b.attention[i];
    if ((x.rotary < 0) != (y.rotary < 0)) return false;
    if (x.rotary < 0) continue;
    if (!SameRotary(a.rotary[static_cast<size_t>(x.rotary)],
                    b.rotary[static_cast<size_t>(y.rotary)], a.context_length)) {
      return false;
    }
  }
  return true;
}

// A window as wide as the context is none.
bool SameWindows(const TransformerConfig& a, const TransformerConfig& b) {
  const auto window = [](const TransformerConfig& config, size_t layer) {
    const int64_t w = config.attention[layer].window;
    return w >= config.context_length ? 0 : w;
  };
  if (a.attention.size() != b.attention.size()) return false;
  for (size_t i = 0; i < a.attention.size(); ++i) {
    if (window(a, i) != window(b, i)) return false;
  }
  return true;
}

bool SameTokens(const TransformerConfig& a, const TransformerConfig& b) {
  const auto fits = [](int32_t wanted, int32_t found) { return wanted < 0 || wanted == found; };
  std::vector<int32_t> x = a.eos_tokens, y = b.eos_tokens;
  std::sort(x.begin(), x.end());
  std::sort(y.begin(), y.end());
  return fits(a.bos_token, b.bos_token) && fits(a.pad_token, b.pad_token) &&
         fits(a.decoder_start_token, b.decoder_start_token) && (x.empty() || x == y);
}

std::string NameOf(const LinearSource& linear) {
  return linear.present() ? linear.weight[0].name : "nothing";
}

absl::Status NoPlace(absl::string_view layout, absl::string_view what) {
  return absl::UnimplementedError(absl::StrCat(layout, " has no place for ", what));
}

}  // namespace

absl::Status CheckSameModel(const TransformerConfig& a, const TransformerConfig& b,
                            absl::string_view layout) {
  struct Part {
    bool same;
    absl::string_view what;
  };
  const Part parts[] = {
      {a.vocab_size == b.vocab_size, "the vocabulary's size"},
      {a.hidden_size == b.hidden_size && a.embedding_size == b.embedding_size, "the hidden size"},
      {a.layers == b.layers && a.encoder_layers == b.encoder_layers, "the number of layers"},
      {a.heads == b.heads && a.kv_heads == b.kv_heads && a.head_dim == b.head_dim,
       "the number or the size of the heads"},
      {a.intermediate_size == b.intermediate_size, "the feed-forward's size"},
      {a.context_length == b.context_length, "the context's length"},
      {a.position == b.position && a.position_offset == b.position_offset &&
           a.position_rows == b.position_rows,
       "the kind of positions"},
      {a.relative_buckets == b.relative_buckets &&
           a.relative_max_distance == b.relative_max_distance,
       "the relative positions' number or farthest distance"},
      {SameAttention(a, b), "the rotary frequencies"},
      {SameWindows(a, b), "the attention's window"},
      {Near(a.attention_scale, b.attention_scale), "the attention's scale"},
      {Near(a.attention_softcap, b.attention_softcap) && Near(a.logit_softcap, b.logit_softcap),
       "the soft caps"},
      {a.qk_norm == b.qk_norm && a.norm == b.norm && a.norm_placement == b.norm_placement &&
           a.embedding_norm == b.embedding_norm && a.final_norm == b.final_norm,
       "the kind or the places of the norms"},
      {Near(a.norm_eps, b.norm_eps), "the norms' epsilon"},
      {a.parallel_residual == b.parallel_residual &&
           a.shared_parallel_norm == b.shared_parallel_norm,
       "parallel residuals"},
      {a.activation == b.activation && a.gated == b.gated, "the activation"},
      {a.tied_head == b.tied_head, "whether the head is the embedding"},
      {Near(a.embedding_scale, b.embedding_scale, kBf16Rounding), "the embedding's scale"},
      {Near(a.logit_scale, b.logit_scale), "the logits' scale"},
      {SameTokens(a, b), "the ids of the tokens that begin, end and pad a text"},
  };
  for (const Part& part : parts) {
    if (!part.same) {
      return absl::UnimplementedError(
          absl::StrCat(layout, " can't say this model's value of ", part.what));
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<SourcePairs> PairSources(const WeightSource& model, const WeightSource& other,
                                        absl::string_view layout) {
  std::vector<const LinearSource*> linears[2];
  std::vector<const NormSource*> norms[2];
  SourcePairs out;
  for (int side = 0; side < 2; ++side) {
    const auto linear = [&](const LinearSource& source, LinearRole role) {
      linears[side].push_back(&source);
      if (side == 0) out.is_table.push_back(role == LinearRole::kTable);
      return absl::OkStatus();
    };
    const auto norm = [&](const NormSource& source) {
      norms[side].push_back(&source);
      return absl::OkStatus();
    };
    FN_RETURN_IF_ERROR(VisitSources(side == 0 ? model : other, {linear, norm}));
  }
  if (linears[0].size() != linears[1].size() || norms[0].size() != norms[1].size()) {
    return NoPlace(
        layout, absl::StrCat(linears[0].size(), " matrices and ", norms[0].size(),
                             " norms; it asks for ", linears[1].size(), " and ", norms[1].size()));
  }
  for (size_t i = 0; i < linears[0].size(); ++i) {
    const LinearSource &a = *linears[0][i], &b = *linears[1][i];
    if (a.rows() != b.rows() || a.columns != b.columns) return NoPlace(layout, NameOf(a));
    if (a.bias.empty() != b.bias.empty()) {
      return NoPlace(layout, absl::StrCat(NameOf(a), a.bias.empty() ? " without" : " with",
                                          " a bias, where ", NameOf(b), " has it otherwise"));
    }
    out.linears.emplace_back(&a, &b);
  }
  for (size_t i = 0; i < norms[0].size(); ++i) {
    const NormSource &a = *norms[0][i], &b = *norms[1][i];
    if (a.dim != b.dim || a.weight.empty() != b.weight.empty() ||
        a.bias.empty() != b.bias.empty()) {
      return NoPlace(layout, absl::StrCat(a.weight, ", where ", b.weight, " is"));
    }
    out.norms.emplace_back(&a, &b);
  }
  return out;
}

}  // namespace footnote::transformer
