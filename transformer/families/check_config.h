#ifndef FOOTNOTE_TRANSFORMER_FAMILIES_CHECK_CONFIG_H_
#define FOOTNOTE_TRANSFORMER_FAMILIES_CHECK_CONFIG_H_

#include <string>

#include "absl/status/status.h"
#include "transformer/model/transformer_config.h"

namespace footnote::transformer {

// What holds for every family: sizes within bounds far above any published
// model, so that no later product of them overflows, heads that divide. `path`
// is the configuration's, for messages. Errors: InvalidArgument, Unimplemented.
absl::Status CheckTransformerConfig(const TransformerConfig& config, const std::string& path);

}  // namespace footnote::transformer

#endif  // FOOTNOTE_TRANSFORMER_FAMILIES_CHECK_CONFIG_H_
