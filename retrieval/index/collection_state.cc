#include "retrieval/index/collection_state.h"

#include <algorithm>
#include <atomic>
#include <utility>

#include "absl/strings/str_cat.h"
#include "kernels/base/hash.h"
#include "retrieval/index/vector_segment.h"

namespace footnote::retrieval {
namespace {

// Below this, dead rows cost less than moving the living.
constexpr size_t kMinDeadRowsToCompact = 4096;

void Normalize(std::vector<std::string>* principals) {
  std::sort(principals->begin(), principals->end());
  principals->erase(std::unique(principals->begin(), principals->end()), principals->end());
}

uint64_t NextLineage() {
  static std::atomic<uint64_t> last{0};
  return ++last;
}

uint64_t HashOf(const AccessList& access, const transformer::Language& language) {
  std::string key(language.code);
  for (const auto* list : {&access.allow, &access.deny}) {
    absl::StrAppend(&key, list->size(), ".");
    for (const std::string& p : *list) absl::StrAppend(&key, p.size(), ":", p);
  }
  return kernels::Hash64(key);
}

}  // namespace

AccessList Normalized(AccessList access) {
  Normalize(&access.allow);
  Normalize(&access.deny);
  return access;
}

CollectionState::CollectionState(std::string name, CollectionRecord record)
    : name_(std::move(name)),
      record_(std::move(record)),
      access_set_of_(std::make_shared<absl::flat_hash_map<uint64_t, uint32_t>>()),
      vectors_(static_cast<int>(record_.dim)),
      lineage_(NextLineage()) {}

// Documents share few different lists, and a write copies a pointer of each.
uint32_t CollectionState::InternAccessSet(AccessList access,
                                          const transformer::Language& language) {
  access = Normalized(std::move(access));
  const auto next = static_cast<uint32_t>(access_sets_.size());
  for (uint64_t place = HashOf(access, language);; ++place) {
    const auto [it, is_new] = access_set_of_->try_emplace(place, next);
    if (!is_new && it->second < next) {
      const AccessSet& set = access_sets_[it->second];
      if (set.language == &language && *set.access == access) return it->second;
      continue;
    }
    it->second = next;
    access_sets_.push_back(
        {std::make_shared<const AccessList>(std::move(access)), &language, 0, 0});
    return next;
  }
}

void CollectionState::Add(DocumentFacts facts, absl::Span<const uint32_t> chunk_terms,
                          const float* vectors) {
  DocumentEntry entry;
  entry.number = facts.number;
  entry.first_row = static_cast<uint32_t>(rows());
  entry.chunks = static_cast<uint32_t>(chunk_terms.size());
  entry.access_set = InternAccessSet(std::move(facts.access), LanguageOf(facts.metadata));
  entry.id = std::move(facts.id);
  const size_t values = chunk_terms.size() * record_.dim;
  entry.vectors_hash =
      kernels::Hash64({reinterpret_cast<const char*>(vectors), values * sizeof(float)});
  AccessSet& set = access_sets_[entry.access_set];
  set.chunks += chunk_terms.size();
  for (const uint32_t terms : chunk_terms) {
    set.terms += terms;
    row_terms_.push_back(terms);
    row_slots_.push_back(static_cast<uint32_t>(documents_.size()));
  }
  alive_.Append(chunk_terms.size(), true);
  alive_slots_.Append(1, true);
  fields_.Add(facts.title, facts.source, facts.metadata);
  vectors_.add(static_cast<faiss::Index::idx_t>(chunk_terms.size()), vectors);
  documents_.push_back(std::move(entry));
}

void CollectionState::AddRemoved(uint64_t number, uint32_t chunks, uint64_t vectors_hash) {
  DocumentEntry entry;
  entry.number = number;
  entry.first_row = static_cast<uint32_t>(rows());
  entry.chunks = chunks;
  entry.access_set = InternAccessSet({}, transformer::English());
  entry.vectors_hash = vectors_hash;
  const std::vector<float> zeros(record_.dim);
  for (uint32_t i = 0; i < chunks; ++i) {
    row_terms_.push_back(0);
    row_slots_.push_back(static_cast<uint32_t>(documents_.size()));
    vectors_.add(1, zeros.data());
  }
  alive_.Append(chunks, false);
  alive_slots_.Append(1, false);
  fields_.Add("", "", {});
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
  alive_slots_.SetRange(*slot, 1, false);
  return true;
}

void CollectionState::AddWords(LexicalBatch words) {
  const LexicalIndex::Segments& segments = words_.segments();
  const uint64_t first = segments.empty() ? 0 : segments.back()->end_row();
  if (words.empty() && first == rows()) return;
  std::vector<uint32_t> lengths;
  for (size_t row = first; row < rows(); ++row) lengths.push_back(row_terms_[row]);
  words_.Append(std::move(words).Build(static_cast<uint32_t>(first), std::move(lengths)), alive_);
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
    if (!is_alive(slot)) continue;
    terms.clear();
    vectors.clear();
    for (size_t row = entry.first_row; row < size_t{entry.first_row} + entry.chunks; ++row) {
      terms.push_back(row_terms_[row]);
      const float* v = vectors_.row(static_cast<faiss::Index::idx_t>(row));
      vectors.insert(vectors.end(), v, v + record_.dim);
    }
    out->Add({entry.number, entry.id, access(slot), fields_.Title(slot), fields_.Source(slot),
              fields_.Metadata(slot)},
             terms, vectors.data());
  }
  out->SetWords(words_.Compacted(alive_));
  return out;
}

void CollectionState::SetSegment(std::shared_ptr<const VectorSegment> segment) {
  const auto begin = std::find_if(segments_.begin(), segments_.end(),
                                  [&](const auto& old) { return old->first >= segment->first; });
  const auto end = std::find_if(begin, segments_.end(),
                                [&](const auto& old) { return old->first >= segment->end(); });
  segments_.insert(segments_.erase(begin, end), std::move(segment));
}

size_t CollectionState::MemoryBytes() const {
  size_t segments = 0;
  for (const auto& segment : segments_) segments += segment->MemoryBytes();
  return segments + documents_.MemoryBytes() + row_slots_.MemoryBytes() + row_terms_.MemoryBytes() +
         alive_.MemoryBytes() + alive_slots_.MemoryBytes() + fields_.MemoryBytes() +
         vectors_.MemoryBytes() + words_.MemoryBytes();
}

}  // namespace footnote::retrieval
