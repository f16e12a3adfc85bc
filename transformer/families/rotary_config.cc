#include <cmath>

#include "absl/strings/str_cat.h"
#include "kernels/base/status_macros.h"
#include "transformer/families/config_reader.h"

namespace footnote::transformer {
namespace {

using nlohmann::json;

absl::Status CheckPositive(const ConfigReader& config, absl::string_view key, double value) {
  return value > 0 ? absl::OkStatus() : config.Wrong(key, "must be above 0");
}

// Llama 3.1: the long waves are stretched by `factor`, the short ones not.
absl::Status ReadLlama3(const ConfigReader& scaling, RotaryConfig* out) {
  out->scaling = RotaryConfig::Scaling::kLlama3;
  FN_ASSIGN_OR_RETURN(out->factor, scaling.Number("factor", 8));
  FN_ASSIGN_OR_RETURN(out->low_freq_factor, scaling.Number("low_freq_factor", 1));
  FN_ASSIGN_OR_RETURN(out->high_freq_factor, scaling.Number("high_freq_factor", 4));
  FN_ASSIGN_OR_RETURN(out->original_context, scaling.Size("original_max_position_embeddings"));
  FN_RETURN_IF_ERROR(CheckPositive(scaling, "factor", out->factor));
  FN_RETURN_IF_ERROR(CheckPositive(scaling, "low_freq_factor", out->low_freq_factor));
  if (out->high_freq_factor <= out->low_freq_factor) {
    return scaling.Wrong("high_freq_factor", "must be above \"low_freq_factor\"");
  }
  return absl::OkStatus();
}

// Phi-3 (Ding et al. 2024, https://arxiv.org/abs/2402.13753): factors for
// sequences up to the original context and for longer ones.
absl::Status ReadLongRope(const ConfigReader& config, const ConfigReader& scaling,
                          int64_t context_length, RotaryConfig* out) {
  out->scaling = RotaryConfig::Scaling::kLongRope;
  FN_ASSIGN_OR_RETURN(out->short_factors, scaling.Numbers("short_factor"));
  FN_ASSIGN_OR_RETURN(out->long_factors, scaling.Numbers("long_factor"));
  const char* original = "original_max_position_embeddings";
  FN_ASSIGN_OR_RETURN(out->original_context,
                      (scaling.Has(original) ? scaling : config).Size(original, context_length));
  for (const auto& [key, factors] : {std::pair("short_factor", &out->short_factors),
                                     std::pair("long_factor", &out->long_factors)}) {
    if (static_cast<int64_t>(factors->size()) != out->dims / 2) {
      return scaling.Wrong(
          key, absl::StrCat("has ", factors->size(), " numbers; ", out->dims / 2, " are needed"));
    }
    for (double factor : *factors) FN_RETURN_IF_ERROR(CheckPositive(scaling, key, factor));
  }
  const double ratio =
      static_cast<double>(context_length) / static_cast<double>(out->original_context);
  FN_ASSIGN_OR_RETURN(out->factor, scaling.Number("factor", ratio));
  double attention = 1;
  if (out->factor > 1) {
    attention =
        std::sqrt(1 + std::log(out->factor) / std::log(static_cast<double>(out->original_context)));
  }
  FN_ASSIGN_OR_RETURN(out->attention_factor, scaling.Number("attention_factor", attention));
  return absl::OkStatus();
}

absl::Status ReadScaling(const ConfigReader& config, const ConfigReader& scaling,
                         int64_t context_length, RotaryConfig* out) {
  FN_ASSIGN_OR_RETURN(std::string type, scaling.String("type", "default"));
  FN_ASSIGN_OR_RETURN(type, scaling.String("rope_type", type));
  if (type == "default") return absl::OkStatus();
  if (type == "linear") {
    out->scaling = RotaryConfig::Scaling::kLinear;
    FN_ASSIGN_OR_RETURN(out->factor, scaling.Number("factor", 1));
    return CheckPositive(scaling, "factor", out->factor);
  }
  if (type == "llama3") return ReadLlama3(scaling, out);
  // "su" is the name in Phi-3's first files.
  if (type == "longrope" || type == "su") {
    return ReadLongRope(config, scaling, context_length, out);
  }
  return scaling.Unsupported(
      "rope_type", absl::StrCat("is \"", type, "\"; supported: default, linear, llama3, longrope"));
}

// The object that holds the scaling: null if there is none.
absl::StatusOr<const json*> FindScaling(const ConfigReader& config, absl::string_view layer_type) {
  for (const char* key : {"rope_parameters", "rope_scaling"}) {
    const json* found = config.Find(key);
    if (found == nullptr) continue;
    if (!found->is_object()) return config.Wrong(key, "must be an object");
    if (layer_type.empty()) return found;
    const auto nested = found->find(std::string(layer_type));
    if (nested == found->end()) {
      // Gemma 3's first files: one scaling, of the global layers.
      const bool global =
          layer_type == "full_attention" && key == absl::string_view("rope_scaling");
      return global ? found : nullptr;
    }
    if (!nested->is_object()) return config.Wrong(key, "must hold objects");
    return &*nested;
  }
  return nullptr;
}

}  // namespace

absl::StatusOr<RotaryConfig> ReadRotary(const ConfigReader& config, const RotaryDefaults& defaults,
                                        int64_t head_dim, int64_t context_length) {
  RotaryConfig out;
  FN_ASSIGN_OR_RETURN(out.theta, config.Number(defaults.theta_key, defaults.theta));
  FN_ASSIGN_OR_RETURN(double partial, config.Number(defaults.partial_key, defaults.partial));
  FN_ASSIGN_OR_RETURN(const json* found, FindScaling(config, defaults.layer_type));
  const json none = json::object();
  const ConfigReader scaling(found == nullptr ? none : *found,
                             absl::StrCat(config.path(), ": rope_parameters"));
  FN_ASSIGN_OR_RETURN(out.theta, scaling.Number("rope_theta", out.theta));
  FN_ASSIGN_OR_RETURN(partial, scaling.Number("partial_rotary_factor", partial));
  FN_RETURN_IF_ERROR(CheckPositive(config, defaults.theta_key, out.theta));
  if (!(partial > 0 && partial <= 1)) {
    return config.Wrong(defaults.partial_key, "must be above 0 and at most 1");
  }
  out.dims = static_cast<int64_t>(static_cast<double>(head_dim) * partial);
  if (out.dims % 2 != 0 || out.dims == 0) {
    return config.Wrong(defaults.partial_key,
                        absl::StrCat("makes ", out.dims, " rotary dimensions of ", head_dim,
                                     "; an even number is needed"));
  }
  FN_RETURN_IF_ERROR(ReadScaling(config, scaling, context_length, &out));
  return out;
}

}  // namespace footnote::transformer
