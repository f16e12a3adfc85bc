#ifndef FOOTNOTE_TRANSFORMER_TEXT_DETECT_LANGUAGE_H_
#define FOOTNOTE_TRANSFORMER_TEXT_DETECT_LANGUAGE_H_

#include <string>

#include "absl/strings/string_view.h"

namespace footnote::transformer {

// The ISO 639-1 (else 639-3) code of the language that most of `text` (valid
// UTF-8) is written in; empty where it is too short or too mixed to tell. Of a
// long text the beginning decides.
std::string DetectLanguage(absl::string_view text);

}  // namespace footnote::transformer

#endif  // FOOTNOTE_TRANSFORMER_TEXT_DETECT_LANGUAGE_H_
