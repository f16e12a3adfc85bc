#include "retrieval/index/lexical_merge.h"

#include <algorithm>
#include <array>
#include <utility>

#include "retrieval/index/lexical_builder.h"

namespace footnote::retrieval {
namespace {

// A segment and the term of it that comes next.
struct Source {
  const LexicalSegment* segment;
  size_t term;
  absl::string_view text;
};

// The first terms last, those of earlier rows after them: the top of a heap is the
// least term of the earliest segment.
bool After(const Source& a, const Source& b) {
  const int order = a.text.compare(b.text);
  return order != 0 ? order > 0 : a.segment->first_row() > b.segment->first_row();
}

// Appends the postings that have a new row, and their positions; returns how many haven't.
int64_t Take(const Source& source, absl::FunctionRef<uint32_t(uint32_t)> row_of,
             std::vector<LexicalPosting>* out, std::vector<uint32_t>* positions) {
  const PostingList list(*source.segment, source.term);
  std::array<uint32_t, lexical::kBlock> rows, frequencies;
  int64_t dropped = 0;
  for (uint32_t b = 0; b < list.blocks(); ++b) {
    list.DecodeRows(b, rows.data());
    list.DecodeFrequencies(b, frequencies.data());
    const uint8_t* at = source.segment->positions(source.term, b);
    for (uint32_t i = 0, n = list.BlockSize(b); i < n; ++i) {
      const size_t before = positions->size();
      uint32_t position = 0;
      for (uint32_t k = frequencies[i]; k > 0; --k) {
        positions->push_back(position += lexical::NextVarint(&at));
      }
      const uint32_t row = row_of(source.segment->first_row() + rows[i]);
      if (row == kNoRow) {
        ++dropped;
        positions->resize(before);
      } else {
        out->push_back({row, frequencies[i]});
      }
    }
  }
  return dropped;
}

}  // namespace

std::shared_ptr<const LexicalSegment> MergeSegments(
    absl::Span<const std::shared_ptr<const LexicalSegment>> segments, uint32_t first_row,
    std::vector<uint32_t> lengths, absl::FunctionRef<uint32_t(uint32_t row)> row_of) {
  LexicalSegmentBuilder builder(first_row, std::move(lengths));
  std::vector<Source> heap;
  for (const auto& segment : segments) {
    if (segment->terms() > 0) heap.push_back({segment.get(), 0, segment->term(0)});
  }
  std::make_heap(heap.begin(), heap.end(), After);
  std::vector<LexicalPosting> postings;
  std::vector<uint32_t> positions;
  while (!heap.empty()) {
    const absl::string_view text = heap.front().text;
    postings.clear();
    positions.clear();
    int64_t removed = 0;
    while (!heap.empty() && heap.front().text == text) {
      std::pop_heap(heap.begin(), heap.end(), After);
      Source& source = heap.back();
      removed += source.segment->removed(source.term) - Take(source, row_of, &postings, &positions);
      if (++source.term == source.segment->terms()) {
        heap.pop_back();
      } else {
        source.text = source.segment->term(source.term);
        std::push_heap(heap.begin(), heap.end(), After);
      }
    }
    if (!postings.empty() || removed != 0) builder.Add(text, postings, positions, removed);
  }
  return std::move(builder).Finish();
}

}  // namespace footnote::retrieval
