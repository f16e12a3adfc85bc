#ifndef FOOTNOTE_RETRIEVAL_INDEX_VIEW_H_
#define FOOTNOTE_RETRIEVAL_INDEX_VIEW_H_

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "retrieval/index/collection_state.h"
#include "retrieval/store/store.h"

namespace footnote::retrieval {

class IndexFiles;

// Store and indexes as of one write: both halves of a search see the same
// documents. Immutable; readers share it; must not outlive the store.
struct View {
  explicit View(const Store* store) : store(store) {}
  StoreView store;
  uint64_t sequence = 0;
  uint64_t next_document = 0;
  uint32_t next_collection = 1;
  std::map<std::string, std::shared_ptr<const CollectionState>, std::less<>> collections;

  // Null if there is no such collection.
  std::shared_ptr<const CollectionState> Find(absl::string_view name) const;
};

// Builds the indexes from what is stored now, whose words are of this version of the
// analyser (see store/reindex.h), and from the segments in `files` as far as they are of
// it. Errors: DataLoss (rows are missing or contradict each other).
absl::StatusOr<std::shared_ptr<const View>> LoadView(const Store& store, IndexFiles* files);

}  // namespace footnote::retrieval

#endif  // FOOTNOTE_RETRIEVAL_INDEX_VIEW_H_
