#ifndef FOOTNOTE_INGEST_READERS_REGISTRY_H_
#define FOOTNOTE_INGEST_READERS_REGISTRY_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "ingest/content.h"

namespace footnote::ingest {

// A file type. To add one: its reader's file, a row in registry.cc, a test.
struct Reader {
  absl::string_view name;
  absl::string_view content_type;
  // Lower case, without the dot.
  absl::Span<const absl::string_view> extensions;
  // Changes whenever the reader makes something else of the same bytes, so that
  // the next ingest reads the files anew.
  int version;
  // Makes content of a file's bytes, in whatever character encoding. A pure
  // function. Errors: InvalidArgument (the bytes aren't of this type; the
  // message says what is wrong with them, without naming the file).
  absl::StatusOr<Content> (*read)(absl::string_view bytes);
};

absl::Span<const Reader> Readers();

// nullptr if no reader knows it. Letter case and, in a content type, parameters
// such as "; charset=utf-8" don't matter.
const Reader* FindReaderByPath(absl::string_view path);
const Reader* FindReaderByContentType(absl::string_view content_type);

// ".html, .htm, ..." and "text/html, ..." for messages.
std::string KnownExtensions();
std::string KnownContentTypes();

}  // namespace footnote::ingest

#endif  // FOOTNOTE_INGEST_READERS_REGISTRY_H_
