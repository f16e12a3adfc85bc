#ifndef FOOTNOTE_RETRIEVAL_SEARCH_SECTION_H_
#define FOOTNOTE_RETRIEVAL_SEARCH_SECTION_H_

#include <cstdint>
#include <utility>

#include "absl/types/span.h"
#include "retrieval/document.h"

namespace footnote::retrieval {

// The section that holds byte `pos` of a text of `text_bytes`: from the last
// heading at or before `pos` to the next heading of the same or a higher level, so
// that its subsections are in it. Before the first heading: up to that heading.
// Without headings: the whole text.
std::pair<uint32_t, uint32_t> SectionAt(absl::Span<const Block> blocks, uint32_t pos,
                                        uint32_t text_bytes);

}  // namespace footnote::retrieval

#endif  // FOOTNOTE_RETRIEVAL_SEARCH_SECTION_H_
