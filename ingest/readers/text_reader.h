#ifndef FOOTNOTE_INGEST_READERS_TEXT_READER_H_
#define FOOTNOTE_INGEST_READERS_TEXT_READER_H_

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "ingest/content.h"

namespace footnote::ingest {

// Reads plain text: paragraphs separated by blank lines, kept as they are, with
// underlined headings ("Title" above "=====" or "-----") recognised.
//
// Errors: InvalidArgument (binary).
absl::StatusOr<Content> ReadText(absl::string_view bytes);

}  // namespace footnote::ingest

#endif  // FOOTNOTE_INGEST_READERS_TEXT_READER_H_
