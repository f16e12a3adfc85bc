#ifndef FOOTNOTE_INGEST_PREPARE_H_
#define FOOTNOTE_INGEST_PREPARE_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "ingest/readers/registry.h"
#include "retrieval/document.h"
#include "transformer/embedder.h"

namespace footnote::ingest {

// A document that lacks nothing but its vectors.
struct PreparedDocument {
  retrieval::Document document;
  std::vector<retrieval::Chunk> chunks;
};

// Reads and chunks `bytes`. `document` holds what the caller knows: id,
// collection, access, metadata (which goes before the reader's, and before the
// language that the text shows) and, if it isn't the reader's to find, the title. Errors:
// InvalidArgument (the reader's; no text; too much text for the store's offsets).
absl::StatusOr<PreparedDocument> PrepareDocument(const Reader& reader, absl::string_view bytes,
                                                 retrieval::Document document,
                                                 const transformer::Embedder& embedder);

// What a document's chunks are made of beside its bytes, as 16 hex digits:
// versions of reader and chunker, the embedder, access, title, source, metadata.
std::string SettingsHash(const Reader& reader, const retrieval::Document& document,
                         const transformer::Embedder& embedder);

// Document::content_hash: the hash of the bytes, '-', the settings' hash.
std::string ContentHash(absl::string_view bytes, absl::string_view settings_hash);

// Whether a stored hash was made with these settings, of whatever bytes.
bool HasSettings(absl::string_view content_hash, absl::string_view settings_hash);

}  // namespace footnote::ingest

#endif  // FOOTNOTE_INGEST_PREPARE_H_
