#ifndef FOOTNOTE_TESTS_RETRIEVAL_SEGMENTS_H_
#define FOOTNOTE_TESTS_RETRIEVAL_SEGMENTS_H_

#include <chrono>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "gtest/gtest.h"
#include "retrieval/engine.h"
#include "tests/retrieval/testing.h"

// Small stores with segments of few rows.
namespace footnote::retrieval {

inline std::unique_ptr<Engine> Open(const std::string& dir, const transformer::Embedder& embedder,
                                    size_t seal_rows, size_t graph_rows) {
  EngineOptions options;
  options.data_dir = dir;
  options.create_if_missing = true;
  options.sync_writes = false;
  options.vector_index.seal_rows = seal_rows;
  options.vector_index.graph_rows = graph_rows;
  auto engine = Engine::Open(options, &embedder);
  EXPECT_TRUE(engine.ok()) << engine.status();
  return *std::move(engine);
}

inline uint64_t RowsOf(const Engine& engine, const std::string& kind) {
  uint64_t rows = 0;
  const auto stats = engine.Stats();
  EXPECT_TRUE(stats.ok()) << stats.status();
  for (const CollectionStats& c : stats->collections) {
    for (const SegmentStats& s : c.segments) rows += s.kind == kind ? s.rows : 0;
  }
  return rows;
}

inline void WaitForRows(const Engine& engine, const std::string& kind, uint64_t rows) {
  while (RowsOf(engine, kind) < rows) std::this_thread::sleep_for(std::chrono::milliseconds(1));
}

inline std::vector<DocumentWrite> Documents(const WordEmbedder& embedder, int first, int count) {
  std::vector<DocumentWrite> out;
  for (int i = first; i < first + count; ++i) {
    out.push_back(MakeWrite(embedder, absl::StrCat("d", i),
                            {absl::StrCat("common word", i), absl::StrCat("word", i, " other")}));
  }
  return out;
}

inline std::vector<std::string> Found(const Engine& engine, const std::string& query) {
  SearchRequest request;
  request.query = query;
  request.mode = SearchMode::kDense;
  request.k = 20;
  const auto result = engine.Search(request);
  EXPECT_TRUE(result.ok()) << result.status();
  std::vector<std::string> out;
  for (const Hit& hit : result->hits) {
    out.push_back(absl::StrCat(hit.doc, " ", hit.chunk, " ", hit.dense.score));
  }
  return out;
}

}  // namespace footnote::retrieval

#endif  // FOOTNOTE_TESTS_RETRIEVAL_SEGMENTS_H_
