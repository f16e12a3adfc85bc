#ifndef FOOTNOTE_INGEST_READERS_MARKDOWN_READER_H_
#define FOOTNOTE_INGEST_READERS_MARKDOWN_READER_H_

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "ingest/content.h"

namespace footnote::ingest {

// Reads CommonMark with tables. Raw HTML is read as HTML. A YAML front matter is
// left out but for its title.
//
// Errors: InvalidArgument (binary, or nested too deeply).
absl::StatusOr<Content> ReadMarkdown(absl::string_view bytes);

}  // namespace footnote::ingest

#endif  // FOOTNOTE_INGEST_READERS_MARKDOWN_READER_H_
