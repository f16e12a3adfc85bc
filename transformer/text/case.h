#ifndef FOOTNOTE_TRANSFORMER_TEXT_CASE_H_
#define FOOTNOTE_TRANSFORMER_TEXT_CASE_H_

#include <string>

#include "absl/strings/string_view.h"

namespace footnote::transformer {

// `text` in lower case by Unicode's full mapping without a language, as
// Python's str.lower(). Invalid UTF-8 gives U+FFFD.
std::string ToLower(absl::string_view text);

// Whether `c` is a letter or a number in Unicode (categories L and N).
bool IsLetterOrNumber(char32_t c);

}  // namespace footnote::transformer

#endif  // FOOTNOTE_TRANSFORMER_TEXT_CASE_H_
