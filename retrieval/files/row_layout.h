#ifndef FOOTNOTE_RETRIEVAL_FILES_ROW_LAYOUT_H_
#define FOOTNOTE_RETRIEVAL_FILES_ROW_LAYOUT_H_

#include <cstddef>
#include <cstdint>
#include <vector>

#include "absl/types/span.h"
#include "retrieval/index/collection_state.h"

namespace footnote::retrieval {

// A document whose passages are rows of a segment, as its file lists it. A number is
// never used again and a document never changes, so that the hash proves that the
// segment is of the same vectors even where a store was replaced by another one.
struct CoveredDocument {
  uint64_t number = 0;
  uint32_t chunks = 0;  // at least 1: one without isn't listed
  uint32_t zero = 0;
  uint64_t vectors_hash = 0;
  friend bool operator==(const CoveredDocument&, const CoveredDocument&) = default;
};
static_assert(sizeof(CoveredDocument) == 24);

// Those of the rows [first, end) of a state, dead or alive. Precondition: both are where
// documents begin or the last one ends.
std::vector<CoveredDocument> CoveredDocuments(const CollectionState& state, size_t first,
                                              size_t end);

// Whether such a list can be: numbers that ascend, and `rows` chunks in all.
bool IsSound(absl::Span<const CoveredDocument> documents, uint64_t rows);

// Lays out the rows of a collection that is being loaded as the segments in its files
// have them: documents that are gone keep theirs, not alive.
class RowLayout {
 public:
  // Of the segments that follow upon each other from row 0; numbers ascend.
  explicit RowLayout(std::vector<CoveredDocument> documents) : documents_(std::move(documents)) {}

  // To be called before the document of `number` is added: adds the rows of the covered
  // ones before it, which the store no longer has.
  void AddRemovedBefore(uint64_t number, CollectionState* state);
  // To be called after it: compares it with what is covered.
  void Compare(const DocumentEntry& added);

  // The rows from the first one on that are laid out as they are covered.
  size_t proven_rows() const { return proven_rows_; }

 private:
  std::vector<CoveredDocument> documents_;
  size_t next_ = 0;
  size_t proven_rows_ = 0;
};

}  // namespace footnote::retrieval

#endif  // FOOTNOTE_RETRIEVAL_FILES_ROW_LAYOUT_H_
