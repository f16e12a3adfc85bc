#ifndef FOOTNOTE_INGEST_READERS_HTML_READER_H_
#define FOOTNOTE_INGEST_READERS_HTML_READER_H_

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "ingest/content.h"

namespace footnote::ingest {

// Reads HTML as a browser would show it: navigation, page headers and footers,
// scripts and what is hidden are left out; white space is collapsed outside
// <pre>; a data table has a row per line with " | " between cells; layout
// tables are flattened. A definition list's term is a caption block.
//
// Errors: InvalidArgument (binary, or nested too deeply or otherwise built so
// that parsing it would take unreasonable time or memory).
absl::StatusOr<Content> ReadHtml(absl::string_view bytes);

}  // namespace footnote::ingest

#endif  // FOOTNOTE_INGEST_READERS_HTML_READER_H_
