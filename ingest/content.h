#ifndef FOOTNOTE_INGEST_CONTENT_H_
#define FOOTNOTE_INGEST_CONTENT_H_

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "retrieval/document.h"

namespace footnote::ingest {

// What the chunker wants to know of a block beyond what the store keeps.
struct BlockDetail {
  // Index of the caption block that is the term which this block defines or
  // describes (a definition list's dt); -1: none. Always smaller than the
  // block's own index.
  int32_t term = -1;
  // Of a table: where its header rows end, in bytes of the text; else, or if it
  // has none, the block's begin.
  uint32_t header_end = 0;
  friend bool operator==(const BlockDetail&, const BlockDetail&) = default;
};

// What a reader makes of a file: retrieval::Document's text and blocks.
struct Content {
  std::string title;  // empty: the source has none
  std::string text;   // valid UTF-8, blocks separated by blank lines
  std::vector<retrieval::Block> blocks;
  std::vector<BlockDetail> details;  // one per block
  // "encoding": what the source was decoded from, if not UTF-8.
  // "replaced_bytes": how many ill-formed sequences became U+FFFD, if any.
  std::map<std::string, std::string> metadata;
};

}  // namespace footnote::ingest

#endif  // FOOTNOTE_INGEST_CONTENT_H_
