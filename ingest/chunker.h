#ifndef FOOTNOTE_INGEST_CHUNKER_H_
#define FOOTNOTE_INGEST_CHUNKER_H_

#include <cstdint>
#include <vector>

#include "absl/strings/string_view.h"
#include "ingest/content.h"
#include "retrieval/document.h"
#include "transformer/embedder.h"

namespace footnote::ingest {

// Changes with any change of the chunks made of the same content, so that the
// next ingest makes them anew.
inline constexpr int kChunkerVersion = 1;

struct ChunkerOptions {
  // What a chunk's text is filled up to. More makes vectors blur, fewer makes
  // passages lose what they refer to.
  int target_tokens = 200;
  // The title and the headings; longer ones lose their middle.
  int max_path_tokens = 48;
  // A table's header row or a definition's term, in the path of a chunk that
  // begins behind it.
  int max_context_tokens = 32;
  // Whatever the tokenizer makes of it: words of no language count as one token
  // however long they are.
  uint32_t max_chunk_bytes = 8192;
};

// Cuts content into chunks along its structure: never across a heading; at
// blocks, else between a table's rows, lines of code or sentences, else, where a
// sentence alone is too long, between words. A block that introduces another
// one (a caption, a term, "as follows:") stays with it. Headings stand in
// heading_path, not in the text, except in a document that has nothing else.
//
// With the heading path, a chunk fits the embedder's max_tokens(). Chunks ascend
// and don't overlap, begin and end on characters, and leave out nothing but
// headings and the white space between blocks or sentences.
std::vector<retrieval::Chunk> MakeChunks(const Content& content, absl::string_view title,
                                         const transformer::Embedder& embedder,
                                         const ChunkerOptions& options = {});

}  // namespace footnote::ingest

#endif  // FOOTNOTE_INGEST_CHUNKER_H_
