#ifndef FOOTNOTE_RETRIEVAL_STORE_REINDEX_H_
#define FOOTNOTE_RETRIEVAL_STORE_REINDEX_H_

#include <cstddef>

#include "absl/status/status.h"
#include "retrieval/engine.h"
#include "retrieval/store/store.h"

namespace footnote::retrieval {

// Writes the postings of each collection that an older version of the analyser made
// anew, from the stored texts, in batches of about `batch_bytes`. A collection's record
// takes the new version with the last batch: work that was cut off is done from its
// beginning by the next call, and until then nothing but this reads the postings. The
// store takes this format with the first batch, so that no older program reads them
// either.
//
// `progress` may be null. Errors: FailedPrecondition (a newer analyser made it), DataLoss
// (a text can't be read; its collection keeps the old version), those of a write.
absl::Status ReindexOldCollections(Store* store, const ReindexProgress& progress,
                                   size_t batch_bytes = size_t{8} << 20);

}  // namespace footnote::retrieval

#endif  // FOOTNOTE_RETRIEVAL_STORE_REINDEX_H_
