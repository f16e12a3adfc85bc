#ifndef FOOTNOTE_TRANSFORMER_TEXT_SEGMENT_WORDS_H_
#define FOOTNOTE_TRANSFORMER_TEXT_SEGMENT_WORDS_H_

#include <vector>

#include "absl/strings/string_view.h"
#include "transformer/text/sentences.h"

namespace footnote::transformer {

// The words of a text in a script that is written without spaces and whose words
// only a dictionary knows (Thai, Lao, Khmer, Burmese), as ICU's dictionaries have
// them. The spans follow one another and cover all of it. Thread-safe.
std::vector<ByteSpan> SegmentWords(absl::string_view text);

}  // namespace footnote::transformer

#endif  // FOOTNOTE_TRANSFORMER_TEXT_SEGMENT_WORDS_H_
