#include "transformer/families/check_config.h"

#include <cmath>
#include <cstdint>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "kernels/base/status_macros.h"

namespace footnote::transformer {
namespace {

struct Bound {
  absl::string_view what;
  int64_t value = 0;
  int64_t high = 0;
};

absl::Status CheckRotary(const RotaryConfig& rotary, const TransformerConfig& config,
                         const std::string& path) {
  if (rotary.dims < 0 || rotary.dims % 2 != 0 || rotary.dims > config.head_dim) {
    return absl::InvalidArgumentError(absl::StrCat(path, ": ", rotary.dims,
                                                   " rotary dimensions of heads of ",
                                                   config.head_dim, "; an even part is needed"));
  }
  return absl::OkStatus();
}

absl::Status CheckSizes(const TransformerConfig& config, const std::string& path) {
  const Bound bounds[] = {
      {"vocabulary", config.vocab_size, 10'000'000},
      {"hidden size", config.hidden_size, 1 << 17},
      {"number of layers", config.layers, 10'000},
      {"number of heads", config.heads, 1 << 12},
      {"number of key and value heads", config.kv_heads, 1 << 12},
      {"head size", config.head_dim, 1 << 12},
      {"intermediate size", config.intermediate_size, 1 << 20},
      {"context", config.context_length, 1 << 28},
  };
  if (config.encoder_layers < 0 || config.encoder_layers > 10'000) {
    return absl::InvalidArgumentError(absl::StrCat(path, ": ", config.encoder_layers,
                                                   " encoder layers; it must be from 0 to 10000"));
  }
  for (const Bound& bound : bounds) {
    if (bound.value < 1 || bound.value > bound.high) {
      return absl::InvalidArgumentError(absl::StrCat(
          path, ": the ", bound.what, " is ", bound.value, "; it must be from 1 to ", bound.high));
    }
  }
  return absl::OkStatus();
}

absl::Status CheckScales(const TransformerConfig& config, const std::string& path) {
  if (!std::isfinite(config.attention_scale) || config.attention_scale <= 0) {
    return absl::InvalidArgumentError(absl::StrCat(path, ": the attention scale must be above 0"));
  }
  for (const float scale : {config.embedding_scale, config.logit_scale}) {
    if (std::isfinite(scale)) continue;
    return absl::InvalidArgumentError(
        absl::StrCat(path, ": the embedding and logit scales must be finite numbers"));
  }
  for (const float cap : {config.attention_softcap, config.logit_softcap}) {
    if (std::isfinite(cap) && cap >= 0) continue;
    return absl::InvalidArgumentError(
        absl::StrCat(path, ": a softcap must be a finite number and not below 0"));
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status SetAttention(const std::string& path, const AttentionConfig& each,
                          TransformerConfig* config) {
  FN_RETURN_IF_ERROR(CheckSizes(*config, path));
  config->attention.assign(config->layers, each);
  return absl::OkStatus();
}

absl::Status CheckTransformerConfig(const TransformerConfig& config, const std::string& path) {
  FN_RETURN_IF_ERROR(CheckSizes(config, path));
  if (config.heads % config.kv_heads != 0) {
    return absl::InvalidArgumentError(absl::StrCat(path, ": ", config.heads,
                                                   " heads are not a multiple of ", config.kv_heads,
                                                   " key and value heads"));
  }
  if (config.head_dim % 8 != 0) {
    return absl::UnimplementedError(absl::StrCat(path, ": heads of ", config.head_dim,
                                                 " numbers; multiples of 8 are supported"));
  }
  if (!(config.norm_eps > 0 && config.norm_eps < 1)) {
    return absl::InvalidArgumentError(
        absl::StrCat(path, ": the norms' epsilon must be above 0 and below 1"));
  }
  FN_RETURN_IF_ERROR(CheckScales(config, path));
  if (config.position == PositionKind::kRelativeBias) {
    // Both directions need buckets for single distances and for farther ones.
    if (config.relative_buckets < 4 || config.relative_buckets % 2 != 0 ||
        config.relative_buckets > 1 << 16 ||
        config.relative_max_distance <= config.relative_buckets / 2 ||
        config.relative_max_distance > 1 << 20) {
      return absl::InvalidArgumentError(absl::StrCat(
          path, ": ", config.relative_buckets, " relative positions up to a distance of ",
          config.relative_max_distance,
          "; an even number from 4 to 65536 is needed, and a distance above half of it"));
    }
  }
  for (const RotaryConfig& rotary : config.rotary) {
    FN_RETURN_IF_ERROR(CheckRotary(rotary, config, path));
  }
  return absl::OkStatus();
}

}  // namespace footnote::transformer
