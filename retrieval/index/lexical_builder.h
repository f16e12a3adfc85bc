#ifndef FOOTNOTE_RETRIEVAL_INDEX_LEXICAL_BUILDER_H_
#define FOOTNOTE_RETRIEVAL_INDEX_LEXICAL_BUILDER_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "retrieval/index/lexical_bounds.h"
#include "retrieval/index/lexical_segment.h"

namespace footnote::retrieval {

// How often a term stands in a passage.
struct LexicalPosting {
  uint32_t row = 0;
  uint32_t frequency = 0;  // at least 1
};

// Makes one segment, term by term.
class LexicalSegmentBuilder {
 public:
  // `lengths`: of the rows from `first_row` on, in terms.
  LexicalSegmentBuilder(uint32_t first_row, std::vector<uint32_t> lengths);

  // `positions`: of the first posting, as many as its frequency, then of the next.
  // Precondition: terms ascend; rows, which are the collection's, ascend and are the
  // segment's; a posting's positions never fall. `removed` as in LexicalSegment.
  void Add(absl::string_view term, absl::Span<const LexicalPosting> postings,
           absl::Span<const uint32_t> positions, int64_t removed);

  std::shared_ptr<const LexicalSegment> Finish() &&;

 private:
  void AddBlock(absl::Span<const LexicalPosting> postings, int64_t previous_row);
  void AddVarints(absl::Span<const LexicalPosting> postings, int64_t previous_row);
  void AddBounds(const ScoreBounds& bounds);
  void AddPositions(absl::Span<const LexicalPosting> postings,
                    absl::Span<const uint32_t> positions);

  uint32_t first_row_;
  std::vector<uint32_t> lengths_;
  BoundsBuilder block_bounds_, list_bounds_;
  uint64_t postings_ = 0;
  std::vector<uint64_t> prefixes_;
  std::vector<uint8_t> entries_;
  std::string texts_;
  std::vector<uint8_t> data_;
  std::vector<uint8_t> positions_;
  std::vector<uint8_t> blocks_;  // of the list in hand
};

}  // namespace footnote::retrieval

#endif  // FOOTNOTE_RETRIEVAL_INDEX_LEXICAL_BUILDER_H_
