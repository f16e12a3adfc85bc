#ifndef FOOTNOTE_RETRIEVAL_ENGINE_H_
#define FOOTNOTE_RETRIEVAL_ENGINE_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "retrieval/document.h"
#include "transformer/embedder.h"

namespace footnote::retrieval {

inline constexpr char kDefaultCollection[] = "default";

struct EngineOptions {
  std::string data_dir;
  // false: opening a folder that holds no store is NotFound.
  bool create_if_missing = false;
  // Bytes of RocksDB's block cache.
  uint64_t block_cache_bytes = 256ull << 20;
  // false: writes wait for the operating system only, not for the disk. For
  // tests and throw-away stores.
  bool sync_writes = true;
};

// One document with its passages, ready to be written. vectors is row-major
// [chunks.size(), dim].
struct DocumentWrite {
  Document document;
  std::vector<Chunk> chunks;
  std::vector<float> vectors;
};

enum class SearchMode { kHybrid, kDense, kLexical };
enum class Fusion { kConvex, kReciprocalRank };

inline constexpr int kMaxK = 1000;
inline constexpr size_t kMaxQueryBytes = 32 << 10;

struct SearchRequest {
  std::string query;
  std::string collection = kDefaultCollection;
  int k = 10;  // 1 to kMaxK
  SearchMode mode = SearchMode::kHybrid;
  Fusion fusion = Fusion::kConvex;
  // Weight of the dense score in the convex combination, 0 to 1.
  double dense_weight = 0.6;
  // Documents whose ACL names none of these, and isn't empty, don't exist for
  // this search.
  std::vector<std::string> principals;
  // The write that must be visible: a token that Apply or Delete returned.
  uint64_t min_sequence = 0;
  // Polled between stages; true ends the search with Cancelled.
  std::function<bool()> cancelled;
};

// A stage's view of a passage. rank counts from 1; 0: the stage didn't find it.
struct StageScore {
  double score = 0;
  int rank = 0;
};

struct Hit {
  std::string doc;  // Document::id
  std::string title;
  std::string source;
  std::string heading_path;
  std::string anchor;  // of the nearest block at or before the passage that has one
  uint32_t chunk = 0;  // ordinal in its document
  uint32_t begin = 0;  // bytes of Document::text
  uint32_t end = 0;
  std::string text;    // exactly these bytes
  double score = 0;    // of the last stage; higher is better
  StageScore dense;    // cosine
  StageScore lexical;  // BM25
  // Where query words stand in `text`: byte ranges, ascending, not overlapping.
  std::vector<std::pair<uint32_t, uint32_t>> highlights;
};

struct StageTime {
  std::string stage;  // "embed", "dense", "lexical", "fuse", "fetch"
  double milliseconds = 0;
};

struct SearchResult {
  std::vector<Hit> hits;  // best first; ties by (doc, chunk)
  uint64_t sequence = 0;  // the state of the store that was searched
  std::vector<StageTime> times;
};

// What is needed to see whether a source file has changed since its ingest.
struct DocumentState {
  std::string id;
  std::string content_hash;
  std::string sync_root;
  int64_t source_mtime_ns = 0;
  uint64_t source_bytes = 0;
};

struct CollectionStats {
  std::string name;
  std::string model;  // fingerprint of the embedder
  int dim = 0;
  uint64_t documents = 0;
  uint64_t chunks = 0;
  uint64_t text_bytes = 0;
  uint64_t terms = 0;  // sum of chunk lengths in terms
};

struct EngineStats {
  std::vector<CollectionStats> collections;
  uint64_t sequence = 0;
  uint64_t disk_bytes = 0;
  uint64_t index_memory_bytes = 0;
  int format_version = 0;
};

struct VerifyReport {
  uint64_t documents = 0;
  uint64_t chunks = 0;
  uint64_t postings = 0;
  uint64_t vectors = 0;
  // One line per divergence, at most 1,000. Empty: the store is sound.
  std::vector<std::string> divergences;
};

// The store and its indexes in one data folder. RocksDB is the truth; the
// vector index is derived from it when the folder is opened. Thread-safe:
// writes are serialised, reads never wait for writes.
//
// One process at a time: a second Open of the folder is FailedPrecondition.
class Engine {
 public:
  // `embedder` embeds queries and must outlive the engine. Null: a store can be
  // read, verified, copied, searched by words and deleted from without its
  // model, but not written or searched by meaning.
  // Errors: NotFound (no store there), FailedPrecondition (used by another
  // process, or written by a newer version), DataLoss (damaged), PermissionDenied.
  static absl::StatusOr<std::unique_ptr<Engine>> Open(const EngineOptions& options,
                                                      const transformer::Embedder* embedder);
  virtual ~Engine() = default;

  // Inserts or replaces whole documents in one atomic batch. When it returns,
  // the batch is on disk (see sync_writes) and visible to the next search.
  // Creates the collection at its first write. Returns the sequence token.
  // Errors: InvalidArgument (empty id, spans outside the text, vectors of the
  // wrong size, ...), FailedPrecondition (the collection was made with another
  // embedder, or there is none), ResourceExhausted (disk full; nothing of the batch is written).
  virtual absl::StatusOr<uint64_t> Apply(absl::Span<const DocumentWrite> writes) = 0;

  // Removes documents; returns how many existed and the sequence token.
  struct Deleted {
    uint64_t documents = 0;
    uint64_t sequence = 0;
  };
  // With `principals`, documents that they can't see don't exist;
  // without (nullopt), every document is in reach.
  virtual absl::StatusOr<Deleted> Delete(
      absl::string_view collection, absl::Span<const std::string> ids,
      const std::optional<std::vector<std::string>>& principals) = 0;

  // Errors: InvalidArgument (k, empty or too long query), NotFound (collection),
  // FailedPrecondition (min_sequence in the future; other embedder, or none),
  // Cancelled.
  virtual absl::StatusOr<SearchResult> Search(const SearchRequest& request) const = 0;

  // NotFound also when `principals` may not see it.
  virtual absl::StatusOr<Document> GetDocument(
      absl::string_view collection, absl::string_view id,
      const std::optional<std::vector<std::string>>& principals) const = 0;

  // Calls `fn` for each document of a collection, ascending by id.
  virtual absl::Status ForEachDocumentState(
      absl::string_view collection, const std::function<void(const DocumentState&)>& fn) const = 0;

  virtual absl::StatusOr<EngineStats> Stats() const = 0;
  // Reads everything and compares store, postings, vectors and counts.
  // `progress` gets (done, total) documents; may be null.
  virtual absl::StatusOr<VerifyReport> Verify(
      const std::function<void(uint64_t, uint64_t)>& progress) const = 0;

  // Writes a consistent copy into `target_dir`, which must not exist. Online.
  virtual absl::Status Snapshot(const std::string& target_dir) const = 0;
};

// Makes `data_dir`, which must not exist or be empty, a copy of a snapshot,
// after checking the snapshot's manifest.
absl::Status RestoreSnapshot(const std::string& snapshot_dir, const std::string& data_dir);

}  // namespace footnote::retrieval

#endif  // FOOTNOTE_RETRIEVAL_ENGINE_H_
