#include "transformer/families/gguf_keys.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "transformer/families/rotary_frequencies.h"

namespace footnote::transformer {
namespace {

std::vector<float> Floats(const std::vector<double>& values) {
  return std::vector<float>(values.begin(), values.end());
}

void WriteScaling(const RotaryConfig& rotary, GgufKeys* keys) {
  switch (rotary.scaling) {
    case RotaryConfig::Scaling::kNone:
      return;
    case RotaryConfig::Scaling::kLinear:
      keys->String("rope.scaling.type", "linear");
      keys->Number("rope.scaling.factor", rotary.factor);
      return;
    case RotaryConfig::Scaling::kLlama3: {
      // Files hold what each frequency is divided by.
      RotaryConfig plain = rotary;
      plain.scaling = RotaryConfig::Scaling::kNone;
      std::vector<float> factors = InverseFrequencies(plain, false);
      const std::vector<float> scaled = InverseFrequencies(rotary, false);
      for (size_t i = 0; i < factors.size(); ++i) factors[i] /= scaled[i];
      keys->Vector("rope_freqs.weight", std::move(factors));
      return;
    }
    case RotaryConfig::Scaling::kLongRope:
      if (rotary.short_factors == rotary.long_factors && rotary.attention_factor == 1) {
        keys->Vector("rope_freqs.weight", Floats(rotary.short_factors));
        return;
      }
      keys->Vector("rope_factors_short.weight", Floats(rotary.short_factors));
      keys->Vector("rope_factors_long.weight", Floats(rotary.long_factors));
      keys->Size("rope.scaling.original_context_length", rotary.original_context);
      keys->Number("rope.scaling.attn_factor", rotary.attention_factor);
      return;
  }
}

}  // namespace

GgufKeys::GgufKeys(std::string architecture) : architecture_(std::move(architecture)) {
  pairs_.AddString("general.architecture", architecture_);
}

std::string GgufKeys::Key(absl::string_view name) const {
  return absl::StrCat(architecture_, ".", name);
}

void GgufKeys::Size(absl::string_view name, int64_t value) {
  pairs_.AddU32(Key(name), static_cast<uint32_t>(value));
}

void GgufKeys::Number(absl::string_view name, double value) {
  pairs_.AddF32(Key(name), static_cast<float>(value));
}

void GgufKeys::Bool(absl::string_view name, bool value) { pairs_.AddBool(Key(name), value); }

void GgufKeys::String(absl::string_view name, absl::string_view value) {
  pairs_.AddString(Key(name), value);
}

void GgufKeys::Token(absl::string_view name, int32_t id) {
  if (id >= 0) pairs_.AddU32(absl::StrCat("tokenizer.ggml.", name), static_cast<uint32_t>(id));
}

void GgufKeys::Vector(const std::string& name, std::vector<float> values) {
  vectors_[name] = std::move(values);
}

int64_t LargestWindow(const TransformerConfig& config) {
  int64_t window = 0;
  for (const AttentionConfig& layer : config.attention) window = std::max(window, layer.window);
  return window;
}

void WriteGgufConfig(const TransformerConfig& config, GgufKeys* keys) {
  keys->Size("vocab_size", config.vocab_size);
  keys->Size("context_length", config.context_length);
  keys->Size("embedding_length", config.hidden_size);
  keys->Size("block_count", config.encoder_layers > 0 ? config.encoder_layers : config.layers);
  keys->Size("feed_forward_length", config.intermediate_size);
  keys->Size("attention.head_count", config.heads);
  keys->Size("attention.head_count_kv", config.kv_heads);
  if (config.head_dim * config.heads != config.hidden_size) {
    keys->Size("attention.key_length", config.head_dim);
    keys->Size("attention.value_length", config.head_dim);
  }
  keys->Number(config.norm == kernels::NormKind::kLayer ? "attention.layer_norm_epsilon"
                                                        : "attention.layer_norm_rms_epsilon",
               config.norm_eps);
  if (!config.rotary.empty()) {
    const RotaryConfig& rotary = config.rotary[0];
    keys->Size("rope.dimension_count", rotary.dims);
    keys->Number("rope.freq_base", rotary.theta);
    WriteScaling(rotary, keys);
  }
  keys->Token("bos_token_id", config.bos_token);
  keys->Token("padding_token_id", config.pad_token);
  constexpr const char* kEnds[] = {"eos_token_id", "eot_token_id", "eom_token_id"};
  for (size_t i = 0; i < config.eos_tokens.size() && i < std::size(kEnds); ++i) {
    keys->Token(kEnds[i], config.eos_tokens[i]);
  }
}

}  // namespace footnote::transformer
