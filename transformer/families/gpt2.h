#ifndef FOOTNOTE_TRANSFORMER_FAMILIES_GPT2_H_
#define FOOTNOTE_TRANSFORMER_FAMILIES_GPT2_H_

#include <cstdint>

#include "absl/status/status.h"
#include "transformer/families/config_reader.h"
#include "transformer/model/transformer_config.h"

namespace footnote::transformer {

// The keys that GPT-2 set and GPT-J and BTLM kept: n_embd, n_layer, n_head,
// n_positions, n_inner, layer_norm_epsilon; LayerNorm and as many key and value
// heads as heads.
absl::Status ReadGpt2Config(const ConfigReader& config, int64_t context_length,
                            TransformerConfig* out);

}  // namespace footnote::transformer

#endif  // FOOTNOTE_TRANSFORMER_FAMILIES_GPT2_H_
