#ifndef FOOTNOTE_TRANSFORMER_TEXT_UTF8_H_
#define FOOTNOTE_TRANSFORMER_TEXT_UTF8_H_

#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"

namespace footnote::transformer {

// Whether `text` is well-formed UTF-8 (no overlongs, surrogates, or values
// above U+10FFFF).
bool IsValidUtf8(absl::string_view text);

// `text` with each ill-formed sequence replaced by U+FFFD, as browsers do it
// (one replacement per maximal subpart).
std::string ReplaceInvalidUtf8(absl::string_view text);

// Decodes the character at `*pos` of valid or invalid UTF-8 and moves `*pos`
// past it; an ill-formed sequence gives U+FFFD. Precondition: *pos < size.
char32_t DecodeUtf8(absl::string_view text, size_t* pos);

// The longest beginning of valid `text` that has at most `max_bytes` bytes and
// cuts no character.
absl::string_view Utf8Prefix(absl::string_view text, size_t max_bytes);

void AppendUtf8(char32_t c, std::string* out);

}  // namespace footnote::transformer

#endif  // FOOTNOTE_TRANSFORMER_TEXT_UTF8_H_
