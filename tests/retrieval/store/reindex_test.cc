#include "retrieval/store/reindex.h"

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "retrieval/codec/keys.h"
#include "retrieval/codec/records.h"
#include "tests/retrieval/testing.h"
#include "transformer/text/analyzer.h"

namespace footnote::retrieval {
namespace {

using testing::HasSubstr;

class ReindexTest : public testing::Test {
 protected:
  std::unique_ptr<Store> Open() {
    StoreOptions options;
    options.dir = folder_.path();
    auto store = Store::Open(options);
    EXPECT_TRUE(store.ok()) << store.status();
    return store.ok() ? *std::move(store) : nullptr;
  }

  void CopyKept(int format) {
    std::filesystem::remove_all(folder_.path());
    std::filesystem::copy(absl::StrCat(FOOTNOTE_TESTDATA, "/format_compat/v", format),
                          folder_.path(), std::filesystem::copy_options::recursive);
  }

  // Two collections, one of them as an older program left it: postings without
  // positions, and one of a term that this analyser doesn't give.
  void WriteOldStore() {
    {
      const auto engine = OpenEngine(folder_.path(), embedder_);
      std::vector<DocumentWrite> writes;
      for (int i = 0; i < 9; ++i) {
        writes.push_back(MakeWrite(embedder_, absl::StrCat("doc", i),
                                   {absl::StrCat("alpha beta number", i), "beta gamma"}));
      }
      writes.push_back(MakeWrite(embedder_, "other", {"delta"}, {}, "new"));
      ASSERT_TRUE(engine->Apply(writes).ok());
    }
    const auto store = Open();
    const StoreView view(store.get());
    rocksdb::WriteBatch batch;
    CollectionRecord record = *DecodeCollection(**view.Get(Table::kMeta, CollectionKey("default")));
    record.analyzer_version = 1;
    record.terms = 12345;
    store->Put(Table::kMeta, CollectionKey("default"), Encode(record), &batch);
    store->Put(Table::kMeta, FormatKey(), EncodeCounter(3), &batch);
    store->Put(Table::kPostings, PostingKey(1, "zeta", 3), EncodePosting({{{0, 1}}, {}}), &batch);
    auto scan = view.NewScan(Table::kPostings, CollectionPrefix(1), false);
    for (; scan->Valid(); scan->Next()) {
      PostingRecord posting;
      ASSERT_TRUE(DecodePosting(scan->value(), &posting).ok());
      posting.positions.clear();
      store->Put(Table::kPostings, scan->key(), EncodePosting(posting), &batch);
    }
    ChunkRecord chunk = *DecodeChunk(**view.Get(Table::kChunks, ChunkKey(1, 2, 1)));
    chunk.terms = 77;
    store->Put(Table::kChunks, ChunkKey(1, 2, 1), Encode(chunk), &batch);
    ASSERT_TRUE(store->Write(&batch).ok());
  }

  uint32_t VersionOf(const std::string& collection) {
    const auto store = Open();
    const StoreView view(store.get());
    return DecodeCollection(**view.Get(Table::kMeta, CollectionKey(collection)))->analyzer_version;
  }

  TempFolder folder_;
  WordEmbedder embedder_;
};

TEST_F(ReindexTest, WordsOfAnOlderAnalyserAreIndexedAnew) {
  WriteOldStore();
  ASSERT_EQ(VersionOf("default"), 1u);
  EngineOptions options;
  options.data_dir = folder_.path();
  std::vector<std::string> progress;
  options.reindexing = [&](const std::string& collection, uint64_t done, uint64_t total) {
    progress.push_back(absl::StrCat(collection, " ", done, "/", total));
  };
  {
    const auto engine = Engine::Open(options, &embedder_);
    ASSERT_TRUE(engine.ok()) << engine.status();
    ExpectSound(**engine);
    SearchRequest request;
    request.mode = SearchMode::kLexical;
    request.query = "number7";
    EXPECT_EQ((*engine)->Search(request)->hits.size(), 1u);
    request.query = "zeta";
    EXPECT_EQ((*engine)->Search(request)->hits.size(), 0u);
  }
  EXPECT_EQ(progress.size(), 10u);
  EXPECT_EQ(progress.front(), "default 0/9");
  EXPECT_EQ(progress.back(), "default 9/9");
  EXPECT_EQ(VersionOf("default"), static_cast<uint32_t>(transformer::kAnalyzerVersion));
  progress.clear();
  ASSERT_TRUE(Engine::Open(options, &embedder_).ok());
  EXPECT_THAT(progress, testing::IsEmpty()) << "it was done once";
}

// As folders of every format are read by any command.
TEST_F(ReindexTest, OldFoldersAreSearchableWithoutAModel) {
  for (int format = 1; format <= 3; ++format) {
    CopyKept(format);
    EngineOptions options;
    options.data_dir = folder_.path();
    const auto engine = Engine::Open(options, nullptr);
    ASSERT_TRUE(engine.ok()) << format << ": " << engine.status();
    SearchRequest request;
    request.mode = SearchMode::kLexical;
    request.query = "pg_dump";
    const auto result = (*engine)->Search(request);
    ASSERT_TRUE(result.ok()) << result.status();
    EXPECT_EQ(result->hits.size(), 1u) << format;
    ExpectSound(**engine);
  }
}

// Cut off after any number of documents, each of them in a batch of its own.
TEST_F(ReindexTest, WhatWasCutOffIsDoneAgain) {
  struct Cut {};
  for (uint64_t last = 0; last <= 9; ++last) {
    std::filesystem::remove_all(folder_.path());
    WriteOldStore();
    {
      const auto store = Open();
      const auto cut = [last](const std::string&, uint64_t done, uint64_t) {
        if (done == last) throw Cut();
      };
      EXPECT_THROW((void)ReindexOldCollections(store.get(), cut, /*batch_bytes=*/1), Cut);
      const StoreView view(store.get());
      EXPECT_EQ(*DecodeCounter(**view.Get(Table::kMeta, FormatKey())), kFormatVersion)
          << "no older program may read it now";
    }
    EXPECT_EQ(VersionOf("default"), 1u) << last;
    const auto engine = OpenEngine(folder_.path(), embedder_);
    ASSERT_NE(engine, nullptr);
    ExpectSound(*engine);
  }
}

TEST_F(ReindexTest, ALostTextIsDataLossAndTheOldVersionStays) {
  WriteOldStore();
  {
    const auto store = Open();
    rocksdb::WriteBatch batch;
    store->Delete(Table::kDocuments, TextKey(1, 4, 0), &batch);
    ASSERT_TRUE(store->Write(&batch).ok());
  }
  EngineOptions options;
  options.data_dir = folder_.path();
  const absl::Status status = Engine::Open(options, &embedder_).status();
  EXPECT_TRUE(absl::IsDataLoss(status)) << status;
  EXPECT_THAT(std::string(status.message()), HasSubstr("restore a snapshot"));
  EXPECT_EQ(VersionOf("default"), 1u);
}

TEST_F(ReindexTest, ANewerAnalyserIsRefused) {
  WriteOldStore();
  {
    const auto store = Open();
    const StoreView view(store.get());
    CollectionRecord record = *DecodeCollection(**view.Get(Table::kMeta, CollectionKey("default")));
    record.analyzer_version = transformer::kAnalyzerVersion + 1;
    rocksdb::WriteBatch batch;
    store->Put(Table::kMeta, CollectionKey("default"), Encode(record), &batch);
    ASSERT_TRUE(store->Write(&batch).ok());
  }
  EngineOptions options;
  options.data_dir = folder_.path();
  const absl::Status status = Engine::Open(options, &embedder_).status();
  EXPECT_TRUE(absl::IsFailedPrecondition(status)) << status;
  EXPECT_THAT(std::string(status.message()), HasSubstr("newer program"));
}

}  // namespace
}  // namespace footnote::retrieval
