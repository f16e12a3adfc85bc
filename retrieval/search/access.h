#ifndef FOOTNOTE_RETRIEVAL_SEARCH_ACCESS_H_
#define FOOTNOTE_RETRIEVAL_SEARCH_ACCESS_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/types/span.h"
#include "retrieval/index/bitmap.h"
#include "retrieval/index/collection_state.h"

// Access control, all of it. Everything that decides who sees what is here.
namespace footnote::retrieval {

// Who asks. nullopt: the system itself, which sees everything.
using Principals = std::optional<std::vector<std::string>>;

// Whether a document with this ACL exists for `principals`: the ACL is empty
// (everybody), or names one of them.
bool MaySee(absl::Span<const std::string> acl, const Principals& principals);

// The rows of a collection that exist for one caller: alive and allowed. Compiled
// before anything is scored; the statistics of BM25 are those of these rows, so
// that what is hidden changes no score either. Must not outlive the state.
class Visibility {
 public:
  Visibility(const CollectionState& state, const std::vector<std::string>& principals);

  bool Test(size_t row) const { return rows_->Test(row); }
  const Bitmap& rows() const { return *rows_; }
  uint64_t chunks() const { return chunks_; }
  uint64_t terms() const { return terms_; }

 private:
  std::optional<Bitmap> own_;  // unless everything alive is allowed
  const Bitmap* rows_;
  uint64_t chunks_ = 0;
  uint64_t terms_ = 0;
};

}  // namespace footnote::retrieval

#endif  // FOOTNOTE_RETRIEVAL_SEARCH_ACCESS_H_
