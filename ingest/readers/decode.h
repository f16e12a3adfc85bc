#ifndef FOOTNOTE_INGEST_READERS_DECODE_H_
#define FOOTNOTE_INGEST_READERS_DECODE_H_

#include <map>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace footnote::ingest {

struct DecodedText {
  std::string text;                             // valid UTF-8, without a byte order mark
  std::map<std::string, std::string> metadata;  // as in Content
};

// A text file's bytes as UTF-8. The encoding is, in this order: what a byte
// order mark says; `declared`, what the file says of itself, unless the bytes
// are UTF-8 all the same; UTF-16 where every other byte is zero; UTF-8; windows-1252
// where the bytes above 0x7F are letters and marks in it and none is UTF-8.
// Ill-formed sequences in what is otherwise text become U+FFFD and are counted
// in the metadata.
//
// Errors: InvalidArgument: the bytes aren't text (zero bytes, control
// characters, or more than a tenth ill-formed).
absl::StatusOr<DecodedText> DecodeText(absl::string_view bytes, absl::string_view declared);

// The character encoding that an HTML file declares in a <meta> element of its
// first 1,024 bytes or its XML declaration; empty if it doesn't.
std::string DeclaredHtmlCharset(absl::string_view bytes);

}  // namespace footnote::ingest

#endif  // FOOTNOTE_INGEST_READERS_DECODE_H_
