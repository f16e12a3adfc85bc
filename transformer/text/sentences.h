#ifndef FOOTNOTE_TRANSFORMER_TEXT_SENTENCES_H_
#define FOOTNOTE_TRANSFORMER_TEXT_SENTENCES_H_

#include <cstddef>
#include <vector>

#include "absl/strings/string_view.h"

namespace footnote::transformer {

// A half-open range of bytes.
struct ByteSpan {
  size_t begin = 0;
  size_t end = 0;
  size_t size() const { return end - begin; }
  friend bool operator==(const ByteSpan&, const ByteSpan&) = default;
};

// The sentences of `text` (valid UTF-8), in order, without the white space
// around them. Common abbreviations ("e.g.", "Dr."), decimal numbers, versions
// and file names don't end a sentence; a line break followed by a blank line
// does. Spans never cut a character and never overlap.
std::vector<ByteSpan> SplitSentences(absl::string_view text);

}  // namespace footnote::transformer

#endif  // FOOTNOTE_TRANSFORMER_TEXT_SENTENCES_H_
