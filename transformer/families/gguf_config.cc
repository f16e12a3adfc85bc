#include <algorithm>
#include <cmath>
#include <limits>

#include "absl/strings/str_cat.h"
#include "kernels/base/status_macros.h"
#include "transformer/families/check_config.h"
#include "transformer/families/config_reader.h"
#include "transformer/families/gguf_model.h"
#include "transformer/weights/tensor_values.h"

namespace footnote::transformer {
namespace {

// Frequency factors as a tensor of f32; empty: there is none.
absl::StatusOr<std::vector<double>> Factors(const WeightFile& weights, absl::string_view name,
                                            int64_t count) {
  const TensorView* tensor = weights.Find(name);
  if (tensor == nullptr) return std::vector<double>();
  if (tensor->shape != std::vector<int64_t>{count}) {
    return absl::InvalidArgumentError(absl::StrCat(weights.path(), ": ", name, " must hold ", count,
                                                   " numbers, half of the rotary dimensions"));
  }
  FN_ASSIGN_OR_RETURN(const std::vector<float> values, ReadTensorValues(*tensor));
  for (float value : values) {
    if (!(value > 0)) {
      return absl::InvalidArgumentError(
          absl::StrCat(weights.path(), ": ", name, " must hold numbers above 0"));
    }
  }
  return std::vector<double>(values.begin(), values.end());
}

absl::Status ReadScaling(const GgufReader& reader, const WeightFile& weights, int64_t context,
                         RotaryConfig* out) {
  out->original_context = context;
  // Llama 3.1: one list; Phi-3: two.
  FN_ASSIGN_OR_RETURN(out->short_factors, Factors(weights, "rope_freqs.weight", out->dims / 2));
  out->long_factors = out->short_factors;
  if (out->short_factors.empty()) {
    FN_ASSIGN_OR_RETURN(out->short_factors,
                        Factors(weights, "rope_factors_short.weight", out->dims / 2));
    FN_ASSIGN_OR_RETURN(out->long_factors,
                        Factors(weights, "rope_factors_long.weight", out->dims / 2));
    FN_ASSIGN_OR_RETURN(out->original_context,
                        reader.Size("rope.scaling.original_context_length", context));
    FN_ASSIGN_OR_RETURN(out->attention_factor, reader.Number("rope.scaling.attn_factor", 1));
  }
  if (out->short_factors.size() != out->long_factors.size()) {
    return absl::InvalidArgumentError(
        absl::StrCat(weights.path(), ": only one of rope_factors_short and rope_factors_long"));
  }
  if (!out->short_factors.empty()) {
    out->scaling = RotaryConfig::Scaling::kLongRope;
    return absl::OkStatus();
  }
  FN_ASSIGN_OR_RETURN(const std::string type, reader.String("rope.scaling.type", "none"));
  if (type == "none") return absl::OkStatus();
  if (type != "linear") {
    return absl::UnimplementedError(absl::StrCat(reader.Key("rope.scaling.type"), " is \"", type,
                                                 "\"; supported: none, linear"));
  }
  out->scaling = RotaryConfig::Scaling::kLinear;
  FN_ASSIGN_OR_RETURN(out->factor, reader.Number("rope.scaling.factor", 1));
  if (out->factor > 0) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat(reader.Key("rope.scaling.factor"), " must be above 0"));
}

absl::Status ReadTokens(const GgufReader& reader, TransformerConfig* out) {
  FN_ASSIGN_OR_RETURN(out->bos_token, reader.Token("bos_token_id", out->vocab_size));
  FN_ASSIGN_OR_RETURN(out->pad_token, reader.Token("padding_token_id", out->vocab_size));
  for (const char* name : {"eos_token_id", "eot_token_id", "eom_token_id"}) {
    FN_ASSIGN_OR_RETURN(const int32_t id, reader.Token(name, out->vocab_size));
    const auto& known = out->eos_tokens;
    if (id >= 0 && std::find(known.begin(), known.end(), id) == known.end()) {
      out->eos_tokens.push_back(id);
    }
  }
  return absl::OkStatus();
}

}  // namespace

std::string GgufReader::Key(absl::string_view name) const {
  return absl::StrCat(architecture_, ".", name);
}

bool GgufReader::Has(absl::string_view name) const { return metadata_.Find(Key(name)) != nullptr; }

absl::StatusOr<int64_t> GgufReader::Size(absl::string_view name) const {
  FN_ASSIGN_OR_RETURN(const int64_t value, metadata_.Int(Key(name)));
  if (value >= 1 && value <= kMaxSize) return value;
  return absl::InvalidArgumentError(
      absl::StrCat(Key(name), " is ", value, "; it must be from 1 to ", kMaxSize));
}

absl::StatusOr<int64_t> GgufReader::Size(absl::string_view name, int64_t value) const {
  if (!Has(name)) return value;
  return Size(name);
}

absl::StatusOr<int32_t> GgufReader::Count(absl::string_view name, int32_t value) const {
  if (!Has(name)) return value;
  FN_ASSIGN_OR_RETURN(const int64_t found, metadata_.Int(Key(name)));
  if (found >= 0 && found <= kMaxSize) return static_cast<int32_t>(found);
  return absl::InvalidArgumentError(
      absl::StrCat(Key(name), " is ", found, "; it must be from 0 to ", kMaxSize));
}

absl::StatusOr<double> GgufReader::Number(absl::string_view name, double value) const {
  if (!Has(name)) return value;
  FN_ASSIGN_OR_RETURN(value, metadata_.Number(Key(name)));
  if (std::isfinite(value)) return value;
  return absl::InvalidArgumentError(absl::StrCat(Key(name), " must be a finite number"));
}

absl::StatusOr<std::string> GgufReader::String(absl::string_view name,
                                               absl::string_view value) const {
  if (!Has(name)) return std::string(value);
  return metadata_.String(Key(name));
}

absl::StatusOr<bool> GgufReader::Bool(absl::string_view name, bool value) const {
  const GgufValue* found = metadata_.Find(Key(name));
  if (found == nullptr) return value;
  if (found->kind == GgufValue::Kind::kBool) return found->u != 0;
  return absl::InvalidArgumentError(absl::StrCat(Key(name), " must be true or false"));
}

absl::StatusOr<int32_t> GgufReader::Token(absl::string_view name, int64_t vocab_size) const {
  const std::string key = absl::StrCat("tokenizer.ggml.", name);
  if (metadata_.Find(key) == nullptr) return -1;
  FN_ASSIGN_OR_RETURN(const int64_t id, metadata_.Int(key));
  if (id >= 0 && id < vocab_size) return static_cast<int32_t>(id);
  return absl::InvalidArgumentError(
      absl::StrCat(key, " is ", id, "; the vocabulary has ", vocab_size, " tokens"));
}

absl::Status ReadGgufConfig(const GgufReader& reader, const WeightFile& weights,
                            TransformerConfig* out) {
  FN_ASSIGN_OR_RETURN(out->layers, reader.Size("block_count"));
  FN_ASSIGN_OR_RETURN(out->hidden_size, reader.Size("embedding_length"));
  FN_ASSIGN_OR_RETURN(out->intermediate_size, reader.Size("feed_forward_length"));
  FN_ASSIGN_OR_RETURN(out->heads, reader.Size("attention.head_count"));
  FN_ASSIGN_OR_RETURN(out->kv_heads, reader.Size("attention.head_count_kv", out->heads));
  FN_ASSIGN_OR_RETURN(out->context_length, reader.Size("context_length"));
  FN_ASSIGN_OR_RETURN(out->head_dim,
                      reader.Size("attention.key_length", out->hidden_size / out->heads));
  FN_ASSIGN_OR_RETURN(const int64_t value_dim,
                      reader.Size("attention.value_length", out->head_dim));
  if (value_dim != out->head_dim) {
    return absl::UnimplementedError(absl::StrCat(reader.Key("attention.value_length"), " is ",
                                                 value_dim, " and not the keys' ", out->head_dim));
  }
  const TensorView* embedding = weights.Find("token_embd.weight");
  if (embedding == nullptr || embedding->shape.size() != 2) {
    return absl::InvalidArgumentError(
        absl::StrCat(weights.path(), ": no matrix token_embd.weight"));
  }
  out->vocab_size = embedding->shape[0];
  const bool layer_norm = reader.Has("attention.layer_norm_epsilon");
  out->norm = layer_norm ? kernels::NormKind::kLayer : kernels::NormKind::kRms;
  FN_ASSIGN_OR_RETURN(
      const double eps,
      reader.Number(
          layer_norm ? "attention.layer_norm_epsilon" : "attention.layer_norm_rms_epsilon", 1e-5));
  out->norm_eps = static_cast<float>(eps);
  out->tied_head = weights.Find("output.weight") == nullptr;
  out->attention_scale = 1.f / std::sqrt(static_cast<float>(out->head_dim));
  FN_RETURN_IF_ERROR(SetAttention(weights.path(), AttentionConfig{0, 0}, out));
  RotaryConfig rotary;
  FN_ASSIGN_OR_RETURN(rotary.dims, reader.Size("rope.dimension_count", out->head_dim));
  FN_ASSIGN_OR_RETURN(rotary.theta, reader.Number("rope.freq_base", 10000));
  if (rotary.theta <= 0) {
    return absl::InvalidArgumentError(
        absl::StrCat(reader.Key("rope.freq_base"), " must be above 0"));
  }
  FN_RETURN_IF_ERROR(ReadScaling(reader, weights, out->context_length, &rotary));
  out->position = PositionKind::kRotary;
  out->rotary = {rotary};
  return ReadTokens(reader, out);
}

}  // namespace footnote::transformer
