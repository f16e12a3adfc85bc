#ifndef FOOTNOTE_TRANSFORMER_FAMILIES_CHECK_CONFIG_H_
#define FOOTNOTE_TRANSFORMER_FAMILIES_CHECK_CONFIG_H_

#include <string>

#include "absl/status/status.h"
#include "transformer/model/transformer_config.h"

namespace footnote::transformer {

// Gives every decoder layer the attention `each`, once all sizes are read and
// found to be within bounds far above any published model: what is made from
// them afterwards (tensor names per layer, orders of rows) stays small, and no
// product of them overflows. `path` is the configuration's, for messages.
// Errors: InvalidArgument.
absl::Status SetAttention(const std::string& path, const AttentionConfig& each,
                          TransformerConfig* config);

// What holds for every family once its definition is complete: the same bounds,
// heads that divide, scales that are numbers. Errors: InvalidArgument,
// Unimplemented.
absl::Status CheckTransformerConfig(const TransformerConfig& config, const std::string& path);

}  // namespace footnote::transformer

#endif  // FOOTNOTE_TRANSFORMER_FAMILIES_CHECK_CONFIG_H_
