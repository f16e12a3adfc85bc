#include "retrieval/index/lexical_builder.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <numeric>
#include <utility>

#include "retrieval/index/lexical_term.h"

namespace footnote::retrieval {
namespace {

using lexical::kBlock;

template <typename T>
void Append(T value, std::vector<uint8_t>* out) {
  const size_t at = out->size();
  out->resize(at + sizeof(value));
  std::memcpy(out->data() + at, &value, sizeof(value));
}

void AppendVarint(uint32_t value, std::vector<uint8_t>* out) {
  for (; value >= 0x80; value >>= 7) out->push_back(static_cast<uint8_t>(value | 0x80));
  out->push_back(static_cast<uint8_t>(value));
}

double Average(const std::vector<uint32_t>& lengths) {
  const double sum = std::accumulate(lengths.begin(), lengths.end(), 0.0);
  return std::max(1.0, sum / std::max<double>(1, static_cast<double>(lengths.size())));
}

}  // namespace

LexicalSegmentBuilder::LexicalSegmentBuilder(uint32_t first_row, std::vector<uint32_t> lengths)
    : first_row_(first_row),
      lengths_(std::move(lengths)),
      block_bounds_(Average(lengths_)),
      list_bounds_(Average(lengths_)) {}

void LexicalSegmentBuilder::AddBounds(const ScoreBounds& bounds) {
  const size_t at = data_.size();
  data_.resize(at + lexical::kBoundsBytes);
  bounds.Write(data_.data() + at);
}

void LexicalSegmentBuilder::AddVarints(absl::Span<const LexicalPosting> postings,
                                       int64_t previous_row) {
  for (const LexicalPosting& p : postings) {
    const int64_t row = int64_t{p.row} - first_row_;
    AppendVarint(static_cast<uint32_t>(row - previous_row - 1), &blocks_);
    previous_row = row;
  }
  for (const LexicalPosting& p : postings) AppendVarint(p.frequency - 1, &blocks_);
}

// Adds the block to blocks_, and its record to data_.
void LexicalSegmentBuilder::AddBlock(absl::Span<const LexicalPosting> postings,
                                     int64_t previous_row) {
  const auto offset = static_cast<uint32_t>(blocks_.size() / lexical::kOffsetUnit);
  int row_bits = 0, frequency_bits = 0;
  for (const LexicalPosting& p : postings) {
    const uint32_t length = lengths_[p.row - first_row_];
    block_bounds_.Add(p.frequency, length);
    list_bounds_.Add(p.frequency, length);
  }
  if (postings.size() == kBlock) {
    std::array<uint32_t, kBlock> differences, frequencies;
    int64_t previous = previous_row;
    for (size_t i = 0; i < kBlock; ++i) {
      const int64_t row = int64_t{postings[i].row} - first_row_;
      differences[i] = static_cast<uint32_t>(row - previous - 1);
      frequencies[i] = postings[i].frequency - 1;
      previous = row;
    }
    row_bits = kernels::BitsOf(differences.data());
    frequency_bits = kernels::BitsOf(frequencies.data());
    const size_t at = blocks_.size(), row_bytes = kernels::PackedBytes(row_bits);
    blocks_.resize(at + row_bytes + kernels::PackedBytes(frequency_bits));
    kernels::PackBlock(differences.data(), row_bits, blocks_.data() + at);
    kernels::PackBlock(frequencies.data(), frequency_bits, blocks_.data() + at + row_bytes);
  } else {
    AddVarints(postings, previous_row);
  }
  Append(postings.back().row - first_row_, &data_);
  Append(offset, &data_);
  data_.push_back(static_cast<uint8_t>(row_bits));
  data_.push_back(static_cast<uint8_t>(frequency_bits));
  Append(uint16_t{0}, &data_);
  AddBounds(block_bounds_.Take());
}

void LexicalSegmentBuilder::AddPositions(absl::Span<const LexicalPosting> postings,
                                         absl::Span<const uint32_t> positions) {
  const bool table = postings.size() >= kBlock;
  const size_t table_at = positions_.size();
  if (table) positions_.resize(table_at + sizeof(uint64_t) * ((postings.size() - 1) / kBlock + 1));
  const size_t first = positions_.size();
  size_t next = 0;  // of positions
  for (size_t i = 0; i < postings.size(); ++i) {
    if (table && i % kBlock == 0) {
      const uint64_t offset = positions_.size() - first;
      std::memcpy(positions_.data() + table_at + sizeof(offset) * (i / kBlock), &offset,
                  sizeof(offset));
    }
    uint32_t previous = 0;
    for (uint32_t n = postings[i].frequency; n > 0; --n, ++next) {
      AppendVarint(positions[next] - previous, &positions_);
      previous = positions[next];
    }
  }
}

void LexicalSegmentBuilder::Add(absl::string_view term, absl::Span<const LexicalPosting> postings,
                                absl::Span<const uint32_t> positions, int64_t removed) {
  prefixes_.push_back(TermPrefixNumber(term));
  Append(uint64_t{texts_.size()}, &entries_);
  Append(uint64_t{data_.size()}, &entries_);
  Append(removed, &entries_);
  Append(static_cast<uint32_t>(postings.size()), &entries_);
  Append(uint32_t{0}, &entries_);
  Append(uint64_t{positions_.size()}, &entries_);
  texts_.append(term.data(), term.size());
  postings_ += postings.size();
  blocks_.clear();
  if (postings.size() < kBlock) {
    AddVarints(postings, -1);
  } else {
    const size_t bounds_at = data_.size();
    AddBounds(ScoreBounds());  // filled in below
    int64_t previous = -1;
    for (size_t begin = 0; begin < postings.size(); begin += kBlock) {
      const auto block = postings.subspan(begin, kBlock);
      AddBlock(block, previous);
      previous = int64_t{block.back().row} - first_row_;
    }
    list_bounds_.Take().Write(data_.data() + bounds_at);
  }
  data_.insert(data_.end(), blocks_.begin(), blocks_.end());
  AddPositions(postings, positions);
}

std::shared_ptr<const LexicalSegment> LexicalSegmentBuilder::Finish() && {
  const std::pair<const void*, size_t> sections[lexical::kEnd] = {
      {lengths_.data(), lengths_.size() * sizeof(uint32_t)},
      {prefixes_.data(), prefixes_.size() * sizeof(uint64_t)},
      {entries_.data(), entries_.size()},
      {texts_.data(), texts_.size()},
      {data_.data(), data_.size()},
      {positions_.data(), positions_.size()}};
  std::vector<uint8_t> header;
  Append(lexical::kMagic, &header);
  Append(lexical::kVersion, &header);
  Append(first_row_, &header);
  Append(static_cast<uint32_t>(lengths_.size()), &header);
  Append(uint64_t{prefixes_.size()}, &header);
  Append(postings_, &header);
  uint64_t offset = lexical::kHeaderBytes;
  for (const auto& [from, size] : sections) {
    Append(offset, &header);
    offset += size;
  }
  Append(offset, &header);
  std::vector<uint8_t> bytes;
  bytes.reserve(offset);
  bytes.insert(bytes.end(), header.begin(), header.end());
  for (const auto& [from, size] : sections) {
    const auto* p = static_cast<const uint8_t*>(from);
    bytes.insert(bytes.end(), p, p + size);
  }
  return std::shared_ptr<const LexicalSegment>(new LexicalSegment(std::move(bytes)));
}

}  // namespace footnote::retrieval
