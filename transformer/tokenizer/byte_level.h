#ifndef FOOTNOTE_TRANSFORMER_TOKENIZER_BYTE_LEVEL_H_
#define FOOTNOTE_TRANSFORMER_TOKENIZER_BYTE_LEVEL_H_

#include <string>

#include "absl/strings/string_view.h"

namespace footnote::transformer {

// GPT-2's alphabet, in which each byte is a printable character: 'a' is 'a', a
// space is U+0120.

// The characters for the bytes of `bytes`.
void AppendByteLevel(absl::string_view bytes, std::string* out);

// Appends the bytes that the characters of `text` stand for. False, and nothing
// is appended, if one of them is not in the alphabet.
bool AppendBytesOf(absl::string_view text, std::string* out);

}  // namespace footnote::transformer

#endif  // FOOTNOTE_TRANSFORMER_TOKENIZER_BYTE_LEVEL_H_
