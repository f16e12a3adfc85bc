#ifndef FOOTNOTE_INGEST_INGESTER_H_
#define FOOTNOTE_INGEST_INGESTER_H_

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "retrieval/engine.h"
#include "transformer/embedder.h"

namespace footnote::ingest {

struct IngestOptions {
  std::string collection = retrieval::kDefaultCollection;
  retrieval::AccessList access;  // of the documents that bring none
  // Of documents from folders; it goes before what their readers find.
  std::map<std::string, std::string> metadata;
  // Remove documents that an earlier ingest of the same folder brought and
  // whose file is gone.
  bool sync = false;
  // A larger file is refused, not cut.
  uint64_t max_document_bytes = 64ull << 20;
  // Text of documents being worked on at once, a bound on memory.
  uint64_t in_flight_bytes = 64ull << 20;
};

enum class DocumentOutcome { kAdded, kReplaced, kUnchanged, kRemoved, kFailed };

struct DocumentReport {
  std::string id;
  DocumentOutcome outcome = DocumentOutcome::kAdded;
  int chunks = 0;
  absl::Status status;  // of kFailed: what is wrong and how to mend it
};

struct IngestProgress {
  uint64_t files_done = 0;
  uint64_t files_total = 0;
  uint64_t bytes_done = 0;  // of source files
  uint64_t bytes_total = 0;
  uint64_t chunks = 0;
  uint64_t tokens = 0;  // embedded so far
  double seconds = 0;
};

struct IngestReport {
  uint64_t added = 0, replaced = 0, unchanged = 0, removed = 0, failed = 0;
  uint64_t chunks = 0;
  uint64_t tokens = 0;
  uint64_t source_bytes = 0;
  double seconds = 0;
  uint64_t sequence = 0;                 // token of the last write
  std::vector<DocumentReport> failures;  // every failed document
};

// Bytes handed over by a client rather than read from a folder.
struct RawDocument {
  std::string id;
  std::string title;   // empty: the reader finds one
  std::string source;  // empty: the id
  std::string
      content_type;  // "text/html", "text/markdown", "text/plain"; empty: from the id's extension
  std::string content;
  retrieval::AccessList access;
  std::map<std::string, std::string> metadata;
};

// Reads, chunks, embeds and writes documents. Thread-safe.
class Ingester {
 public:
  // Both must outlive the ingester.
  Ingester(retrieval::Engine* engine, const transformer::Embedder* embedder);

  // Ingests files and, recursively, folders. Hidden files, symbolic links that
  // leave a root, and unknown file types inside folders are skipped; a file
  // named outright must be of a known type. Document ids are absolute paths.
  // A failed document doesn't stop the job: it is in the report. Errors:
  // NotFound or PermissionDenied (a root), InvalidArgument (no root, or no
  // document in any), Cancelled, and the engine's write errors. `on_document`
  // and `progress` may be null and are called on the calling thread.
  absl::StatusOr<IngestReport> IngestPaths(
      absl::Span<const std::string> paths, const IngestOptions& options,
      const std::function<void(const DocumentReport&)>& on_document,
      const std::function<void(const IngestProgress&)>& progress,
      const std::function<bool()>& cancelled);

  // Ingests documents in memory, in one atomic batch of those that are sound.
  // One report per document, in order. `*sequence` gets the write's token.
  absl::StatusOr<std::vector<DocumentReport>> IngestDocuments(
      std::vector<RawDocument> documents, const IngestOptions& options,
      const std::function<bool()>& cancelled, uint64_t* sequence);

 private:
  retrieval::Engine* engine_;
  const transformer::Embedder* embedder_;
};

}  // namespace footnote::ingest

#endif  // FOOTNOTE_INGEST_INGESTER_H_
