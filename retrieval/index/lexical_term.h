#ifndef FOOTNOTE_RETRIEVAL_INDEX_LEXICAL_TERM_H_
#define FOOTNOTE_RETRIEVAL_INDEX_LEXICAL_TERM_H_

#include <cstddef>
#include <cstdint>

#include "absl/strings/string_view.h"

namespace footnote::retrieval {

// The first 8 bytes of a term as a number that is ordered as they are.
inline uint64_t TermPrefixNumber(absl::string_view term) {
  uint64_t v = 0;
  for (size_t i = 0; i < 8; ++i) {
    v = v << 8 | (i < term.size() ? static_cast<unsigned char>(term[i]) : 0);
  }
  return v;
}

}  // namespace footnote::retrieval

#endif  // FOOTNOTE_RETRIEVAL_INDEX_LEXICAL_TERM_H_
