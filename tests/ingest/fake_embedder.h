#ifndef FOOTNOTE_TESTS_INGEST_FAKE_EMBEDDER_H_
#define FOOTNOTE_TESTS_INGEST_FAKE_EMBEDDER_H_

#include <cmath>
#include <functional>
#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/string_view.h"
#include "kernels/base/hash.h"
#include "transformer/embedder.h"

namespace footnote::ingest {

// Counts tokens as WordPiece with a tiny vocabulary would: a word has one per
// begun four bytes, a mark is one by itself. Vectors are hashes of the text.
class FakeEmbedder : public transformer::Embedder {
 public:
  using Embedder::Embed;

  explicit FakeEmbedder(int max_tokens = 256) : max_tokens_(max_tokens) {}

  absl::StatusOr<transformer::Embeddings> Embed(
      absl::Span<const absl::string_view> texts,
      const std::function<bool()>& cancelled) const override {
    transformer::Embeddings out;
    out.rows = static_cast<int>(texts.size());
    out.dim = dim();
    for (absl::string_view text : texts) {
      if (cancelled()) return absl::CancelledError("cancelled");
      if (on_embed) on_embed(text);
      float values[4];
      float norm = 0;
      for (int i = 0; i < 4; ++i) {
        values[i] = 1 + ((kernels::Hash64(text) >> (16 * i)) & 0xFF);
        norm += values[i] * values[i];
      }
      for (float v : values) out.values.push_back(v / std::sqrt(norm));
    }
    return out;
  }

  int CountTokens(absl::string_view text) const override {
    int tokens = 0, word = 0;
    for (char c : text) {
      if (absl::ascii_isspace(c)) {
        word = 0;
      } else if (absl::ascii_ispunct(c)) {
        ++tokens;
        word = 0;
      } else {
        tokens += word++ % 4 == 0;
      }
    }
    return tokens;
  }

  int dim() const override { return 4; }
  int max_tokens() const override { return max_tokens_; }
  const std::string& fingerprint() const override { return fingerprint_; }

  std::function<void(absl::string_view)> on_embed;  // called for each text

 private:
  int max_tokens_;
  std::string fingerprint_ = "fake";
};

}  // namespace footnote::ingest

#endif  // FOOTNOTE_TESTS_INGEST_FAKE_EMBEDDER_H_
