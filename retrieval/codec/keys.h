#ifndef FOOTNOTE_RETRIEVAL_CODEC_KEYS_H_
#define FOOTNOTE_RETRIEVAL_CODEC_KEYS_H_

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

// RocksDB key schema, the same in formats 1 to 4. Integers are big-endian: byte order is numeric
// order, so one scan over a prefix returns a document's chunks in text order.
// `c` is the collection's number, `n` the document's. See FORMAT.md.
//
//   column family  key                                 value
//   documents      'i' c:u32 id:bytes                  IdRecord
//                  'd' c:u32 n:u64                     DocumentRecord
//                  't' c:u32 n:u64 page:u32            a page of the text
//                  'b' c:u32 n:u64                     blocks
//   chunks         c:u32 n:u64 ordinal:u32             ChunkRecord
//   vectors        c:u32 n:u64 first_ordinal:u32       vectors of a run of chunks
//   postings       c:u32 term:bytes 0x00 n:u64         PostingRecord
//   acl            c:u32 n:u64                         AccessList; never missing
//   meta           'f'                                 counter: format version
//                  's'                                 counter: sequence
//                  'n'                                 counter: next document number
//                  'c' name:bytes                      CollectionRecord
//   jobs, feedback (empty in this format)
//
// Tags and widths are persistent: never reuse or change one. Add a tag, bump
// kFormatVersion, add tests/format_compat/v<N>/ and update FORMAT.md together.
namespace footnote::retrieval {

inline constexpr uint64_t kFormatVersion = 4;

std::string IdKey(uint32_t collection, absl::string_view id);
std::string DocumentKey(uint32_t collection, uint64_t number);
std::string TextKey(uint32_t collection, uint64_t number, uint32_t page);
std::string BlocksKey(uint32_t collection, uint64_t number);
std::string ChunkKey(uint32_t collection, uint64_t number, uint32_t ordinal);
std::string VectorsKey(uint32_t collection, uint64_t number, uint32_t first_ordinal);
std::string PostingKey(uint32_t collection, absl::string_view term, uint64_t number);
std::string AccessKey(uint32_t collection, uint64_t number);
std::string FormatKey();
std::string SequenceKey();
std::string NextDocumentKey();
std::string CollectionKey(absl::string_view name);

// Prefixes of scans.
std::string IdPrefix(uint32_t collection);
// Of a collection's documents, without their texts and blocks.
std::string DocumentsPrefix(uint32_t collection);
// Of all that a collection has in chunks, vectors, acl or postings.
std::string CollectionPrefix(uint32_t collection);
std::string TermPrefix(uint32_t collection, absl::string_view term);
std::string CollectionsPrefix();

// Fields of a key that was read back. Errors: DataLoss.
struct NumberedKey {
  uint32_t collection = 0;
  uint64_t number = 0;
  uint32_t ordinal = 0;  // of chunks, vectors and text pages; else 0
};
// A key of `chunks` or `vectors`.
absl::StatusOr<NumberedKey> ParseOrdinalKey(absl::string_view key);
// A key of `acl`.
absl::StatusOr<NumberedKey> ParseAccessKey(absl::string_view key);
// A key of `documents` with the tag 'd', 'b' or 't'.
absl::StatusOr<NumberedKey> ParseDocumentsKey(absl::string_view key);

struct ParsedIdKey {
  uint32_t collection = 0;
  absl::string_view id;
};
absl::StatusOr<ParsedIdKey> ParseIdKey(absl::string_view key);

struct ParsedPostingKey {
  uint32_t collection = 0;
  absl::string_view term;
  uint64_t number = 0;
};
absl::StatusOr<ParsedPostingKey> ParsePostingKey(absl::string_view key);

}  // namespace footnote::retrieval

#endif  // FOOTNOTE_RETRIEVAL_CODEC_KEYS_H_
