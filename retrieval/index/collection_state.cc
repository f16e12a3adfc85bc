#include "retrieval/index/collection_state.h"

#include <algorithm>
#include <utility>

namespace footnote::retrieval {
namespace {

// Below this, dead rows cost less than moving the living.
constexpr size_t kMinDeadRowsToCompact = 4096;

}  // namespace

CollectionState::CollectionState(std::string name, CollectionRecord record)
    : name_(std::move(name)), record_(std::move(record)), vectors_(static_cast<int>(record_.dim)) {}

uint32_t CollectionState::InternAccessSet(std::vector<std::string> acl) {
  std::sort(acl.begin(), acl.end());
  acl.erase(std::unique(acl.begin(), acl.end()), acl.end());
  const auto [it, is_new] =
      access_set_of_.try_emplace(acl, static_cast<uint32_t>(access_sets_.size()));
  if (is_new) {
    access_sets_.push_back(
        {std::make_shared<const std::vector<std::string>>(std::move(acl)), 0, 0});
  }
  return it->second;
}

void CollectionState::Add(uint64_t number, absl::string_view id, std::vector<std::string> acl,
                          absl::Span<const uint32_t> chunk_terms, const float* vectors) {
  DocumentEntry entry;
  entry.number = number;
  entry.first_row = static_cast<uint32_t>(rows());
  entry.chunks = static_cast<uint32_t>(chunk_terms.size());
  entry.access_set = InternAccessSet(std::move(acl));
  entry.id = std::string(id);
  AccessSet& set = access_sets_[entry.access_set];
  set.chunks += chunk_terms.size();
  for (const uint32_t terms : chunk_terms) {
    set.terms += terms;
    row_terms_.push_back(terms);
    row_slots_.push_back(static_cast<uint32_t>(documents_.size()));
  }
  alive_.Append(chunk_terms.size(), true);
  vectors_.add(static_cast<faiss::Index::idx_t>(chunk_terms.size()), vectors);
  documents_.push_back(std::move(entry));
}

std::optional<size_t> CollectionState::SlotOf(uint64_t number) const {
  size_t low = 0, high = slots();
  while (low < high) {
    const size_t middle = (low + high) / 2;
    if (documents_[middle].number < number) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  if (low == slots() || documents_[low].number != number) return std::nullopt;
  return low;
}

bool CollectionState::Remove(uint64_t number) {
  const std::optional<size_t> slot = SlotOf(number);
  if (!slot.has_value()) return false;
  const DocumentEntry& entry = documents_[*slot];
  AccessSet& set = access_sets_[entry.access_set];
  set.chunks -= entry.chunks;
  for (uint32_t i = 0; i < entry.chunks; ++i) set.terms -= row_terms_[entry.first_row + i];
  alive_.SetRange(entry.first_row, entry.chunks, false);
  return true;
}

bool CollectionState::WantsCompaction() const {
  const size_t dead = rows() - alive_.Count();
  return dead > kMinDeadRowsToCompact && dead > rows() / 2;
}

std::shared_ptr<CollectionState> CollectionState::Compacted() const {
  auto out = std::make_shared<CollectionState>(name_, record_);
  std::vector<uint32_t> terms;
  std::vector<float> vectors;
  for (size_t slot = 0; slot < slots(); ++slot) {
    const DocumentEntry& entry = documents_[slot];
    if (entry.chunks == 0 || !alive_.Test(entry.first_row)) continue;
    terms.clear();
    vectors.clear();
    for (size_t row = entry.first_row; row < size_t{entry.first_row} + entry.chunks; ++row) {
      terms.push_back(row_terms_[row]);
      const float* v = vectors_.row(static_cast<faiss::Index::idx_t>(row));
      vectors.insert(vectors.end(), v, v + record_.dim);
    }
    out->Add(entry.number, entry.id, *access_sets_[entry.access_set].principals, terms,
             vectors.data());
  }
  return out;
}

size_t CollectionState::MemoryBytes() const {
  return documents_.MemoryBytes() + row_slots_.MemoryBytes() + row_terms_.MemoryBytes() +
         alive_.MemoryBytes() + vectors_.MemoryBytes();
}

}  // namespace footnote::retrieval
