#ifndef FOOTNOTE_INGEST_READERS_HTML_BLOCKS_H_
#define FOOTNOTE_INGEST_READERS_HTML_BLOCKS_H_

#include <string>

#include "absl/status/statusor.h"
#include "ingest/readers/content_builder.h"

namespace footnote::ingest {

// Appends the blocks of an HTML page, or of a piece of one, and returns its
// <title>, empty if it has none. `html` is valid UTF-8. Errors: as ReadHtml.
absl::StatusOr<std::string> AppendHtmlBlocks(std::string html, ContentBuilder* builder);

}  // namespace footnote::ingest

#endif  // FOOTNOTE_INGEST_READERS_HTML_BLOCKS_H_
