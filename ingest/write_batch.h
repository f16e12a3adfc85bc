#ifndef FOOTNOTE_INGEST_WRITE_BATCH_H_
#define FOOTNOTE_INGEST_WRITE_BATCH_H_

#include <cstdint>
#include <functional>
#include <vector>

#include "absl/status/status.h"
#include "ingest/prepare.h"
#include "retrieval/engine.h"
#include "transformer/embedder.h"

namespace footnote::ingest {

// Embeds the documents' chunks, many at a time whatever document they are of,
// so that short documents don't cost the embedder its rate. `on_embedded` gets
// chunks and tokens as they are done; may be null. Errors: the embedder's.
absl::StatusOr<std::vector<retrieval::DocumentWrite>> EmbedDocuments(
    std::vector<PreparedDocument> documents, const transformer::Embedder& embedder,
    const std::function<void(uint64_t chunks, uint64_t tokens)>& on_embedded,
    const std::function<bool()>& cancelled);

}  // namespace footnote::ingest

#endif  // FOOTNOTE_INGEST_WRITE_BATCH_H_
