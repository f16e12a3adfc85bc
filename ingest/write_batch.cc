#include "ingest/write_batch.h"

#include <algorithm>
#include <string>
#include <utility>

#include "absl/strings/string_view.h"
#include "kernels/base/status_macros.h"

namespace footnote::ingest {
namespace {

// About 50,000 tokens: enough for full matrices, and a second or two between
// two signs of life.
constexpr size_t kChunksAtOnce = 256;

struct Place {
  size_t document;
  size_t chunk;
};

}  // namespace

absl::StatusOr<std::vector<retrieval::DocumentWrite>> EmbedDocuments(
    std::vector<PreparedDocument> documents, const transformer::Embedder& embedder,
    const std::function<void(uint64_t chunks, uint64_t tokens)>& on_embedded,
    const std::function<bool()>& cancelled) {
  const size_t dim = static_cast<size_t>(embedder.dim());
  std::vector<retrieval::DocumentWrite> writes(documents.size());
  std::vector<Place> places;
  for (size_t d = 0; d < documents.size(); ++d) {
    writes[d].document = std::move(documents[d].document);
    writes[d].chunks = std::move(documents[d].chunks);
    writes[d].vectors.resize(writes[d].chunks.size() * dim);
    for (size_t c = 0; c < writes[d].chunks.size(); ++c) places.push_back({d, c});
  }
  for (size_t begin = 0; begin < places.size(); begin += kChunksAtOnce) {
    if (cancelled != nullptr && cancelled()) return absl::CancelledError("ingest was cancelled");
    const size_t end = std::min(places.size(), begin + kChunksAtOnce);
    std::vector<std::string> texts;
    uint64_t tokens = 0;
    for (size_t i = begin; i < end; ++i) {
      const retrieval::DocumentWrite& write = writes[places[i].document];
      const retrieval::Chunk& chunk = write.chunks[places[i].chunk];
      texts.push_back(retrieval::IndexedText(write.document, chunk));
      tokens += chunk.tokens;
    }
    const std::vector<absl::string_view> views(texts.begin(), texts.end());
    FN_ASSIGN_OR_RETURN(const transformer::Embeddings embeddings,
                        embedder.Embed(
                            views, cancelled != nullptr ? cancelled : [] { return false; }));
    if (embeddings.rows != static_cast<int>(views.size()) || embeddings.dim != embedder.dim()) {
      return absl::InternalError("the embedder returned vectors of another number or size");
    }
    for (size_t i = begin; i < end; ++i) {
      const absl::Span<const float> row = embeddings.row(static_cast<int>(i - begin));
      std::copy(row.begin(), row.end(),
                writes[places[i].document].vectors.begin() + places[i].chunk * dim);
    }
    if (on_embedded != nullptr) on_embedded(end - begin, tokens);
  }
  return writes;
}

}  // namespace footnote::ingest
