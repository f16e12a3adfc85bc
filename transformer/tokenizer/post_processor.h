#ifndef FOOTNOTE_TRANSFORMER_TOKENIZER_POST_PROCESSOR_H_
#define FOOTNOTE_TRANSFORMER_TOKENIZER_POST_PROCESSOR_H_

#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "nlohmann/json_fwd.hpp"

namespace footnote::transformer {

// The ids that stand around those of a text.
struct SpecialFrame {
  std::vector<int32_t> prefix;
  std::vector<int32_t> suffix;
};

// The "post_processor" of a tokenizer.json for a single text; nothing for null.
// `name` is the file's. Errors: DataLoss and InvalidArgument (damaged),
// Unimplemented (an unknown type, which is named).
absl::StatusOr<SpecialFrame> ParsePostProcessor(const nlohmann::json& json, absl::string_view name);

// A token's id in a tokenizer.json. `token` is for the message. Errors: DataLoss.
absl::StatusOr<int32_t> ParseTokenId(const nlohmann::json& value, absl::string_view token,
                                     absl::string_view name);

}  // namespace footnote::transformer

#endif  // FOOTNOTE_TRANSFORMER_TOKENIZER_POST_PROCESSOR_H_
