#ifndef FOOTNOTE_TRANSFORMER_TEXT_CHARSET_H_
#define FOOTNOTE_TRANSFORMER_TEXT_CHARSET_H_

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace footnote::transformer {

// `bytes` in the character encoding `charset` ("windows-1252", "utf-16le",
// "Shift_JIS", ...; any label that ICU knows, letter case doesn't matter) as
// valid UTF-8. Sequences that are ill-formed there become U+FFFD; `*replaced`
// gets their number. Latin-1 labels mean windows-1252, as in browsers.
// Errors: NotFound (no such charset), ResourceExhausted (over 1 GiB).
absl::StatusOr<std::string> ConvertToUtf8(absl::string_view bytes, absl::string_view charset,
                                          uint64_t* replaced);

}  // namespace footnote::transformer

#endif  // FOOTNOTE_TRANSFORMER_TEXT_CHARSET_H_
