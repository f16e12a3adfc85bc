#ifndef FOOTNOTE_GENERATOR_EVIDENCE_WORDS_H_
#define FOOTNOTE_GENERATOR_EVIDENCE_WORDS_H_

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/string_view.h"

namespace footnote::generator {

inline bool HasDigit(absl::string_view text) {
  return std::any_of(text.begin(), text.end(), absl::ascii_isdigit);
}

}  // namespace footnote::generator

#endif  // FOOTNOTE_GENERATOR_EVIDENCE_WORDS_H_
