#include "retrieval/files/row_layout.h"

namespace footnote::retrieval {

std::vector<CoveredDocument> CoveredDocuments(const CollectionState& state, size_t first,
                                              size_t end) {
  std::vector<CoveredDocument> out;
  if (first >= end) return out;
  for (size_t slot = state.slot_of_row(first);
       slot < state.slots() && state.document(slot).first_row < end; ++slot) {
    const DocumentEntry& d = state.document(slot);
    if (d.chunks > 0) out.push_back({d.number, d.chunks, 0, d.vectors_hash});
  }
  return out;
}

bool IsSound(absl::Span<const CoveredDocument> documents, uint64_t rows) {
  uint64_t sum = 0, previous = 0;
  for (const CoveredDocument& d : documents) {
    if (d.number <= previous || d.chunks == 0 || d.zero != 0 || d.chunks > rows - sum) return false;
    previous = d.number;
    sum += d.chunks;
  }
  return sum == rows;
}

void RowLayout::AddRemovedBefore(uint64_t number, CollectionState* state) {
  for (; next_ < documents_.size() && documents_[next_].number < number; ++next_) {
    const CoveredDocument& gone = documents_[next_];
    state->AddRemoved(gone.number, gone.chunks, gone.vectors_hash);
    proven_rows_ += gone.chunks;
  }
}

void RowLayout::Compare(const DocumentEntry& added) {
  if (next_ == documents_.size() || added.chunks == 0) return;
  const CoveredDocument& covered = documents_[next_];
  if (covered.number == added.number && covered.chunks == added.chunks &&
      covered.vectors_hash == added.vectors_hash) {
    proven_rows_ += added.chunks;
    ++next_;
  } else {
    documents_.resize(next_);  // from here on the rows are others
  }
}

}  // namespace footnote::retrieval
