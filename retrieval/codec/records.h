#ifndef FOOTNOTE_RETRIEVAL_CODEC_RECORDS_H_
#define FOOTNOTE_RETRIEVAL_CODEC_RECORDS_H_

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "retrieval/document.h"

// The values of the store. Encode gives the bytes, in the lowest version that has
// the fields in use; Decode reads every version back or returns DataLoss; it never
// trusts a size. FORMAT.md lists the fields in their order.
namespace footnote::retrieval {

// Finds a document by its id, and says whether its source has changed.
struct IdRecord {
  uint64_t number = 0;
  std::string content_hash;
  std::string sync_root;
  int64_t source_mtime_ns = 0;
  uint64_t source_bytes = 0;
  friend bool operator==(const IdRecord&, const IdRecord&) = default;
};
std::string Encode(const IdRecord& record);
absl::StatusOr<IdRecord> DecodeId(absl::string_view value);

struct DocumentRecord {
  std::string id;
  std::string title;
  std::string source;
  std::map<std::string, std::string> metadata;
  uint32_t text_bytes = 0;
  uint32_t chunks = 0;
  friend bool operator==(const DocumentRecord&, const DocumentRecord&) = default;
};
std::string Encode(const DocumentRecord& record);
absl::StatusOr<DocumentRecord> DecodeDocument(absl::string_view value);

// A document's text is cut into pages of this size (the last is shorter), so
// that a passage is read without its whole document.
inline constexpr uint32_t kTextPageBytes = 1 << 16;
std::string EncodeText(absl::string_view page);
absl::StatusOr<std::string> DecodeText(absl::string_view value);

std::string EncodeBlocks(absl::Span<const Block> blocks);
absl::StatusOr<std::vector<Block>> DecodeBlocks(absl::string_view value);

struct ChunkRecord {
  Chunk chunk;
  std::string anchor;  // see Hit::anchor
  uint32_t terms = 0;  // length for BM25
  friend bool operator==(const ChunkRecord&, const ChunkRecord&) = default;
};
std::string Encode(const ChunkRecord& record);
absl::StatusOr<ChunkRecord> DecodeChunk(absl::string_view value);

// How often a term stands in one chunk.
struct Occurrence {
  uint32_t ordinal = 0;
  uint32_t frequency = 0;  // at least 1
  friend bool operator==(const Occurrence&, const Occurrence&) = default;
};
// Where a term stands in one document.
struct PostingRecord {
  std::vector<Occurrence> chunks;  // ordinals ascend
  // Those of the first chunk, `frequency` many, then those of the next: among the
  // chunk's words (transformer::Term::position), never falling. None in version 1.
  std::vector<uint32_t> positions;
  friend bool operator==(const PostingRecord&, const PostingRecord&) = default;
};
// In version 1 where there are no positions, else in version 2.
std::string EncodePosting(const PostingRecord& posting);
// Replaces *posting, whose capacity is kept: this is the inner loop of opening a store.
absl::Status DecodePosting(absl::string_view value, PostingRecord* posting);

// Vectors of up to kVectorsPerRow consecutive chunks, row-major [rows, dim].
inline constexpr uint32_t kVectorsPerRow = 64;
struct VectorsRecord {
  uint32_t rows = 0;
  uint32_t dim = 0;
  std::vector<float> values;
};
std::string EncodeVectors(uint32_t rows, uint32_t dim, const float* values);
absl::Status DecodeVectors(absl::string_view value, VectorsRecord* record);

// In version 1 where nobody is denied, else in version 2.
std::string EncodeAccess(const AccessList& access);
absl::StatusOr<AccessList> DecodeAccess(absl::string_view value);

struct CollectionRecord {
  uint32_t number = 0;
  std::string model;  // fingerprint of the embedder
  uint32_t dim = 0;
  uint32_t analyzer_version = 0;
  uint64_t documents = 0;
  uint64_t chunks = 0;
  uint64_t text_bytes = 0;
  uint64_t terms = 0;
  AccessList access;  // both lists sorted, without duplicates
  // Of its hybrid searches that say none: 0 to 1, in steps of 0.0001.
  std::optional<double> dense_weight;
  friend bool operator==(const CollectionRecord&, const CollectionRecord&) = default;
};
// In the lowest version that says it all: 1 where everybody may see it and there is
// no weight, 2 without a weight, else 3.
std::string Encode(const CollectionRecord& record);
absl::StatusOr<CollectionRecord> DecodeCollection(absl::string_view value);

std::string EncodeCounter(uint64_t value);
absl::StatusOr<uint64_t> DecodeCounter(absl::string_view value);

}  // namespace footnote::retrieval

#endif  // FOOTNOTE_RETRIEVAL_CODEC_RECORDS_H_
