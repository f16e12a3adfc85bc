#include "retrieval/index/lexical_segment.h"

#include <algorithm>
#include <array>
#include <utility>

#include "absl/strings/str_cat.h"
#include "kernels/base/status_macros.h"
#include "retrieval/index/lexical_bounds.h"
#include "retrieval/index/lexical_term.h"

namespace footnote::retrieval {
namespace {

using lexical::kBlock;
using lexical::Load;
using lexical::NextVarint;

// As NextVarint where nothing is known. Whether there was one.
bool CheckedVarint(const uint8_t** p, const uint8_t* end, uint32_t* v) {
  uint64_t sum = 0;
  for (int shift = 0; shift < 35 && *p < end; shift += 7) {
    const uint64_t byte = *(*p)++;
    sum |= (byte & 0x7F) << shift;
    if (byte < 0x80) {
      *v = static_cast<uint32_t>(sum);
      return sum <= UINT32_MAX;
    }
  }
  return false;
}

// Passes over a passage's positions. Whether they are there and none is too great.
bool CheckPassage(const uint8_t** p, const uint8_t* end, uint32_t frequency) {
  uint64_t position = 0;
  for (uint32_t step; frequency > 0; --frequency) {
    if (!CheckedVarint(p, end, &step)) return false;
    position += step;
    if (position > UINT32_MAX) return false;
  }
  return true;
}

template <typename... Args>
absl::Status Damaged(const Args&... what) {
  return absl::DataLossError(absl::StrCat("a lexical segment is damaged: ", what...));
}

}  // namespace

LexicalSegment::LexicalSegment(std::vector<uint8_t> bytes) : bytes_(std::move(bytes)) {
  for (int s = 0; s <= lexical::kEnd; ++s) {
    sections_[s] = bytes_.data() + Offset(static_cast<lexical::Section>(s));
  }
}

absl::StatusOr<std::shared_ptr<const LexicalSegment>> LexicalSegment::Open(
    std::vector<uint8_t> bytes) {
  if (bytes.size() < lexical::kHeaderBytes || Load<uint32_t>(bytes.data()) != lexical::kMagic) {
    return Damaged("it has no header");
  }
  if (Load<uint32_t>(bytes.data() + 4) != lexical::kVersion) {
    return Damaged("it is of version ", Load<uint32_t>(bytes.data() + 4));
  }
  // Before an address is made of it.
  uint64_t previous = lexical::kHeaderBytes;
  for (int s = 0; s <= lexical::kEnd; ++s) {
    const auto offset = Load<uint64_t>(bytes.data() + lexical::kSectionsAt + 8 * s);
    if (offset < previous || offset > bytes.size()) return Damaged("its sections overlap");
    previous = offset;
  }
  if (previous != bytes.size()) return Damaged("it is cut off");
  std::shared_ptr<const LexicalSegment> segment(new LexicalSegment(std::move(bytes)));
  FN_RETURN_IF_ERROR(segment->CheckSections());
  FN_RETURN_IF_ERROR(segment->CheckTerms());
  uint64_t postings = 0;
  for (size_t term = 0; term < segment->terms(); ++term) {
    FN_RETURN_IF_ERROR(segment->CheckPostings(term));
    postings += segment->chunks(term);
  }
  if (postings != segment->postings()) return Damaged("its counts contradict each other");
  return segment;
}

absl::Status LexicalSegment::CheckSections() const {
  const auto bytes = [this](lexical::Section s) {
    return Offset(static_cast<lexical::Section>(s + 1)) - Offset(s);
  };
  if (Offset(lexical::kLengths) != lexical::kHeaderBytes ||
      bytes(lexical::kLengths) != 4 * uint64_t{rows()} || end_row() > UINT32_MAX) {
    return Damaged("its rows");
  }
  if (terms() > bytes_.size() || bytes(lexical::kPrefixes) != 8 * terms() ||
      bytes(lexical::kEntries) != lexical::kEntryBytes * terms()) {
    return Damaged("its terms");
  }
  return absl::OkStatus();
}

absl::Status LexicalSegment::CheckTerms() const {
  constexpr std::pair<lexical::Section, size_t> kParts[] = {
      {lexical::kTexts, kTextAt}, {lexical::kData, kDataAt}, {lexical::kPositions, kPositionsAt}};
  uint64_t bytes = 0;
  for (const auto& [section, field] : kParts) {
    const uint64_t size = Offset(static_cast<lexical::Section>(section + 1)) - Offset(section);
    uint64_t previous = 0;
    for (size_t i = 0; i < terms(); ++i) {
      const auto begin = Load<uint64_t>(Entry(i) + field);
      if (begin < previous || begin > size || (i == 0 && begin != 0)) {
        return Damaged("the entry of term ", i);
      }
      previous = begin;
    }
    bytes += size;
  }
  for (size_t i = 0; i < terms(); ++i) {
    if ((i > 0 && term(i - 1) >= term(i)) || Prefix(i) != TermPrefixNumber(term(i)) ||
        chunks(i) > rows()) {
      return Damaged("term ", i);
    }
  }
  if (terms() == 0 && bytes > 0) return Damaged("bytes of no term");
  return absl::OkStatus();
}

absl::Status LexicalSegment::CheckPostings(size_t number) const {
  const absl::string_view data = Part(lexical::kData, kDataAt, number);
  const absl::string_view positions = Part(lexical::kPositions, kPositionsAt, number);
  const uint32_t size = chunks(number);
  const uint64_t blocks = (size + kBlock - 1) / kBlock;
  const auto bad = [number] { return Damaged("the postings of term ", number); };
  const bool table = size >= kBlock;
  if (table && data.size() < lexical::kBoundsBytes + lexical::kRecordBytes * blocks) return bad();
  const auto* position = reinterpret_cast<const uint8_t*>(positions.data());
  const auto* const positions_end = position + positions.size();
  if (table && positions.size() < sizeof(uint64_t) * blocks) return bad();
  if (table) position += sizeof(uint64_t) * blocks;
  const auto* const first_position = position;
  const PostingList list(*this, number);
  const ScoreBounds all = table ? ScoreBounds::Read(list.list_bounds()) : ScoreBounds();
  const uint8_t* at =
      list.begin_ + (table ? lexical::kBoundsBytes + lexical::kRecordBytes * blocks : 0);
  const uint8_t* const first = at;
  int64_t previous = -1;
  std::array<uint32_t, kBlock> rows, frequencies;
  for (uint32_t b = 0; b < blocks; ++b) {
    const uint32_t n = list.BlockSize(b);
    if (table && static_cast<size_t>(at - first) !=
                     lexical::kOffsetUnit * uint64_t{Load<uint32_t>(list.Record(b) + 4)}) {
      return bad();
    }
    if (n == kBlock) {
      const int row_bits = list.Record(b)[8], frequency_bits = list.Record(b)[9];
      if (row_bits > 32 || frequency_bits > 32) return bad();
      const size_t bytes = kernels::PackedBytes(row_bits) + kernels::PackedBytes(frequency_bits);
      if (bytes > static_cast<size_t>(list.end_ - at)) return bad();
      at += bytes;
    } else {
      uint32_t ignored;
      for (uint32_t i = 0; i < 2 * n; ++i) {
        if (!CheckedVarint(&at, list.end_, &ignored)) return bad();
      }
    }
    list.DecodeRows(b, rows.data());
    list.DecodeFrequencies(b, frequencies.data());
    const ScoreBounds bounds = table ? ScoreBounds::Read(list.bounds(b)) : ScoreBounds();
    for (uint32_t i = 0; i < n; ++i) {
      if (rows[i] <= previous || rows[i] >= this->rows() || frequencies[i] == 0) return bad();
      previous = rows[i];
      const uint32_t terms_there = length(rows[i]);
      if (table && !(bounds.Covers(frequencies[i], terms_there) &&
                     all.Covers(frequencies[i], terms_there))) {
        return Damaged("the bounds of term ", number);
      }
    }
    if (table && list.last(b) != rows[n - 1]) return bad();
    if (table && position - first_position !=
                     static_cast<int64_t>(Load<uint64_t>(first_position - 8 * (blocks - b)))) {
      return bad();
    }
    for (uint32_t i = 0; i < n; ++i) {
      if (!CheckPassage(&position, positions_end, frequencies[i])) return bad();
    }
  }
  return at == list.end_ && position == positions_end ? absl::OkStatus() : bad();
}

absl::string_view LexicalSegment::Part(lexical::Section section, size_t field, size_t term) const {
  const auto begin = Load<uint64_t>(Entry(term) + field);
  const uint64_t end =
      term + 1 < terms()
          ? Load<uint64_t>(Entry(term + 1) + field)
          : static_cast<uint64_t>(At(static_cast<lexical::Section>(section + 1)) - At(section));
  return {reinterpret_cast<const char*>(At(section) + begin), end - begin};
}

absl::string_view LexicalSegment::term(size_t i) const { return Part(lexical::kTexts, kTextAt, i); }

const uint8_t* LexicalSegment::positions(size_t term, uint32_t block) const {
  const auto* begin =
      reinterpret_cast<const uint8_t*>(Part(lexical::kPositions, kPositionsAt, term).data());
  const uint32_t size = chunks(term);
  if (size < kBlock) return begin;
  const uint64_t blocks = (uint64_t{size} + kBlock - 1) / kBlock;
  return begin + sizeof(uint64_t) * blocks + Load<uint64_t>(begin + sizeof(uint64_t) * block);
}

size_t LexicalSegment::LowerBound(absl::string_view text) const {
  const uint64_t prefix = TermPrefixNumber(text);
  size_t first = 0, count = terms();
  while (count > 0) {
    const size_t half = count / 2, middle = first + half;
    const uint64_t p = Prefix(middle);
    if (p < prefix || (p == prefix && term(middle) < text)) {
      first = middle + 1;
      count -= half + 1;
    } else {
      count = half;
    }
  }
  return first;
}

std::optional<size_t> LexicalSegment::Find(absl::string_view text) const {
  const size_t first = LowerBound(text);
  if (first == terms() || Prefix(first) != TermPrefixNumber(text) || term(first) != text) {
    return std::nullopt;
  }
  return first;
}

PostingList::PostingList(const LexicalSegment& segment, size_t term)
    : size_(segment.chunks(term)),
      blocks_(static_cast<uint32_t>((uint64_t{size_} + kBlock - 1) / kBlock)) {
  const absl::string_view data = segment.Part(lexical::kData, LexicalSegment::kDataAt, term);
  begin_ = reinterpret_cast<const uint8_t*>(data.data());
  end_ = begin_ + data.size();
}

const uint8_t* PostingList::Block(uint32_t block) const {
  return has_table() ? Record(blocks_) + lexical::kOffsetUnit * Load<uint32_t>(Record(block) + 4)
                     : begin_;
}

void PostingList::DecodeRows(uint32_t block, uint32_t* rows) const {
  const uint32_t base = block == 0 ? UINT32_MAX : last(block - 1);  // UINT32_MAX: -1
  const uint8_t* p = Block(block);
  if (IsPacked(block)) return kernels::UnpackAscending(p, Record(block)[8], base, rows);
  uint32_t row = base;
  for (uint32_t i = 0, n = BlockSize(block); i < n; ++i) {
    row += NextVarint(&p) + 1;
    rows[i] = row;
  }
}

void PostingList::DecodeFrequencies(uint32_t block, uint32_t* frequencies) const {
  const uint8_t* p = Block(block);
  if (IsPacked(block)) {
    const uint8_t* record = Record(block);
    return kernels::UnpackBlock(p + kernels::PackedBytes(record[8]), record[9], 1, frequencies);
  }
  const uint32_t n = BlockSize(block);
  for (uint32_t i = 0; i < n; ++i) NextVarint(&p);  // the rows
  for (uint32_t i = 0; i < n; ++i) frequencies[i] = NextVarint(&p) + 1;
}

}  // namespace footnote::retrieval
