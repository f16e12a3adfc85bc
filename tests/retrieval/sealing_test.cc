// Segments that appear while documents come, go and are searched.
#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "gtest/gtest.h"
#include "retrieval/engine.h"
#include "tests/retrieval/segments.h"
#include "tests/retrieval/testing.h"

namespace footnote::retrieval {
namespace {

TEST(SealingTest, ResultsStayTheSameAndDeletesAreSeen) {
  TempFolder folder;
  const WordEmbedder embedder;
  const auto plain = Open(folder.path("plain"), embedder, 1 << 20, 1 << 20);
  const auto sealing = Open(folder.path("sealing"), embedder, 50, 1 << 20);
  for (int batch = 0; batch < 10; ++batch) {
    const auto writes = Documents(embedder, batch * 30, 30);
    ASSERT_TRUE(plain->Apply(writes).ok());
    ASSERT_TRUE(sealing->Apply(writes).ok());
    EXPECT_EQ(Found(*plain, "word7 common"), Found(*sealing, "word7 common"));
  }
  WaitForRows(*sealing, "flat", 551);
  EXPECT_EQ(RowsOf(*plain, "growing"), 600u);
  for (int i = 0; i < 300; i += 7) {
    const std::string query = absl::StrCat("common word", i);
    EXPECT_EQ(Found(*plain, query), Found(*sealing, query));
    const std::string id = absl::StrCat("d", i);
    for (Engine* engine : {plain.get(), sealing.get()}) {
      ASSERT_EQ(engine->Delete("default", {&id, 1}, std::nullopt)->documents, 1u);
    }
    EXPECT_EQ(Found(*plain, query), Found(*sealing, query));
  }
  ExpectSound(*sealing);
}

TEST(SealingTest, AnOpenedStoreSealsAgain) {
  TempFolder folder;
  const WordEmbedder embedder;
  std::vector<std::string> found;
  {
    const auto engine = Open(folder.path(), embedder, 1 << 20, 1 << 20);
    ASSERT_TRUE(engine->Apply(Documents(embedder, 0, 200)).ok());
    found = Found(*engine, "word3 word4");
  }
  const auto engine = Open(folder.path(), embedder, 100, 300);
  WaitForRows(*engine, "hnsw", 400);
  EXPECT_EQ(Found(*engine, "word3 word4"), found);
  EXPECT_GT(engine->Stats()->collections[0].segments[0].memory_bytes, 400u * 16);
}

TEST(SealingTest, ClosingEndsWhatIsBeingBuilt) {
  TempFolder folder;
  const WordEmbedder embedder;
  for (int round = 0; round < 5; ++round) {
    const auto engine = Open(folder.path(), embedder, 10, 20);
    ASSERT_TRUE(engine->Apply(Documents(embedder, round * 100, 100)).ok());
  }
  const auto engine = Open(folder.path(), embedder, 10, 20);
  EXPECT_EQ(engine->Stats()->collections[0].chunks, 1000u);
  ExpectSound(*engine);
}

TEST(SealingTest, ReadersAndWritersGoOnMeanwhile) {
  TempFolder folder;
  const WordEmbedder embedder;
  const auto engine = Open(folder.path(), embedder, 20, 200);
  ASSERT_TRUE(engine->Apply(Documents(embedder, 0, 20)).ok());
  std::atomic<bool> done{false};
  std::vector<std::thread> readers;
  for (int t = 0; t < 2; ++t) {
    readers.emplace_back([&] {
      while (!done.load()) ASSERT_EQ(Found(*engine, "common word1").size(), 20u);
    });
  }
  for (int i = 20; i < 400; i += 20) {
    ASSERT_TRUE(engine->Apply(Documents(embedder, i, 20)).ok());
    const std::string id = absl::StrCat("d", i + 3);
    ASSERT_EQ(engine->Delete("default", {&id, 1}, std::nullopt)->documents, 1u);
    for (const std::string& hit : Found(*engine, absl::StrCat("word", i + 3))) {
      EXPECT_EQ(hit.find(id + " "), std::string::npos) << "deleted, and found";
    }
  }
  done = true;
  for (std::thread& reader : readers) reader.join();
  ExpectSound(*engine);
}

}  // namespace
}  // namespace footnote::retrieval
