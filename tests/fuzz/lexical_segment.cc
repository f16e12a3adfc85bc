// Any bytes given to the reader of lexical segments, as they are and as changes to a
// sound segment: an error, or a segment that can be searched and walked. The first byte
// chooses; changes are (place u16, value u8).
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <utility>
#include <vector>

#include "retrieval/index/lexical_builder.h"
#include "retrieval/index/lexical_segment.h"
#include "retrieval/index/position_cursor.h"

namespace footnote::retrieval {
namespace {

void Require(bool condition) {
  if (!condition) std::abort();
}

std::vector<uint32_t> Positions(const std::vector<LexicalPosting>& postings) {
  std::vector<uint32_t> out;
  for (const LexicalPosting& p : postings) {
    for (uint32_t i = 0; i < p.frequency; ++i) out.push_back(p.row * 50 + i / 2);
  }
  return out;
}

std::vector<uint8_t> SoundSegment() {
  std::vector<uint32_t> lengths(300);
  for (uint32_t i = 0; i < 300; ++i) lengths[i] = i * 7 % 90;
  LexicalSegmentBuilder builder(10, lengths);
  std::vector<LexicalPosting> few = {{12, 1}, {40, 300}}, many;
  for (uint32_t i = 0; i < 290; ++i) many.push_back({10 + i, 1 + i % 5});
  builder.Add("few", few, Positions(few), 2);
  builder.Add("manyofthem", many, Positions(many), 0);
  return std::move(builder).Finish()->bytes();
}

void Walk(const LexicalSegment& segment) {
  uint64_t postings = 0;
  for (size_t term = 0; term < segment.terms(); ++term) {
    Require(segment.Find(segment.term(term)) == term);
    PostingCursor cursor(segment, term), seeker(segment, term);
    PositionCursor positions(segment, term);
    for (; cursor.Valid(); cursor.NextBlock()) {
      const auto rows = cursor.rows();
      for (size_t i = 0; i < rows.size(); ++i, ++postings) {
        (void)segment.length(rows[i]);
        Require(seeker.FrequencyOf(rows[i]) == cursor.frequencies()[i]);
        const auto found = positions.Find(rows[i]);
        Require(found.size() == cursor.frequencies()[i]);
        Require(std::is_sorted(found.begin(), found.end()));
      }
    }
  }
  Require(postings == segment.postings());
}

}  // namespace
}  // namespace footnote::retrieval

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace footnote::retrieval;  // NOLINT(build/namespaces)
  if (size == 0) return 0;
  std::vector<uint8_t> bytes(data + 1, data + size);
  if (data[0] % 2 == 0) {
    bytes = SoundSegment();
    for (size_t i = 1; i + 3 <= size; i += 3) {
      bytes[(data[i] | data[i + 1] << 8) % bytes.size()] = data[i + 2];
    }
  }
  if (const auto segment = LexicalSegment::Open(std::move(bytes)); segment.ok()) Walk(**segment);
  return 0;
}
