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
#include "retrieval/filter/filter.h"
#include "retrieval/index/vector_index_options.h"
#include "retrieval/ranking.h"
#include "transformer/cross_encoder.h"
#include "transformer/embedder.h"

namespace footnote::retrieval {

inline constexpr char kDefaultCollection[] = "default";

// How far the indexing anew of a collection is, in documents.
using ReindexProgress =
    std::function<void(const std::string& collection, uint64_t done, uint64_t total)>;

struct EngineOptions {
  std::string data_dir;
  // false: opening a folder that holds no store is NotFound.
  bool create_if_missing = false;
  // Bytes of RocksDB's block cache.
  uint64_t block_cache_bytes = 256ull << 20;
  // false: writes wait for the operating system only, not for the disk. For
  // tests and throw-away stores.
  bool sync_writes = true;
  VectorIndexOptions vector_index;
  // Reranks where a search asks for it, and must outlive the engine. Null: such a
  // search is FailedPrecondition.
  const transformer::CrossEncoder* reranker = nullptr;
  // Called by Open while it makes the words of a collection anew that an older program
  // has indexed, which it must do before the collection can be searched. May be null.
  ReindexProgress reindexing;
};

// One document with its passages, ready to be written. vectors is row-major
// [chunks.size(), dim].
struct DocumentWrite {
  Document document;
  std::vector<Chunk> chunks;
  std::vector<float> vectors;
};

inline constexpr size_t kMaxQueryBytes = 32 << 10;
// Neighbours of a hit on either side.
inline constexpr int kMaxNeighbours = 20;

// Its RankingOptions say how it ranks.
struct SearchRequest : RankingOptions {
  std::string query;
  // Whether quotes, + and - in the query are operators (see search/query_syntax.h);
  // else it is text.
  bool operators = false;
  std::string collection = kDefaultCollection;
  int k = 10;  // 1 to kMaxK
  // Who asks: himself and his groups. What their AccessList hides from them, a
  // collection or a document, doesn't exist for this search.
  std::vector<std::string> principals;
  // Documents that don't pass it aren't scored; the scores of those that do are
  // the same with and without it. nullopt: all.
  std::optional<Filter> filter;
  // The write that must be visible: a token that Apply or Delete returned.
  uint64_t min_sequence = 0;
  // Whether hits carry explanations. The stages' scores are there without.
  bool explain = false;
  // Passages before and after each hit that it carries along, 0 to kMaxNeighbours,
  // of its own section alone; and whether it says where that section is.
  int neighbours_before = 0;
  int neighbours_after = 0;
  bool section = false;
  // Polled between stages and in the long ones; true ends the search with Cancelled.
  std::function<bool()> cancelled;
};

// A stage's view of a passage. rank counts from 1; 0: the stage didn't find it,
// or didn't run.
struct StageScore {
  double score = 0;
  int rank = 0;
};

// What one term of the query gives to a passage's BM25 score (see search/bm25.h).
struct TermContribution {
  std::string term;              // as the analyser left it
  uint32_t query_frequency = 0;  // in the query
  uint32_t frequency = 0;        // in the passage
  uint64_t chunks = 0;           // that have it, of those that the caller may see
  double idf = 0;
  double length_norm = 0;  // 1 - b + b * length / average length
  double contribution = 0;
  // Where it stands for a misspelt word: that word's term, and what the contribution is
  // multiplied by. Else empty, and 1.
  std::string misspelt;
  double share = 1;
};

// Why a passage has its BM25 score.
struct LexicalExplanation {
  uint32_t length = 0;  // of the passage in terms
  double average_length = 0;
  // Those that the passage has. Added up in this order, the contributions are the
  // score to the bit.
  std::vector<TermContribution> terms;
};

// A passage that isn't in the result because it says what a better one says.
struct FoldedPassage {
  std::string doc;
  uint32_t chunk = 0;
  uint32_t begin = 0;  // bytes of its document's text
  uint32_t end = 0;
  double similarity = 0;  // see RankingOptions::fold_similarity
};

// A passage beside a hit in the same section.
struct Neighbour {
  uint32_t chunk = 0;
  uint32_t begin = 0;
  uint32_t end = 0;
  std::string text;
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
  std::string text;  // exactly these bytes
  // Of the last stage that scored it: the reranker or fusion; higher is better.
  // Where diversity chose, the scores needn't fall.
  double score = 0;
  StageScore dense;             // cosine
  StageScore lexical;           // BM25
  StageScore fused;             // see search/fusion.h; boosted
  std::optional<double> boost;  // what its fused score was multiplied by
  StageScore reranked;          // the cross-encoder's
  StageScore diversity;         // marginal relevance when it was chosen, see search/diversity.h
  std::vector<FoldedPassage> folded;  // best first
  std::optional<LexicalExplanation> explanation;
  std::vector<Neighbour> before, after;  // in reading order
  // Where its section is: bytes of Document::text from its heading to the next
  // one of the same or a higher level.
  std::optional<std::pair<uint32_t, uint32_t>> section;
  // Where query words stand in `text`: byte ranges, ascending, not overlapping.
  std::vector<std::pair<uint32_t, uint32_t>> highlights;
};

struct StageTime {
  // "embed", "restrict", "dense", "lexical", "fuse", "rerank", "fold", "diversify", "fetch",
  // "explain": those that ran
  std::string stage;
  double milliseconds = 0;
};

// A word of the query that no passage has, and what the hits have in its place, as it
// stands in them, what most passages have first.
struct Correction {
  std::string word;
  std::vector<std::string> replacements;
};

struct SearchResult {
  std::vector<Hit> hits;               // best first; equal scores by (doc, chunk)
  uint64_t sequence = 0;               // the state of the store that was searched
  std::string reranker;                // the cross-encoder's fingerprint; empty: none ran
  std::optional<double> dense_weight;  // of the convex combination, where there was one
  // The words and phrases that passages had to have, and must not have, by the query's
  // operators.
  std::vector<std::string> required, excluded;
  std::vector<Correction> corrections;  // in the order of the query
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

// A run of the vector index's rows.
struct SegmentStats {
  // "growing": compared by their vectors; "flat": by codes first; "hnsw": codes
  // and a graph (see VectorIndexOptions)
  std::string kind;
  uint64_t rows = 0;  // those of removed documents among them
  uint64_t memory_bytes = 0;
  uint64_t disk_bytes = 0;  // of its file; 0: it is in none, or not yet
};

struct CollectionStats {
  std::string name;
  std::string model;  // fingerprint of the embedder
  int dim = 0;
  uint64_t documents = 0;
  uint64_t chunks = 0;
  uint64_t text_bytes = 0;
  uint64_t terms = 0;                  // sum of chunk lengths in terms
  AccessList access;                   // of the collection itself
  std::optional<double> dense_weight;  // that SetDenseWeight set
  // In memory: the index, the part of it that holds the fields for filters, and the
  // one that holds the postings.
  uint64_t index_memory_bytes = 0;
  uint64_t fields_memory_bytes = 0;
  uint64_t words_memory_bytes = 0;
  // Of the vectors, in the order of rows. The vectors themselves are counted in
  // index_memory_bytes alone.
  std::vector<SegmentStats> segments;
  // What was wrong with files of segments, a line each, since the folder was opened.
  // Nothing is lost by it: such a segment is built again.
  std::vector<std::string> notes;
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

// The store and its indexes in one data folder. RocksDB is the truth; the vector
// and lexical indexes are derived from it when the folder is opened. A thread of the
// engine makes segments of the vectors while they are searched (VectorIndexOptions),
// and files of the segments, which save the next opening the work. Thread-safe: writes
// are serialised, reads never wait for writes.
//
// One process at a time: a second Open of the folder is FailedPrecondition.
class Engine {
 public:
  // `embedder` embeds queries and must outlive the engine. Null: a store can be
  // read, verified, copied, searched by words and deleted from without its
  // model, but not written or searched by meaning. Words that an older version of the
  // analyser indexed are indexed anew first, which writes the store and takes as long as
  // analysing all texts; an Open that was cut off is done again by the next.
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

  // Removes the documents that pass `filter` and that `principals` may see; one
  // that is written meanwhile stays. In batches, each atomic: where an error ends
  // it, the batches before are gone, and doing it again removes the rest. Errors:
  // InvalidArgument (filter), NotFound (collection), those of a write.
  virtual absl::StatusOr<Deleted> DeleteMatching(
      absl::string_view collection, const Filter& filter,
      const std::optional<std::vector<std::string>>& principals) = 0;

  // Says who may see a collection: for everybody else it doesn't exist. The lists
  // of its documents hold beside it. A collection that isn't there is created, for
  // which there must be an embedder. Returns the sequence token. Errors:
  // InvalidArgument (name, empty principal), NotFound (no such collection, and no
  // embedder), those of a write.
  virtual absl::StatusOr<uint64_t> SetCollectionAccess(absl::string_view collection,
                                                       const AccessList& access) = 0;

  // Sets the weight of the dense score for those hybrid searches of a collection
  // that say none, 0 to 1, rounded to 0.0001; nullopt: kDefaultDenseWeight again.
  // Returns the sequence token. Errors: InvalidArgument (weight), NotFound
  // (collection), those of a write.
  virtual absl::StatusOr<uint64_t> SetDenseWeight(absl::string_view collection,
                                                  std::optional<double> weight) = 0;

  // Errors: InvalidArgument (k, ranking options, filter, empty or too long query),
  // NotFound (collection), FailedPrecondition (min_sequence in the future; other embedder,
  // or none; no reranker), Cancelled.
  virtual absl::StatusOr<SearchResult> Search(const SearchRequest& request) const = 0;

  // NotFound also when `principals` may not see it.
  virtual absl::StatusOr<Document> GetDocument(
      absl::string_view collection, absl::string_view id,
      const std::optional<std::vector<std::string>>& principals) const = 0;

  // Calls `fn` for each document of a collection, ascending by id.
  virtual absl::Status ForEachDocumentState(
      absl::string_view collection, const std::function<void(const DocumentState&)>& fn) const = 0;

  // Gives back the space of what was deleted or replaced, in memory and on disk, for
  // which it needs as much free space again meanwhile. Reads and writes go on beside
  // it. Errors: those of a write.
  virtual absl::Status Compact() = 0;

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
