#ifndef FOOTNOTE_TRANSFORMER_TOKENIZER_COMPONENT_JSON_H_
#define FOOTNOTE_TRANSFORMER_TOKENIZER_COMPONENT_JSON_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "nlohmann/json_fwd.hpp"
#include "transformer/tokenizer/pattern.h"

namespace footnote::transformer {

// What the components of a tokenizer.json have in common. `name` is the file's.

// DataLoss, with the file's name.
absl::Status Damaged(absl::string_view name, absl::string_view what);

// The "type" of `item`, which is a `kind` such as "normalizer". Errors: DataLoss
// (no object), InvalidArgument (the type is no text).
absl::StatusOr<std::string> ComponentType(const nlohmann::json& item, absl::string_view kind,
                                          absl::string_view name);

// Unimplemented, with the type's name.
absl::Status UnknownComponent(absl::string_view kind, absl::string_view type,
                              absl::string_view name);

// The "pattern" of `item`: {"String": ..} or {"Regex": ..}. Errors: DataLoss,
// Unimplemented.
absl::StatusOr<std::unique_ptr<const Pattern>> ParsePattern(const nlohmann::json& item,
                                                            absl::string_view name);

}  // namespace footnote::transformer

#endif  // FOOTNOTE_TRANSFORMER_TOKENIZER_COMPONENT_JSON_H_
