#ifndef FOOTNOTE_TESTS_RETRIEVAL_TESTING_H_
#define FOOTNOTE_TESTS_RETRIEVAL_TESTING_H_

#include <stdlib.h>

#include <cmath>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "kernels/base/hash.h"
#include "retrieval/engine.h"
#include "transformer/embedder.h"
#include "transformer/text/analyzer.h"

namespace footnote::retrieval {

// A folder of this test's own, removed at its end.
class TempFolder {
 public:
  TempFolder() {
    std::string name = absl::StrCat(testing::TempDir(), "/footnote-XXXXXX");
    path_ = mkdtemp(name.data());
  }
  ~TempFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  std::string path(const std::string& name = "data") const { return path_ + "/" + name; }

 private:
  std::string path_;
};

// Embeds a text as the normalised sum of its words' hash vectors: texts that
// share words are near, and the same text always has the same vector.
class WordEmbedder final : public transformer::Embedder {
 public:
  explicit WordEmbedder(int dim = 16, std::string fingerprint = "words")
      : dim_(dim), fingerprint_(std::move(fingerprint)) {}

  absl::StatusOr<transformer::Embeddings> Embed(
      absl::Span<const absl::string_view> texts,
      const std::function<bool()>& cancelled) const override {
    if (cancelled()) return absl::CancelledError("cancelled");
    transformer::Embeddings out;
    out.rows = static_cast<int>(texts.size());
    out.dim = dim_;
    for (const absl::string_view text : texts) {
      std::vector<float> v(dim_, 0.01f);
      for (const transformer::Term& term : transformer::AnalyzeWords(text)) {
        std::mt19937_64 random(kernels::Hash64(term.text));
        for (float& x : v) x += static_cast<float>(random() % 2001) / 1000 - 1;
      }
      double norm = 0;
      for (const float x : v) norm += double{x} * x;
      for (const float x : v) out.values.push_back(static_cast<float>(x / std::sqrt(norm)));
    }
    return out;
  }
  using Embedder::Embed;
  int CountTokens(absl::string_view text) const override {
    return static_cast<int>(transformer::AnalyzeWords(text).size());
  }
  int dim() const override { return dim_; }
  int max_tokens() const override { return 512; }
  const std::string& fingerprint() const override { return fingerprint_; }

 private:
  int dim_;
  std::string fingerprint_;
};

// A document of one paragraph a chunk.
inline DocumentWrite MakeWrite(const transformer::Embedder& embedder, const std::string& id,
                               const std::vector<std::string>& paragraphs,
                               std::vector<std::string> acl = {},
                               const std::string& collection = kDefaultCollection) {
  DocumentWrite out;
  Document& d = out.document;
  d.id = id;
  d.collection = collection;
  d.title = "Title of " + id;
  d.source = "/docs/" + id;
  d.access.allow = std::move(acl);
  d.content_hash = absl::StrCat("hash", paragraphs.size());
  for (const std::string& p : paragraphs) {
    const auto begin = static_cast<uint32_t>(d.text.size());
    d.text += p;
    const auto end = static_cast<uint32_t>(d.text.size());
    d.text += "\n\n";
    d.blocks.push_back({BlockKind::kParagraph, 0, begin, end, absl::StrCat("p", begin)});
    if (begin < end) out.chunks.push_back({begin, end, 5, d.title});
  }
  for (const Chunk& c : out.chunks) {
    const std::string text = IndexedText(d, c);
    const absl::string_view view = text;
    const auto e = embedder.Embed({&view, 1});
    out.vectors.insert(out.vectors.end(), e->values.begin(), e->values.end());
  }
  return out;
}

inline std::unique_ptr<Engine> OpenEngine(const std::string& dir,
                                          const transformer::Embedder& embedder) {
  EngineOptions options;
  options.data_dir = dir;
  options.create_if_missing = true;
  options.sync_writes = false;
  options.block_cache_bytes = 8 << 20;
  auto engine = Engine::Open(options, &embedder);
  EXPECT_TRUE(engine.ok()) << engine.status();
  return engine.ok() ? *std::move(engine) : nullptr;
}

inline void ExpectSound(const Engine& engine) {
  const auto report = engine.Verify(nullptr);
  ASSERT_TRUE(report.ok()) << report.status();
  for (const std::string& line : report->divergences) ADD_FAILURE() << line;
}

}  // namespace footnote::retrieval

#endif  // FOOTNOTE_TESTS_RETRIEVAL_TESTING_H_
