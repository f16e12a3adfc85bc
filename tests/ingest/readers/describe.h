#ifndef FOOTNOTE_TESTS_INGEST_READERS_DESCRIBE_H_
#define FOOTNOTE_TESTS_INGEST_READERS_DESCRIBE_H_

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "ingest/content.h"
#include "transformer/text/utf8.h"

namespace footnote::ingest {

// A block in a line: "P text", "H2#anchor text", "L1 item", "T<header|rows>".
inline std::vector<std::string> Describe(const Content& content) {
  constexpr char kLetters[] = "?HPLTCc";
  std::vector<std::string> out;
  for (size_t i = 0; i < content.blocks.size(); ++i) {
    const retrieval::Block& block = content.blocks[i];
    std::string line(1, kLetters[static_cast<int>(block.kind)]);
    if (block.level > 0) absl::StrAppend(&line, static_cast<int>(block.level));
    if (!block.anchor.empty()) absl::StrAppend(&line, "#", block.anchor);
    if (content.details[i].term >= 0) absl::StrAppend(&line, "^", content.details[i].term);
    if (content.details[i].header_end > block.begin) {
      absl::StrAppend(&line, "!", content.details[i].header_end - block.begin);
    }
    absl::StrAppend(&line, " ", content.text.substr(block.begin, block.end - block.begin));
    out.push_back(line);
  }
  return out;
}

// What every reader promises, whatever the input. Empty if all is well.
inline std::string Unsound(const Content& content) {
  if (!transformer::IsValidUtf8(content.text)) return "text isn't UTF-8";
  if (!transformer::IsValidUtf8(content.title)) return "title isn't UTF-8";
  if (content.blocks.size() != content.details.size()) return "not one detail per block";
  const absl::string_view text = content.text;
  uint32_t last = 0;
  for (size_t i = 0; i < content.blocks.size(); ++i) {
    const retrieval::Block& block = content.blocks[i];
    const std::string name = absl::StrCat("block ", i);
    if (block.begin >= block.end || block.end > text.size()) return name + ": span";
    if (text.substr(last, block.begin - last) != (i == 0 ? "" : "\n\n")) return name + ": gap";
    last = block.end;
    if (!transformer::IsValidUtf8(text.substr(block.begin, block.end - block.begin))) {
      return name + ": cuts a character";
    }
    if (text[block.end - 1] == ' ' || text[block.end - 1] == '\n') return name + ": space at end";
    const BlockDetail& detail = content.details[i];
    if (detail.term < -1 || detail.term >= static_cast<int>(i)) return name + ": term";
    if (detail.header_end < block.begin || detail.header_end > block.end) return name + ": header";
    if (block.kind == retrieval::BlockKind::kHeading && (block.level < 1 || block.level > 6)) {
      return name + ": level";
    }
  }
  if (last != text.size()) return "text behind the last block";
  return "";
}

}  // namespace footnote::ingest

#endif  // FOOTNOTE_TESTS_INGEST_READERS_DESCRIBE_H_
