#ifndef FOOTNOTE_RETRIEVAL_DOCUMENT_H_
#define FOOTNOTE_RETRIEVAL_DOCUMENT_H_

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "transformer/text/language.h"

namespace footnote::retrieval {

// What a stretch of a document's text is. Values are persistent.
enum class BlockKind : uint8_t {
  kHeading = 1,
  kParagraph = 2,
  kListItem = 3,
  kTable = 4,
  kCode = 5,
  kCaption = 6,
};

// A block's place in Document::text: bytes [begin, end).
struct Block {
  BlockKind kind = BlockKind::kParagraph;
  uint8_t level = 0;  // of a heading: 1 to 6; of a list item: nesting from 1; else 0
  uint32_t begin = 0;
  uint32_t end = 0;
  std::string anchor;  // the fragment identifier in the source, or empty
  friend bool operator==(const Block&, const Block&) = default;
};

// Who may see a document or a collection. A principal is an opaque string that
// the caller chose, such as "user:anna" or "group:legal"; a group is a principal
// like any other, and who asks names himself and all of his groups.
// With both lists empty: everybody. Otherwise who asks must name a principal,
// none of `deny`, and, unless `allow` is empty, one of `allow`.
struct AccessList {
  std::vector<std::string> allow;
  std::vector<std::string> deny;
  friend bool operator==(const AccessList&, const AccessList&) = default;
};

// The key of the metadata that says which language a document is in, as a BCP 47
// tag ("de", "pt-BR") or in English ("German"); see transformer/text/language.h.
// A document without it is analysed as English.
inline constexpr char kLanguageKey[] = "language";

// One document as the store keeps it. `text` is what quotes are checked
// against: valid UTF-8 made once by a reader, in reading order, blocks
// separated by blank lines. Offsets of blocks, chunks and footnotes are bytes
// of it.
struct Document {
  std::string id;          // unique in its collection; given by the caller
  std::string collection;  // "default" unless told
  std::string title;
  std::string source;  // path or URL that a person can open
  std::string text;
  std::vector<Block> blocks;  // ascending, not overlapping
  AccessList access;
  std::map<std::string, std::string> metadata;
  std::string content_hash;  // of the source's bytes and the reader's version
  std::string sync_root;     // the ingested folder it came from, or empty
  int64_t source_mtime_ns = 0;
  uint64_t source_bytes = 0;
};

// A passage: the unit that is embedded, indexed and returned.
struct Chunk {
  uint32_t begin = 0;  // bytes of Document::text
  uint32_t end = 0;
  uint32_t tokens = 0;  // as the embedder counts them, heading path included
  // Headings above it, outermost first, joined by " > "; begins with the
  // document's title. Indexed and embedded before the text, never quoted.
  std::string heading_path;
  friend bool operator==(const Chunk&, const Chunk&) = default;
};

// What is embedded and what BM25 indexes of a chunk: its heading path, a line
// break, its text. Precondition: the chunk lies inside the document's text.
std::string IndexedText(const Document& document, const Chunk& chunk);
// The same of the passage's parts.
std::string IndexedText(absl::string_view heading_path, absl::string_view passage);

// What the metadata says of the language.
const transformer::Language& LanguageOf(const std::map<std::string, std::string>& metadata);

}  // namespace footnote::retrieval

#endif  // FOOTNOTE_RETRIEVAL_DOCUMENT_H_
