#ifndef FOOTNOTE_RETRIEVAL_SEARCH_ACCESS_H_
#define FOOTNOTE_RETRIEVAL_SEARCH_ACCESS_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "retrieval/filter/filter.h"
#include "retrieval/index/bitmap.h"
#include "retrieval/index/collection_state.h"
#include "retrieval/index/view.h"
#include "retrieval/search/bm25.h"
#include "retrieval/search/word_constraints.h"

// Access control, all of it. Everything that decides who sees what is here.
namespace footnote::retrieval {

// Who asks. nullopt: the system itself, which sees everything.
using Principals = std::optional<std::vector<std::string>>;

// Whether what has this list exists for `principals`; see AccessList. Who names no
// principal may be anybody, so that a deny list alone hides from him too.
// Precondition: the list is Normalized().
bool MaySee(const AccessList& access, const Principals& principals);

// The collection as `principals` may know of it: null if there is none, and if
// they may not see it. Callers must not tell the two apart.
std::shared_ptr<const CollectionState> FindVisible(const View& view, absl::string_view name,
                                                   const Principals& principals);

// Whether the living document of this number exists for `principals`. False if
// the state has none, so that a document whose list isn't known stays hidden.
bool MaySeeDocument(const CollectionState& state, uint64_t number, const Principals& principals);

// What one caller's search is about, compiled before anything is scored: which
// chunks exist for him, and which of those the filter lets pass. Must not
// outlive the state.
//
// The statistics of BM25 are those of the chunks that exist for the caller, so
// that what is hidden changes no score. A filter changes none of them, nor does a
// constraint: a passage has the same score with and without it.
class Visibility {
 public:
  // `filter` may be null: every visible chunk passes.
  Visibility(const CollectionState& state, const Principals& principals,
             const Filter* filter = nullptr);

  // Of the chunks that exist for the caller.
  bool Test(size_t row) const { return visible_->Test(row); }
  const Bitmap& visible() const { return *visible_; }
  // Whether they are all that are alive.
  bool sees_all() const { return !own_visible_.has_value(); }
  uint64_t chunks() const { return chunks_; }
  uint64_t terms() const { return terms_; }
  // That they are in, by address; English where there are none.
  const QueryLanguages& languages() const { return languages_; }

  // Narrows what is selected to what has a query's required words and none of its
  // excluded ones. Errors: those of WordConstraints::Apply.
  absl::Status Restrict(const CollectionState& state, const WordConstraints& constraints,
                        const std::function<bool()>& cancelled);

  // Of those that the filter and the constraints let pass too: the only ones to be scored.
  const Bitmap& selected() const { return *selected_; }
  size_t selected_chunks() const { return selected_chunks_; }

 private:
  std::optional<Bitmap> own_visible_;   // unless everything alive is allowed
  std::optional<Bitmap> own_selected_;  // unless there is neither filter nor constraint
  const Bitmap* visible_;
  const Bitmap* selected_;
  uint64_t chunks_ = 0;
  uint64_t terms_ = 0;
  QueryLanguages languages_;
  size_t selected_chunks_ = 0;
};

// The numbers of living documents that `principals` may see and that pass
// `filter`, below `number_end`, ascending, `most` at most.
std::vector<uint64_t> SelectDocuments(const CollectionState& state, const Principals& principals,
                                      const Filter& filter, uint64_t number_end, size_t most);

}  // namespace footnote::retrieval

#endif  // FOOTNOTE_RETRIEVAL_SEARCH_ACCESS_H_
