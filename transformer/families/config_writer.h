#ifndef FOOTNOTE_TRANSFORMER_FAMILIES_CONFIG_WRITER_H_
#define FOOTNOTE_TRANSFORMER_FAMILIES_CONFIG_WRITER_H_

#include <string>

#include "absl/strings/string_view.h"
#include "nlohmann/json.hpp"
#include "transformer/model/transformer_config.h"

namespace footnote::transformer {

// The counterparts of config_reader.h, for families that write a config.json.

// The sizes, the activation and "tie_word_embeddings" under the names that most
// families share.
void WriteCommonConfig(const TransformerConfig& config, nlohmann::ordered_json* out);

// The first of transformers' names: "gelu_new", "silu", ...
std::string ActivationName(kernels::Unary activation);

// The keys that ReadRotary reads, with the names of all versions of transformers
// but "rope_parameters". `theta_key` is RotaryDefaults'.
void WriteRotary(const RotaryConfig& rotary, absl::string_view theta_key,
                 nlohmann::ordered_json* out);

// "sliding_window" and "layer_types", as ReadLayerWindows reads them.
void WriteLayerWindows(const TransformerConfig& config, nlohmann::ordered_json* out);

// What ReadTokenIds reads.
void WriteTokenIds(const TransformerConfig& config, nlohmann::ordered_json* out);

}  // namespace footnote::transformer

#endif  // FOOTNOTE_TRANSFORMER_FAMILIES_CONFIG_WRITER_H_
