#ifndef FOOTNOTE_RETRIEVAL_STORE_SEALED_TEXT_H_
#define FOOTNOTE_RETRIEVAL_STORE_SEALED_TEXT_H_

#include <optional>
#include <string>

#include "absl/strings/string_view.h"

// Lines of text whose last one is the hash of all before it: "end " and XXH3-128 in hex.
namespace footnote::retrieval {

std::string Sealed(std::string lines);
// Without the last line. nullopt: it isn't there, or the hash differs.
std::optional<absl::string_view> Unsealed(absl::string_view text);

}  // namespace footnote::retrieval

#endif  // FOOTNOTE_RETRIEVAL_STORE_SEALED_TEXT_H_
