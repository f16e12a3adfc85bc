#include "retrieval/store/store.h"

#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "retrieval/codec/keys.h"
#include "retrieval/codec/records.h"
#include "retrieval/engine.h"
#include "retrieval/store/status.h"
#include "tests/retrieval/testing.h"
#include "transformer/text/analyzer.h"

namespace footnote::retrieval {
namespace {

using testing::HasSubstr;

class StoreTest : public testing::Test {
 protected:
  std::unique_ptr<Store> Open() {
    StoreOptions options;
    options.dir = folder_.path();
    options.create_if_missing = true;
    options.sync_writes = false;
    auto store = Store::Open(options);
    EXPECT_TRUE(store.ok()) << store.status();
    return store.ok() ? *std::move(store) : nullptr;
  }

  // Writes one row behind the engine's back.
  void Overwrite(Table table, const std::string& key, const std::string& value) {
    const auto store = Open();
    rocksdb::WriteBatch batch;
    store->Put(table, key, value, &batch);
    ASSERT_TRUE(store->Write(&batch).ok());
  }
  void Erase(Table table, const std::string& key) {
    const auto store = Open();
    rocksdb::WriteBatch batch;
    store->Delete(table, key, &batch);
    ASSERT_TRUE(store->Write(&batch).ok());
  }

  absl::Status OpenEngineStatus() {
    EngineOptions options;
    options.data_dir = folder_.path();
    return Engine::Open(options, &embedder_).status();
  }

  void WriteSomething() {
    const auto engine = OpenEngine(folder_.path(), embedder_);
    const std::vector<DocumentWrite> writes = {MakeWrite(embedder_, "a", {"alpha beta"}, {"ann"}),
                                               MakeWrite(embedder_, "b", {"beta gamma", "delta"})};
    ASSERT_TRUE(engine->Apply(writes).ok());
  }

  TempFolder folder_;
  WordEmbedder embedder_;
};

TEST_F(StoreTest, AScanHasItsPrefixOnly) {
  const auto store = Open();
  rocksdb::WriteBatch batch;
  const std::string top = "\xFF\xFF";
  for (const std::string& key :
       {std::string("a"), std::string("b"), std::string("b1"), std::string("c"), top, top + "x"}) {
    store->Put(Table::kJobs, key, "v" + key, &batch);
  }
  ASSERT_TRUE(store->Write(&batch).ok());
  const StoreView view(store.get());
  const auto keys = [&](const std::string& prefix) {
    std::vector<std::string> out;
    auto scan = view.NewScan(Table::kJobs, prefix, false);
    for (; scan->Valid(); scan->Next()) out.emplace_back(scan->key());
    EXPECT_TRUE(scan->Check().ok());
    return out;
  };
  EXPECT_THAT(keys("b"), testing::ElementsAre("b", "b1"));
  EXPECT_THAT(keys(top), testing::ElementsAre(top, top + "x"));
  EXPECT_EQ(keys("").size(), 6u);
  EXPECT_THAT(keys("bb"), testing::IsEmpty());
}

TEST_F(StoreTest, AViewKeepsItsMoment) {
  const auto store = Open();
  rocksdb::WriteBatch first, second;
  store->Put(Table::kJobs, "k", "old", &first);
  ASSERT_TRUE(store->Write(&first).ok());
  const StoreView view(store.get());
  store->Put(Table::kJobs, "k", "new", &second);
  ASSERT_TRUE(store->Write(&second).ok());
  EXPECT_EQ(**view.Get(Table::kJobs, "k"), "old");
  EXPECT_EQ(**StoreView(store.get()).Get(Table::kJobs, "k"), "new");
  EXPECT_FALSE(view.Get(Table::kJobs, "none")->has_value());
}

TEST_F(StoreTest, ANewerFormatIsRefused) {
  WriteSomething();
  Overwrite(Table::kMeta, FormatKey(), EncodeCounter(kFormatVersion + 1));
  const absl::Status status = OpenEngineStatus();
  EXPECT_TRUE(absl::IsFailedPrecondition(status)) << status;
  EXPECT_THAT(status.message(), HasSubstr("newer Footnote"));
  EXPECT_THAT(status.message(), HasSubstr(folder_.path()));
}

// A newer program may have more tables than this one knows.
TEST_F(StoreTest, ANewerFormatWithMoreTablesIsRefused) {
  WriteSomething();
  Overwrite(Table::kMeta, FormatKey(), EncodeCounter(kFormatVersion + 1));
  {
    std::vector<std::string> names;
    const std::string dir = folder_.path() + "/store";
    ASSERT_TRUE(rocksdb::DB::ListColumnFamilies({}, dir, &names).ok());
    std::vector<rocksdb::ColumnFamilyDescriptor> families;
    for (const std::string& name : names)
      families.emplace_back(name, rocksdb::ColumnFamilyOptions());
    std::vector<rocksdb::ColumnFamilyHandle*> handles;
    rocksdb::DB* db = nullptr;
    ASSERT_TRUE(rocksdb::DB::Open({}, dir, families, &handles, &db).ok());
    rocksdb::ColumnFamilyHandle* extra = nullptr;
    ASSERT_TRUE(db->CreateColumnFamily({}, "from_the_future", &extra).ok());
    for (auto* handle : handles) db->DestroyColumnFamilyHandle(handle);
    db->DestroyColumnFamilyHandle(extra);
    delete db;
  }
  EXPECT_TRUE(absl::IsFailedPrecondition(OpenEngineStatus()));
}

TEST_F(StoreTest, LostRowsAreFoundWhenOpening) {
  struct Case {
    const char* name;
    Table table;
    std::string key;
  };
  const std::vector<Case> cases = {{"format", Table::kMeta, FormatKey()},
                                   {"sequence", Table::kMeta, SequenceKey()},
                                   {"next document", Table::kMeta, NextDocumentKey()},
                                   {"ACL", Table::kAcl, AccessKey(1, 1)},
                                   {"chunk", Table::kChunks, ChunkKey(1, 2, 1)},
                                   {"vectors", Table::kVectors, VectorsKey(1, 2, 0)},
                                   {"document", Table::kDocuments, DocumentKey(1, 1)}};
  for (const Case& c : cases) {
    std::filesystem::remove_all(folder_.path());
    WriteSomething();
    ASSERT_TRUE(OpenEngineStatus().ok());
    Erase(c.table, c.key);
    EXPECT_TRUE(absl::IsDataLoss(OpenEngineStatus())) << c.name << ": " << OpenEngineStatus();
  }
}

TEST_F(StoreTest, VerifyFindsEveryDivergence) {
  struct Case {
    const char* name;
    Table table;
    std::string key;
    std::string value;  // empty: the row is erased
    const char* found;
  };
  const PostingRecord posting = {{{0, 9}}, {0, 1, 2, 3, 4, 5, 6, 7, 8}};
  const std::vector<Case> cases = {
      {"lost posting", Table::kPostings, PostingKey(1, "beta", 2), "", "no posting of \"beta\""},
      {"wrong posting", Table::kPostings, PostingKey(1, "beta", 2), EncodePosting(posting),
       "differs from the text"},
      {"moved posting", Table::kPostings, PostingKey(1, "beta", 2), EncodePosting({{{0, 1}}, {99}}),
       "differs from the text"},
      {"moved posting, in memory", Table::kPostings, PostingKey(1, "beta", 2),
       EncodePosting({{{0, 1}}, {99}}), "the index has \"beta\" in other places of chunk 0"},
      {"surplus posting", Table::kPostings, PostingKey(1, "zeta", 2), EncodePosting(posting),
       "words that its text doesn't have"},
      {"stray posting", Table::kPostings, PostingKey(1, "zeta", 99), EncodePosting(posting),
       "doesn't exist"},
      {"damaged posting", Table::kPostings, PostingKey(1, "beta", 2), "x", "damaged"},
      {"lost posting, in memory", Table::kPostings, PostingKey(1, "beta", 2), "",
       "the index has \"beta\" not 1 times in chunk 0"},
      {"surplus posting, in memory", Table::kPostings, PostingKey(1, "zeta", 2),
       EncodePosting(posting), "words of passages"},
      {"lost id", Table::kDocuments, IdKey(1, "a"), "", "counts 2 documents"},
      {"lost text", Table::kDocuments, TextKey(1, 1, 0), "", "lost the text"},
      {"changed text", Table::kDocuments, TextKey(1, 1, 0), EncodeText("alpha omega, and more"),
       "no posting of \"omeg\""},
      {"page beyond the text", Table::kDocuments, TextKey(1, 1, 7), EncodeText("x"),
       "beyond its text"},
      {"lost blocks", Table::kDocuments, BlocksKey(1, 1), "", "lost the blocks"},
      {"stray ACL", Table::kAcl, AccessKey(2, 1), EncodeAccess({}), "doesn't exist"},
      {"wrong counter", Table::kMeta, CollectionKey("default"),
       Encode(CollectionRecord{1, "words", 16, transformer::kAnalyzerVersion, 3, 3, 1, 1, {}, {}}),
       "counts 3 documents"},
  };
  for (const Case& c : cases) {
    std::filesystem::remove_all(folder_.path());
    WriteSomething();
    if (c.value.empty()) {
      Erase(c.table, c.key);
    } else {
      Overwrite(c.table, c.key, c.value);
    }
    const auto engine = OpenEngine(folder_.path(), embedder_);
    ASSERT_NE(engine, nullptr) << c.name;
    const auto report = engine->Verify(nullptr);
    ASSERT_TRUE(report.ok()) << c.name << ": " << report.status();
    EXPECT_THAT(report->divergences, testing::Contains(HasSubstr(c.found))) << c.name;
  }
}

// A search that would miss a passage fails; any other doesn't, nor does it show that
// something is hidden from its caller.
TEST_F(StoreTest, ADamagedPostingFailsTheSearchesThatNeedIt) {
  const PostingRecord beyond = {{{7, 1}}, {0}};  // of one chunk
  const PostingRecord nowhere = {{{0, 1}}, {}};
  for (const std::string& damage :
       {std::string("x"), EncodePosting(beyond), EncodePosting(nowhere)}) {
    std::filesystem::remove_all(folder_.path());
    WriteSomething();
    Overwrite(Table::kPostings, PostingKey(1, "beta", 1), damage);
    const auto engine = OpenEngine(folder_.path(), embedder_);
    ASSERT_NE(engine, nullptr);
    SearchRequest request;
    request.mode = SearchMode::kLexical;
    request.query = "beta";
    request.principals = {"ann"};
    EXPECT_TRUE(absl::IsDataLoss(engine->Search(request).status()))
        << engine->Search(request).status();
    request.principals = {"bob"};
    auto result = engine->Search(request);
    ASSERT_TRUE(result.ok()) << result.status();
    EXPECT_EQ(result->hits.size(), 1u);
    request.principals = {"ann"};
    request.query = "gamma";
    EXPECT_TRUE(engine->Search(request).ok());
    ASSERT_TRUE(engine->Delete("default", {std::string("a")}, std::nullopt).ok());
    request.query = "beta";
    result = engine->Search(request);
    ASSERT_TRUE(result.ok()) << "the damaged document is gone: " << result.status();
    EXPECT_EQ(result->hits.size(), 1u);
  }
}

TEST_F(StoreTest, ADamagedFileIsDataLossNotACrash) {
  WriteSomething();
  int files = 0;
  for (const auto& item : std::filesystem::directory_iterator(folder_.path() + "/store")) {
    if (item.path().extension() != ".sst") continue;
    ++files;
    std::ofstream(item.path(), std::ios::binary | std::ios::in).seekp(10) << "damage damage";
  }
  ASSERT_GT(files, 0);
  EXPECT_TRUE(absl::IsDataLoss(OpenEngineStatus())) << OpenEngineStatus();
}

// RocksDB would take the folder for a new one and remove what it holds.
TEST_F(StoreTest, ALostCurrentFileIsDataLossAndNothingIsRemoved) {
  WriteSomething();
  const std::string current = folder_.path() + "/store/CURRENT";
  std::filesystem::rename(current, folder_.path("aside"));
  for (const bool create : {true, false, true}) {
    StoreOptions options;
    options.dir = folder_.path();
    options.create_if_missing = create;
    const absl::Status status = Store::Open(options).status();
    EXPECT_TRUE(absl::IsDataLoss(status)) << status;
    EXPECT_THAT(std::string(status.message()), HasSubstr("CURRENT"));
  }
  std::filesystem::rename(folder_.path("aside"), current);
  EXPECT_TRUE(OpenEngineStatus().ok());
}

TEST_F(StoreTest, OpeningManyTimesLeavesNoPileOfLogs) {
  WriteSomething();
  for (int i = 0; i < 30; ++i) ASSERT_TRUE(OpenEngineStatus().ok());
  int logs = 0;
  for (const auto& item : std::filesystem::directory_iterator(folder_.path() + "/store")) {
    logs += item.path().extension() == ".log" ? 1 : 0;
  }
  EXPECT_LE(logs, 12);
}

// A folder that format 1 wrote, kept in the repository.
TEST_F(StoreTest, ReadsTheKeptFolderOfFormat1) {
  std::filesystem::copy(std::string(FOOTNOTE_TESTDATA) + "/format_compat/v1", folder_.path(),
                        std::filesystem::copy_options::recursive);
  const auto engine = OpenEngine(folder_.path(), embedder_);
  ASSERT_NE(engine, nullptr);
  ExpectSound(*engine);
  const auto document = engine->GetDocument("default", "guide.html", std::nullopt);
  ASSERT_TRUE(document.ok()) << document.status();
  EXPECT_EQ(document->text,
            "The server listens on port 5432.\n\nUse pg_dump for na\xC3\xAFve copies.\n\n");
  EXPECT_EQ(document->blocks.size(), 2u);
  EXPECT_EQ(document->metadata.at("language"), "en");
  EXPECT_FALSE(engine->GetDocument("default", "secret.html", std::vector<std::string>{"bob"}).ok());
  EXPECT_TRUE(engine->GetDocument("default", "secret.html", std::vector<std::string>{"ann"}).ok());
  SearchRequest request;
  request.query = "pg_dump";
  const auto result = engine->Search(request);
  ASSERT_TRUE(result.ok()) << result.status();
  ASSERT_FALSE(result->hits.empty());
  EXPECT_EQ(result->hits[0].text, "Use pg_dump for na\xC3\xAFve copies.");
  EXPECT_EQ(result->sequence, 2u);
}

// Since its words have to be indexed anew before it can be searched.
TEST_F(StoreTest, OpeningAStoreOfFormat1MakesItOneOfTheNewest) {
  std::filesystem::copy(std::string(FOOTNOTE_TESTDATA) + "/format_compat/v1", folder_.path(),
                        std::filesystem::copy_options::recursive);
  const auto version = [this] {
    StoreOptions options;
    options.dir = folder_.path();
    const auto store = Store::Open(options);
    const StoreView view(store->get());
    return *DecodeCounter(**view.Get(Table::kMeta, FormatKey()));
  };
  EXPECT_EQ(version(), 1u);
  ASSERT_NE(OpenEngine(folder_.path(), embedder_), nullptr);
  EXPECT_EQ(version(), kFormatVersion);
  {
    const auto engine = OpenEngine(folder_.path(), embedder_);
    DocumentWrite write = MakeWrite(embedder_, "new.html", {"For most."});
    write.document.access.deny = {"eve"};
    ASSERT_TRUE(engine->Apply({&write, 1}).ok());
    ExpectSound(*engine);
  }
  EXPECT_EQ(version(), kFormatVersion);
}

// A folder that format 2 wrote: with lists of those who are denied.
TEST_F(StoreTest, ReadsTheKeptFolderOfFormat2) {
  std::filesystem::copy(std::string(FOOTNOTE_TESTDATA) + "/format_compat/v2", folder_.path(),
                        std::filesystem::copy_options::recursive);
  const auto engine = OpenEngine(folder_.path(), embedder_);
  ASSERT_NE(engine, nullptr);
  ExpectSound(*engine);
  const auto sees = [&](const std::string& collection, const std::string& id,
                        const std::string& who) {
    return engine->GetDocument(collection, id, std::vector<std::string>{who}).ok();
  };
  EXPECT_TRUE(sees("default", "guide.html", "eve"));
  EXPECT_TRUE(sees("default", "secret.html", "ann"));
  EXPECT_FALSE(sees("default", "secret.html", "bob"));
  EXPECT_TRUE(sees("default", "most.html", "ann"));
  EXPECT_FALSE(sees("default", "most.html", "eve"));
  EXPECT_TRUE(sees("board", "minutes.html", "ann"));
  EXPECT_FALSE(sees("board", "minutes.html", "bob"));
  EXPECT_FALSE(sees("board", "minutes.html", "eve"));
}

// A folder that format 3 wrote: with a weight of the dense score.
TEST_F(StoreTest, ReadsTheKeptFolderOfFormat3) {
  std::filesystem::copy(std::string(FOOTNOTE_TESTDATA) + "/format_compat/v3", folder_.path(),
                        std::filesystem::copy_options::recursive);
  const auto engine = OpenEngine(folder_.path(), embedder_);
  ASSERT_NE(engine, nullptr);
  ExpectSound(*engine);
  const auto stats = engine->Stats();
  ASSERT_TRUE(stats.ok()) << stats.status();
  ASSERT_EQ(stats->collections.size(), 2u);
  EXPECT_EQ(stats->collections[0].dense_weight, 0.37);  // "board", closed
  EXPECT_EQ(stats->collections[0].access, (AccessList{{"ann", "eve"}, {"eve"}}));
  EXPECT_EQ(stats->collections[1].dense_weight, std::nullopt);
}

// A folder that format 4 wrote: with the positions of words.
TEST_F(StoreTest, ReadsTheKeptFolderOfFormat4) {
  std::filesystem::copy(std::string(FOOTNOTE_TESTDATA) + "/format_compat/v4", folder_.path(),
                        std::filesystem::copy_options::recursive);
  {
    const auto store = Open();
    const StoreView view(store.get());
    const auto value = view.Get(Table::kPostings, PostingKey(1, "pg_dump", 1));
    ASSERT_TRUE(value.ok() && value->has_value()) << value.status();
    PostingRecord posting;
    ASSERT_TRUE(DecodePosting(**value, &posting).ok());
    // "Title of guide.html", the heading's distance, and one word before it.
    EXPECT_EQ(posting, (PostingRecord{{{1, 1}}, {15}}));
  }
  const auto engine = OpenEngine(folder_.path(), embedder_);
  ASSERT_NE(engine, nullptr);
  ExpectSound(*engine);
}

// Writes the folder that the test above reads. To be run when a new format is
// made, never to change an old folder:
//   retrieval_store_test --gtest_also_run_disabled_tests --gtest_filter=*WriteKeptFolder
TEST_F(StoreTest, DISABLED_WriteKeptFolder) {
  {
    const auto engine = OpenEngine(folder_.path(), embedder_);
    std::vector<DocumentWrite> writes = {
        MakeWrite(embedder_, "guide.html",
                  {"The server listens on port 5432.", "Use pg_dump for na\xC3\xAFve copies."}),
        MakeWrite(embedder_, "old.html", {"Gone at the second write."})};
    writes[0].document.metadata["language"] = "en";
    ASSERT_TRUE(engine->Apply(writes).ok());
    writes = {MakeWrite(embedder_, "old.html", {"Rewritten."}),
              MakeWrite(embedder_, "secret.html", {"For ann alone."}, {"ann"}),
              MakeWrite(embedder_, "most.html", {"For all but eve."}),
              MakeWrite(embedder_, "minutes.html", {"What was said."}, {}, "board")};
    writes[2].document.access.deny = {"eve"};
    ASSERT_TRUE(engine->Apply(writes).ok());
    ASSERT_TRUE(engine->SetCollectionAccess("board", {{"ann", "eve"}, {"eve"}}).ok());
    ASSERT_TRUE(engine->SetDenseWeight("board", 0.37).ok());
    ASSERT_TRUE(engine->Snapshot(folder_.path("kept")).ok());
  }
  const std::string target = absl::StrCat(FOOTNOTE_TESTDATA, "/format_compat/v", kFormatVersion);
  ASSERT_FALSE(std::filesystem::exists(target));
  const absl::Status status = RestoreSnapshot(folder_.path("kept"), target);
  ASSERT_TRUE(status.ok()) << status;
}

TEST(StatusTest, SaysWhatToDo) {
  using rocksdb::Status;
  struct Case {
    Status status;
    absl::StatusCode code;
    const char* mend;
  };
  const std::vector<Case> cases = {
      {Status::OK(), absl::StatusCode::kOk, ""},
      {Status::NoSpace(), absl::StatusCode::kResourceExhausted, "Free space"},
      {Status::IOError("While appending: No space left on device"),
       absl::StatusCode::kResourceExhausted, "Free space"},
      {Status::IOError("While lock file: /x/LOCK: Resource temporarily unavailable"),
       absl::StatusCode::kFailedPrecondition, "in use"},
      {Status::IOError("While open: Permission denied"), absl::StatusCode::kPermissionDenied,
       "access"},
      {Status::Corruption("bad block"), absl::StatusCode::kDataLoss, "Restore a snapshot"},
      {Status::IOError("While fsync: Input/output error"), absl::StatusCode::kDataLoss,
       "Check the disk"},
  };
  for (const Case& c : cases) {
    const absl::Status status = FromRocks(c.status, "writing to", "/the/folder");
    EXPECT_EQ(status.code(), c.code) << status;
    EXPECT_THAT(status.message(), HasSubstr(c.mend));
    if (!status.ok()) {
      EXPECT_THAT(status.message(), HasSubstr("/the/folder"));
    }
  }
}

}  // namespace
}  // namespace footnote::retrieval
