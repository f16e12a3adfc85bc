#ifndef FOOTNOTE_TESTS_INGEST_CHUNK_CHECKS_H_
#define FOOTNOTE_TESTS_INGEST_CHUNK_CHECKS_H_

#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "ingest/chunker.h"
#include "ingest/content.h"
#include "transformer/embedder.h"
#include "transformer/text/utf8.h"

namespace footnote::ingest {

// What the chunker promises of any content. Empty if all is well.
inline std::string UnsoundChunks(const Content& content,
                                 const std::vector<retrieval::Chunk>& chunks,
                                 const transformer::Embedder& embedder,
                                 const ChunkerOptions& options) {
  using retrieval::BlockKind;
  const absl::string_view text = content.text;
  std::vector<bool> covered(text.size(), false);
  uint32_t last = 0;
  bool only_headings = true;
  for (const retrieval::Block& block : content.blocks) {
    only_headings = only_headings && block.kind == BlockKind::kHeading;
  }
  for (size_t i = 0; i < chunks.size(); ++i) {
    const retrieval::Chunk& chunk = chunks[i];
    const std::string name = absl::StrCat("chunk ", i);
    if (chunk.begin < last || chunk.begin >= chunk.end || chunk.end > text.size()) {
      return name + ": span";
    }
    last = chunk.end;
    const absl::string_view body = text.substr(chunk.begin, chunk.end - chunk.begin);
    if (!transformer::IsValidUtf8(body)) return name + ": cuts a character";
    if (!transformer::IsValidUtf8(chunk.heading_path)) return name + ": path isn't UTF-8";
    const std::string indexed = absl::StrCat(chunk.heading_path, "\n", body);
    if (embedder.CountTokens(indexed) > embedder.max_tokens() - 2) return name + ": too long";
    if (embedder.CountTokens(indexed) != static_cast<int>(chunk.tokens)) {
      return absl::StrCat(name, ": says ", chunk.tokens, " tokens");
    }
    if (body.size() > options.max_chunk_bytes) return name + ": too many bytes";
    for (size_t at = chunk.begin; at < chunk.end; ++at) covered[at] = true;
  }
  for (const retrieval::Block& block : content.blocks) {
    const bool heading = block.kind == BlockKind::kHeading && !only_headings;
    for (size_t at = block.begin; at < block.end; ++at) {
      if (heading && covered[at]) return absl::StrCat("a chunk across the heading at ", at);
      // Spaces may lie between chunks, single ones and those that aren't ASCII.
      if (heading || covered[at] || absl::ascii_isspace(text[at])) continue;
      size_t pos = at;
      const char32_t c = transformer::DecodeUtf8(text, &pos);
      if (c == 0x3000 || (c >= 0x2000 && c <= 0x2029)) {
        at = pos - 1;
        continue;
      }
      return absl::StrCat("byte ", at, " is in no chunk");
    }
  }
  return "";
}

}  // namespace footnote::ingest

#endif  // FOOTNOTE_TESTS_INGEST_CHUNK_CHECKS_H_
