#ifndef FOOTNOTE_TRANSFORMER_EMBEDDER_H_
#define FOOTNOTE_TRANSFORMER_EMBEDDER_H_

#include <functional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace footnote::transformer {

// Row-major [rows, dim] f32; each row has unit L2 norm.
struct Embeddings {
  int rows = 0;
  int dim = 0;
  std::vector<float> values;

  absl::Span<const float> row(int r) const {
    return absl::MakeConstSpan(values).subspan(static_cast<size_t>(r) * dim, dim);
  }
};

// Maps texts to vectors whose dot product is their similarity. Thread-safe.
class Embedder {
 public:
  virtual ~Embedder() = default;

  // One row per text, in order: passages, or texts to compare with each other. A
  // text longer than max_tokens() is cut there, as sentence-transformers does. An
  // empty text has an embedding too.
  // `cancelled` is polled between batches; when it returns true the call ends
  // with Cancelled. Errors: Cancelled, Internal (its numbers overflow).
  virtual absl::StatusOr<Embeddings> Embed(absl::Span<const absl::string_view> texts,
                                           const std::function<bool()>& cancelled) const = 0;
  absl::StatusOr<Embeddings> Embed(absl::Span<const absl::string_view> texts) const {
    return Embed(texts, [] { return false; });
  }

  // The same for questions that look for passages. Most models embed both alike;
  // e5, bge and others were trained with different words before each.
  virtual absl::StatusOr<Embeddings> EmbedQueries(absl::Span<const absl::string_view> texts,
                                                  const std::function<bool()>& cancelled) const {
    return Embed(texts, cancelled);
  }

  // Tokens of `text`, without the special tokens and without truncation.
  virtual int CountTokens(absl::string_view text) const = 0;

  virtual int dim() const = 0;
  // The longest input in tokens, special tokens included.
  virtual int max_tokens() const = 0;
  // Name, content hashes of weights and tokenizer, precision, and what else tells
  // vectors apart. Those of different fingerprints must not be compared.
  virtual const std::string& fingerprint() const = 0;
};

}  // namespace footnote::transformer

#endif  // FOOTNOTE_TRANSFORMER_EMBEDDER_H_
