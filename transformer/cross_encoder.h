#ifndef FOOTNOTE_TRANSFORMER_CROSS_ENCODER_H_
#define FOOTNOTE_TRANSFORMER_CROSS_ENCODER_H_

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "transformer/text_encoder.h"

namespace footnote::transformer {

struct CrossEncoderOptions {
  Precision precision = Precision::kInt8;
  // CPU threads, the caller's among them; below 1: one per available CPU.
  int threads = 0;
  // Whether scores go through a sigmoid, so that they lie between 0 and 1;
  // absent: as the model's files say, which is yes where they say nothing.
  std::optional<bool> sigmoid = std::nullopt;
};

// Reads a query and a passage together and says how well the passage answers
// the query: slower than comparing embeddings, and better. Thread-safe.
class CrossEncoder {
 public:
  virtual ~CrossEncoder() = default;

  // One score per passage, in order; more is better. A pair of more than
  // max_tokens() loses tokens at the end of its longer text first, then of both,
  // as sentence-transformers does. `cancelled` is polled between batches; when it
  // returns true the call ends with Cancelled. Errors: Cancelled, Internal (its
  // numbers overflow).
  virtual absl::StatusOr<std::vector<float>> Score(
      absl::string_view query, absl::Span<const absl::string_view> passages,
      const std::function<bool()>& cancelled) const = 0;

  // The longest pair in tokens, special tokens included.
  virtual int max_tokens() const = 0;
  // As Embedder's.
  virtual const std::string& fingerprint() const = 0;
};

// A sequence classifier with one label of a family that is in
// transformer/encoder/families, read from a folder in the Hugging Face layout.
//
// Errors: as LoadTextEncoder; InvalidArgument for a model that is no sequence
// classifier, Unimplemented for one of several labels.
absl::StatusOr<std::unique_ptr<const CrossEncoder>> LoadCrossEncoder(
    const std::string& model_dir, const CrossEncoderOptions& options);

}  // namespace footnote::transformer

#endif  // FOOTNOTE_TRANSFORMER_CROSS_ENCODER_H_
