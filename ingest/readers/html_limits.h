#ifndef FOOTNOTE_INGEST_READERS_HTML_LIMITS_H_
#define FOOTNOTE_INGEST_READERS_HTML_LIMITS_H_

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace footnote::ingest {

// Open elements at one place. Pages made by people and their tools stay below
// 100; the parser looks through all open elements at most tags, so that depth
// costs time times length.
inline constexpr int kMaxHtmlDepth = 512;
// Attributes of one tag; the parser compares each with all.
inline constexpr int kMaxHtmlAttributes = 512;

// Reads `html`'s tags in linear time, keeping the elements that an HTML parser
// would have open, and says no to what would make it slow. Where the parser's
// rules are intricate the count errs upwards. Errors: InvalidArgument.
absl::Status CheckHtmlLimits(absl::string_view html);

}  // namespace footnote::ingest

#endif  // FOOTNOTE_INGEST_READERS_HTML_LIMITS_H_
