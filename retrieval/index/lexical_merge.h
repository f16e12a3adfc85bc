#ifndef FOOTNOTE_RETRIEVAL_INDEX_LEXICAL_MERGE_H_
#define FOOTNOTE_RETRIEVAL_INDEX_LEXICAL_MERGE_H_

#include <cstdint>
#include <memory>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/types/span.h"
#include "retrieval/index/lexical_segment.h"

namespace footnote::retrieval {

inline constexpr uint32_t kNoRow = UINT32_MAX;

// One segment of the postings of `segments`, whose rows ascend from one to the next.
// `row_of` gives each row its new number, ascending with the old ones, or kNoRow: its
// postings are left out, and `removed` of their terms says so. `first_row` and
// `lengths`: of the new segment.
std::shared_ptr<const LexicalSegment> MergeSegments(
    absl::Span<const std::shared_ptr<const LexicalSegment>> segments, uint32_t first_row,
    std::vector<uint32_t> lengths, absl::FunctionRef<uint32_t(uint32_t row)> row_of);

}  // namespace footnote::retrieval

#endif  // FOOTNOTE_RETRIEVAL_INDEX_LEXICAL_MERGE_H_
