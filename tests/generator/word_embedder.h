#ifndef FOOTNOTE_TESTS_GENERATOR_WORD_EMBEDDER_H_
#define FOOTNOTE_TESTS_GENERATOR_WORD_EMBEDDER_H_

#include <atomic>
#include <cmath>
#include <functional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "kernels/base/hash.h"
#include "transformer/embedder.h"
#include "transformer/text/analyzer.h"

namespace footnote::generator {

// An embedder for tests, without a model: a text's vector counts its words by
// hash, so that texts with the same words are alike. Counts its calls.
class WordEmbedder : public transformer::Embedder {
 public:
  using Embedder::Embed;
  absl::StatusOr<transformer::Embeddings> Embed(
      absl::Span<const absl::string_view> texts,
      const std::function<bool()>& cancelled) const override {
    ++calls;
    transformer::Embeddings result;
    result.rows = static_cast<int>(texts.size());
    result.dim = dim();
    result.values.assign(static_cast<size_t>(result.rows) * dim(), 0.0f);
    for (size_t r = 0; r < texts.size(); ++r) {
      if (cancelled()) return absl::CancelledError("cancelled");
      float* row = result.values.data() + r * dim();
      for (const transformer::Term& term : transformer::AnalyzeWords(texts[r])) {
        row[kernels::Hash64(term.text) % dim()] += 1;
      }
      float sum = 0;
      for (int i = 0; i < dim(); ++i) sum += row[i] * row[i];
      if (sum == 0) {
        row[0] = 1;
        continue;
      }
      for (int i = 0; i < dim(); ++i) row[i] /= std::sqrt(sum);
    }
    texts_embedded += static_cast<int>(texts.size());
    return result;
  }
  int CountTokens(absl::string_view text) const override {
    return static_cast<int>(transformer::AnalyzeWords(text).size());
  }
  int dim() const override { return 512; }
  int max_tokens() const override { return 256; }
  const std::string& fingerprint() const override { return fingerprint_; }

  mutable std::atomic<int> calls = 0;
  mutable std::atomic<int> texts_embedded = 0;

 private:
  std::string fingerprint_ = "words";
};

}  // namespace footnote::generator

#endif  // FOOTNOTE_TESTS_GENERATOR_WORD_EMBEDDER_H_
