#ifndef FOOTNOTE_RETRIEVAL_VERIFY_H_
#define FOOTNOTE_RETRIEVAL_VERIFY_H_

#include <cstdint>
#include <functional>

#include "absl/status/statusor.h"
#include "retrieval/engine.h"
#include "retrieval/index/view.h"

namespace footnote::retrieval {

// Reads every row of the view's store and compares: documents with their ids,
// pages, ACLs, chunks, vectors and postings (analysed afresh); rows that belong
// to no document; counters; and the index in memory with the store. `progress`
// may be null. A damaged row is a divergence, not an error; errors are those of
// reading at all.
absl::StatusOr<VerifyReport> VerifyStore(const View& view,
                                         const std::function<void(uint64_t, uint64_t)>& progress);

}  // namespace footnote::retrieval

#endif  // FOOTNOTE_RETRIEVAL_VERIFY_H_
