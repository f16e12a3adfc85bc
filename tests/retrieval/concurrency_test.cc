// Searches, reads, statistics, snapshots and compactions while documents come and go; mostly
// for ThreadSanitizer.
#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "gtest/gtest.h"
#include "retrieval/engine.h"
#include "tests/retrieval/testing.h"

namespace footnote::retrieval {
namespace {

TEST(ConcurrencyTest, ReadersSeeWholeWrites) {
  TempFolder folder;
  const WordEmbedder embedder;
  const auto engine = OpenEngine(folder.path(), embedder);
  // Every version of a document says its version in each of its passages, and
  // both documents of a batch are of one version.
  const auto version_of = [&](int v) {
    std::vector<DocumentWrite> writes;
    for (const char* id : {"left", "right"}) {
      writes.push_back(MakeWrite(embedder, id,
                                 std::vector<std::string>(1 + v % 5, absl::StrCat("common v", v))));
    }
    return writes;
  };
  ASSERT_TRUE(engine->Apply(version_of(0)).ok());
  std::atomic<bool> done{false};
  std::vector<std::thread> readers;
  for (int t = 0; t < 3; ++t) {
    readers.emplace_back([&, t] {
      SearchRequest request;
      request.query = "common";
      request.k = 50;
      request.mode = static_cast<SearchMode>(t);
      while (!done.load()) {
        const auto result = engine->Search(request);
        ASSERT_TRUE(result.ok()) << result.status();
        ASSERT_FALSE(result->hits.empty());
        ASSERT_EQ(result->hits.size() % 2, 0u);
        for (const Hit& hit : result->hits) ASSERT_EQ(hit.text, result->hits[0].text);
        ASSERT_TRUE(engine->GetDocument("default", "left", std::nullopt).ok());
        ASSERT_TRUE(engine->Stats().ok());
      }
    });
  }
  readers.emplace_back([&] {
    for (int i = 0; i < 3; ++i) {
      ASSERT_TRUE(engine->Snapshot(folder.path(absl::StrCat("snapshot", i))).ok());
      ExpectSound(*engine);
      ASSERT_TRUE(engine->Compact().ok());
    }
  });
  for (int v = 1; v < 60; ++v) {
    const auto token = engine->Apply(version_of(v));
    ASSERT_TRUE(token.ok()) << token.status();
    SearchRequest request;
    request.query = absl::StrCat("v", v);
    request.mode = SearchMode::kLexical;
    request.min_sequence = *token;
    const auto result = engine->Search(request);
    ASSERT_TRUE(result.ok()) << result.status();
    EXPECT_EQ(result->hits.size(), std::min<size_t>(10, 2 * (1 + v % 5))) << "its own write";
  }
  done = true;
  for (std::thread& t : readers) t.join();
  ExpectSound(*engine);
}

}  // namespace
}  // namespace footnote::retrieval
