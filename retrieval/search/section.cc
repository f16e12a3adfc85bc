#include "retrieval/search/section.h"

#include <limits>

namespace footnote::retrieval {

std::pair<uint32_t, uint32_t> SectionAt(absl::Span<const Block> blocks, uint32_t pos,
                                        uint32_t text_bytes) {
  uint32_t begin = 0;
  int level = std::numeric_limits<int>::max();  // before any heading: every one ends it
  for (const Block& block : blocks) {
    if (block.kind != BlockKind::kHeading) continue;
    if (block.begin <= pos) {
      begin = block.begin;
      level = block.level;
    } else if (block.level <= level) {
      return {begin, block.begin};
    }
  }
  return {begin, text_bytes};
}

}  // namespace footnote::retrieval
