#include "transformer/families/config_writer.h"

#include "transformer/families/gguf_keys.h"

namespace footnote::transformer {

using nlohmann::ordered_json;

void WriteCommonConfig(const TransformerConfig& config, ordered_json* out) {
  (*out)["vocab_size"] = config.vocab_size;
  (*out)["hidden_size"] = config.hidden_size;
  (*out)["num_hidden_layers"] = config.layers;
  (*out)["num_attention_heads"] = config.heads;
  (*out)["intermediate_size"] = config.intermediate_size;
  (*out)["max_position_embeddings"] = config.context_length;
  (*out)["hidden_act"] = ActivationName(config.activation);
  (*out)["tie_word_embeddings"] = config.tied_head;
}

void WriteRotary(const RotaryConfig& rotary, absl::string_view theta_key, ordered_json* out) {
  (*out)[std::string(theta_key)] = rotary.theta;
  ordered_json scaling;
  switch (rotary.scaling) {
    case RotaryConfig::Scaling::kNone:
      break;
    case RotaryConfig::Scaling::kLinear:
      scaling = {{"rope_type", "linear"}, {"factor", rotary.factor}};
      break;
    case RotaryConfig::Scaling::kLlama3:
      scaling = {{"rope_type", "llama3"},
                 {"factor", rotary.factor},
                 {"low_freq_factor", rotary.low_freq_factor},
                 {"high_freq_factor", rotary.high_freq_factor},
                 {"original_max_position_embeddings", rotary.original_context}};
      break;
    case RotaryConfig::Scaling::kLongRope:
      scaling = {{"rope_type", "longrope"},
                 {"short_factor", rotary.short_factors},
                 {"long_factor", rotary.long_factors},
                 {"attention_factor", rotary.attention_factor},
                 {"original_max_position_embeddings", rotary.original_context}};
      (*out)["original_max_position_embeddings"] = rotary.original_context;
      break;
  }
  (*out)["rope_scaling"] = scaling;  // null: none
}

void WriteLayerWindows(const TransformerConfig& config, ordered_json* out) {
  const int64_t window = LargestWindow(config);
  if (window > 0) (*out)["sliding_window"] = window;
  ordered_json types = ordered_json::array();
  for (const AttentionConfig& layer : config.attention) {
    types.push_back(layer.window > 0 ? "sliding_attention" : "full_attention");
  }
  (*out)["layer_types"] = types;
}

void WriteTokenIds(const TransformerConfig& config, ordered_json* out) {
  const auto write = [out](const char* key, int32_t id) {
    if (id >= 0) (*out)[key] = id;
  };
  write("bos_token_id", config.bos_token);
  write("pad_token_id", config.pad_token);
  write("decoder_start_token_id", config.decoder_start_token);
  if (config.eos_tokens.size() == 1) {
    (*out)["eos_token_id"] = config.eos_tokens[0];
  } else if (!config.eos_tokens.empty()) {
    (*out)["eos_token_id"] = config.eos_tokens;
  }
}

}  // namespace footnote::transformer
