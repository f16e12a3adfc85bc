#include "retrieval/engine.h"

#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <map>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/retrieval/testing.h"

namespace footnote::retrieval {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

std::vector<std::string> Docs(const SearchResult& result) {
  std::vector<std::string> out;
  for (const Hit& hit : result.hits) out.push_back(absl::StrCat(hit.doc, "#", hit.chunk));
  return out;
}

class EngineTest : public testing::Test {
 protected:
  EngineTest() : engine_(OpenEngine(folder_.path(), embedder_)) {}

  uint64_t Write(const std::string& id, const std::vector<std::string>& paragraphs,
                 std::vector<std::string> acl = {},
                 const std::string& collection = kDefaultCollection) {
    const DocumentWrite write = MakeWrite(embedder_, id, paragraphs, std::move(acl), collection);
    const auto token = engine_->Apply({&write, 1});
    EXPECT_TRUE(token.ok()) << token.status();
    return token.ok() ? *token : 0;
  }

  SearchResult Search(const std::string& query, SearchMode mode = SearchMode::kHybrid,
                      std::vector<std::string> principals = {}, int k = 10) {
    SearchRequest request;
    request.query = query;
    request.mode = mode;
    request.principals = std::move(principals);
    request.k = k;
    auto result = engine_->Search(request);
    EXPECT_TRUE(result.ok()) << result.status();
    return result.ok() ? *std::move(result) : SearchResult();
  }

  void Reopen() {
    engine_.reset();
    engine_ = OpenEngine(folder_.path(), embedder_);
  }

  TempFolder folder_;
  WordEmbedder embedder_;
  std::unique_ptr<Engine> engine_;
};

TEST_F(EngineTest, FindsWhatWasWrittenAndReopens) {
  const uint64_t token = Write("ports.html", {"The server listens on port 5432.", "Use pg_dump."});
  Write("other.html", {"Nothing about it."});
  for (int round = 0; round < 2; ++round) {
    for (const SearchMode mode : {SearchMode::kHybrid, SearchMode::kDense, SearchMode::kLexical}) {
      const SearchResult result = Search("Which port does the server listen on?", mode);
      ASSERT_FALSE(result.hits.empty());
      const Hit& hit = result.hits[0];
      EXPECT_EQ(hit.doc, "ports.html");
      EXPECT_EQ(hit.chunk, 0u);
      EXPECT_EQ(hit.text, "The server listens on port 5432.");
      EXPECT_EQ(hit.title, "Title of ports.html");
      EXPECT_EQ(hit.source, "/docs/ports.html");
      EXPECT_EQ(hit.heading_path, "Title of ports.html");
      EXPECT_EQ(hit.anchor, "p0");
      EXPECT_EQ(hit.begin, 0u);
      EXPECT_EQ(hit.end, hit.text.size());
      EXPECT_THAT(hit.highlights,
                  ElementsAre(testing::Pair(4, 10), testing::Pair(11, 18), testing::Pair(22, 26)));
      EXPECT_GE(result.sequence, token);
    }
    ExpectSound(*engine_);
    Reopen();
  }
  EXPECT_THAT(Docs(Search("pg_dump", SearchMode::kLexical)), ElementsAre("ports.html#1"));
  const auto document = engine_->GetDocument("default", "ports.html", std::nullopt);
  ASSERT_TRUE(document.ok()) << document.status();
  EXPECT_EQ(document->text, "The server listens on port 5432.\n\nUse pg_dump.\n\n");
  EXPECT_EQ(document->blocks.size(), 2u);
}

TEST_F(EngineTest, ReplacingLeavesNothingOfTheOldVersion) {
  Write("a", {"alpha beta", "gamma"});
  Write("a", {"delta"});
  EXPECT_THAT(Search("alpha", SearchMode::kLexical).hits, IsEmpty());
  EXPECT_THAT(Docs(Search("delta", SearchMode::kLexical)), ElementsAre("a#0"));
  EXPECT_EQ(Search("gamma", SearchMode::kDense).hits.size(), 1u);
  ExpectSound(*engine_);
  Reopen();
  ExpectSound(*engine_);
  const auto stats = engine_->Stats();
  ASSERT_TRUE(stats.ok());
  ASSERT_EQ(stats->collections.size(), 1u);
  EXPECT_EQ(stats->collections[0].documents, 1u);
  EXPECT_EQ(stats->collections[0].chunks, 1u);
  EXPECT_EQ(stats->sequence, 2u);
}

TEST_F(EngineTest, ADeletedDocumentIsGoneAtTheNextQuery) {
  Write("a", {"alpha"});
  Write("b", {"alpha"});
  const auto deleted =
      engine_->Delete("default", std::vector<std::string>{"a", "x", "a"}, std::nullopt);
  ASSERT_TRUE(deleted.ok()) << deleted.status();
  EXPECT_EQ(deleted->documents, 1u);
  EXPECT_EQ(deleted->sequence, 3u);
  EXPECT_THAT(Docs(Search("alpha")), ElementsAre("b#0"));
  EXPECT_TRUE(absl::IsNotFound(engine_->GetDocument("default", "a", std::nullopt).status()));
  ExpectSound(*engine_);
}

TEST_F(EngineTest, AccessListsHoldEverywhere) {
  Write("open", {"alpha common"});
  Write("secret", {"alpha alpha hidden"}, {"group:staff", "ann"});
  EXPECT_THAT(Docs(Search("alpha hidden")), ElementsAre("open#0"));
  EXPECT_THAT(Docs(Search("alpha hidden", SearchMode::kDense, {"bob"})), ElementsAre("open#0"));
  EXPECT_EQ(Search("alpha hidden", SearchMode::kHybrid, {"bob", "ann"}).hits.size(), 2u);
  const std::vector<std::string> bob = {"bob"}, ann = {"ann"};
  EXPECT_TRUE(absl::IsNotFound(engine_->GetDocument("default", "secret", bob).status()));
  EXPECT_TRUE(engine_->GetDocument("default", "secret", ann).ok());
  EXPECT_EQ(engine_->GetDocument("default", "secret", bob).status().message(),
            "no document \"secret\" in collection default");
  const std::vector<std::string> ids = {"secret"};
  EXPECT_EQ(engine_->Delete("default", ids, bob)->documents, 0u);
  EXPECT_EQ(engine_->Delete("default", ids, std::vector<std::string>())->documents, 0u);
  EXPECT_EQ(engine_->Delete("default", ids, ann)->documents, 1u);
}

TEST_F(EngineTest, HiddenDocumentsChangeNoScore) {
  Write("a", {"alpha beta", "alpha"});
  const SearchResult before = Search("alpha beta");
  Write("hidden", {"alpha", "beta beta", "gamma delta alpha"}, {"ann"});
  const SearchResult after = Search("alpha beta");
  ASSERT_EQ(before.hits.size(), after.hits.size());
  for (size_t i = 0; i < before.hits.size(); ++i) {
    EXPECT_EQ(before.hits[i].score, after.hits[i].score);
    EXPECT_EQ(before.hits[i].lexical.score, after.hits[i].lexical.score);
  }
}

TEST_F(EngineTest, TiesAreByDocumentAndChunkWhateverTheOrderOfWriting) {
  for (const char* id : {"c", "a", "b"}) Write(id, {"same words", "same words"});
  // The titles differ, so compare by chunks of one wording within a document.
  WordEmbedder embedder;
  std::vector<DocumentWrite> writes;
  for (const char* id : {"z", "x", "y"}) {
    DocumentWrite w = MakeWrite(embedder, id, {"tie tie", "tie tie"}, {}, "ties");
    for (Chunk& c : w.chunks) c.heading_path = "";
    w.vectors.assign(w.vectors.size(), 0.25f);
    writes.push_back(w);
  }
  ASSERT_TRUE(engine_->Apply(writes).ok());
  SearchRequest request;
  request.collection = "ties";
  request.query = "tie";
  for (const SearchMode mode : {SearchMode::kHybrid, SearchMode::kDense, SearchMode::kLexical}) {
    request.mode = mode;
    request.k = 3;
    const auto result = engine_->Search(request);
    ASSERT_TRUE(result.ok()) << result.status();
    EXPECT_THAT(Docs(*result), ElementsAre("x#0", "x#1", "y#0"));
  }
}

TEST_F(EngineTest, RefusesBadRequests) {
  Write("a", {"alpha"});
  SearchRequest request;
  request.query = "alpha";
  for (const int k : {0, -1, kMaxK + 1, 1000000000}) {
    request.k = k;
    EXPECT_TRUE(absl::IsInvalidArgument(engine_->Search(request).status())) << k;
  }
  request.k = 1;
  for (const double weight : {-0.1, 1.1, std::nan("")}) {
    request.dense_weight = weight;
    EXPECT_TRUE(absl::IsInvalidArgument(engine_->Search(request).status())) << weight;
  }
  request.dense_weight = 0.5;
  request.query = " \n";
  EXPECT_TRUE(absl::IsInvalidArgument(engine_->Search(request).status()));
  request.query = std::string(kMaxQueryBytes + 1, 'a');
  EXPECT_TRUE(absl::IsInvalidArgument(engine_->Search(request).status()));
  request.query = "alpha";
  request.collection = "nope";
  EXPECT_TRUE(absl::IsNotFound(engine_->Search(request).status()));
  request.collection = "default";
  request.min_sequence = 2;
  EXPECT_TRUE(absl::IsFailedPrecondition(engine_->Search(request).status()));
  request.min_sequence = 1;
  request.cancelled = [] { return true; };
  EXPECT_TRUE(absl::IsCancelled(engine_->Search(request).status()));
}

// What was set for a collection holds where the request says no weight, and after
// the store is opened again.
TEST_F(EngineTest, ACollectionHasADenseWeight) {
  Write("a", {"alpha beta"});
  SearchRequest request;
  request.query = "alpha";
  const auto weight = [&]() { return engine_->Search(request)->dense_weight; };
  EXPECT_EQ(weight(), kDefaultDenseWeight);
  EXPECT_EQ(engine_->Stats()->collections[0].dense_weight, std::nullopt);
  const auto token = engine_->SetDenseWeight("default", 0.123456);
  ASSERT_TRUE(token.ok()) << token.status();
  EXPECT_EQ(weight(), 0.1235);
  Reopen();
  EXPECT_EQ(weight(), 0.1235);
  EXPECT_EQ(engine_->Stats()->collections[0].dense_weight, 0.1235);
  Write("b", {"gamma"});  // other writes leave it
  EXPECT_EQ(weight(), 0.1235);
  request.dense_weight = 1;
  EXPECT_EQ(weight(), 1);
  request.mode = SearchMode::kDense;
  EXPECT_EQ(weight(), std::nullopt);
  request = {};
  request.query = "alpha";
  ASSERT_TRUE(engine_->SetDenseWeight("default", std::nullopt).ok());
  Reopen();
  EXPECT_EQ(weight(), kDefaultDenseWeight);
  for (const double bad : {-0.1, 1.1, std::nan("")}) {
    EXPECT_TRUE(absl::IsInvalidArgument(engine_->SetDenseWeight("default", bad).status())) << bad;
  }
  EXPECT_TRUE(absl::IsNotFound(engine_->SetDenseWeight("nope", 0.5).status()));
}

TEST_F(EngineTest, CompactGivesSpaceBackAndChangesNoResult) {
  std::mt19937 random(7);
  const auto text = [&random] {
    std::string words;
    for (int i = 0; i < 2000; ++i) absl::StrAppend(&words, "w", random() % 100000, " ");
    return words;
  };
  for (int i = 0; i < 40; ++i) Write(absl::StrCat("doc", i), {absl::StrCat("alpha ", i), text()});
  std::vector<std::string> ids;
  for (int i = 0; i < 36; ++i) ids.push_back(absl::StrCat("doc", i));
  ASSERT_TRUE(engine_->Delete("default", ids, std::nullopt).ok());
  Write("doc37", {"alpha again"});
  SearchRequest request;
  request.query = "alpha 38";
  const auto describe = [&] {
    const auto result = engine_->Search(request);
    EXPECT_TRUE(result.ok()) << result.status();
    std::vector<std::string> hits;
    for (const Hit& hit : result->hits) hits.push_back(absl::StrCat(hit.doc, " ", hit.score));
    return hits;
  };
  const std::vector<std::string> before = describe();
  EXPECT_FALSE(before.empty());
  Reopen();  // what is in memory alone goes to files
  const auto full = engine_->Stats();
  const absl::Status compacted = engine_->Compact();
  ASSERT_TRUE(compacted.ok()) << compacted;
  const auto small = engine_->Stats();
  EXPECT_LT(small->disk_bytes, full->disk_bytes / 2);
  EXPECT_EQ(small->sequence, full->sequence);
  EXPECT_EQ(describe(), before);
  ExpectSound(*engine_);
  // Memory, too: rows that died since the store was opened.
  ASSERT_TRUE(engine_->Delete("default", {"doc38"}, std::nullopt).ok());
  const std::vector<std::string> without = describe();
  ASSERT_TRUE(engine_->Compact().ok());
  EXPECT_EQ(describe(), without);
  EXPECT_TRUE(engine_->Compact().ok());  // nothing left to do
  Reopen();
  EXPECT_EQ(describe(), without);
  ExpectSound(*engine_);
}

TEST_F(EngineTest, RefusesBadWritesWhole) {
  const DocumentWrite good = MakeWrite(embedder_, "good", {"alpha"});
  struct Case {
    const char* name;
    std::function<void(DocumentWrite&)> spoil;
  };
  const std::vector<Case> cases = {
      {"empty id", [](DocumentWrite& w) { w.document.id = ""; }},
      {"empty collection", [](DocumentWrite& w) { w.document.collection = ""; }},
      {"chunk beyond the text", [](DocumentWrite& w) { w.chunks[0].end = 1000; }},
      {"empty chunk", [](DocumentWrite& w) { w.chunks[0].end = w.chunks[0].begin; }},
      {"block beyond the text", [](DocumentWrite& w) { w.document.blocks[0].end = 1000; }},
      {"too few vectors", [](DocumentWrite& w) { w.vectors.pop_back(); }},
      {"NaN", [](DocumentWrite& w) { w.vectors[0] = std::nanf(""); }},
      {"infinity", [](DocumentWrite& w) { w.vectors[0] = INFINITY; }},
      {"invalid UTF-8", [](DocumentWrite& w) { w.document.text[0] = '\xFF'; }},
      {"cut character",
       [](DocumentWrite& w) {
         w.document.text = "\xC3\xA9lpha";
         w.chunks[0].begin = 1;
       }},
      {"empty principal", [](DocumentWrite& w) { w.document.access.allow = {""}; }},
      {"the same id twice", [](DocumentWrite& w) { w.document.id = "good"; }},
  };
  for (const Case& c : cases) {
    DocumentWrite bad = MakeWrite(embedder_, "bad", {"beta"});
    c.spoil(bad);
    const std::vector<DocumentWrite> batch = {good, bad};
    EXPECT_TRUE(absl::IsInvalidArgument(engine_->Apply(batch).status())) << c.name;
  }
  EXPECT_EQ(engine_->Stats()->sequence, 0u);
  EXPECT_TRUE(engine_->Stats()->collections.empty());
}

TEST_F(EngineTest, AnEmptyDocumentIsKept) {
  Write("empty", {});
  Write("full", {"alpha"});
  EXPECT_THAT(Docs(Search("alpha")), ElementsAre("full#0"));
  Reopen();
  ExpectSound(*engine_);
  EXPECT_TRUE(engine_->GetDocument("default", "empty", std::nullopt).ok());
  EXPECT_EQ(engine_->Delete("default", std::vector<std::string>{"empty"}, std::nullopt)->documents,
            1u);
  EXPECT_THAT(Docs(Search("alpha")), ElementsAre("full#0"));
  ExpectSound(*engine_);
}

TEST_F(EngineTest, ALongDocumentIsReadByPages) {
  std::vector<std::string> paragraphs;
  for (int i = 0; i < 3000; ++i) {
    paragraphs.push_back(absl::StrCat("Paragraph number", i, " says \xE2\x82\xAC", i * 7,
                                      " and goes on for a while about nothing much."));
  }
  Write("long", paragraphs);
  const SearchResult result = Search("number2345", SearchMode::kLexical);
  ASSERT_EQ(result.hits.size(), 1u);
  EXPECT_EQ(result.hits[0].text, paragraphs[2345]);
  Reopen();
  ExpectSound(*engine_);
  EXPECT_EQ(Search("number2999", SearchMode::kLexical).hits[0].text, paragraphs[2999]);
}

TEST_F(EngineTest, CollectionsAreApart) {
  Write("a", {"alpha"}, {}, "one");
  Write("a", {"alpha beta"}, {}, "two");
  SearchRequest request;
  request.query = "alpha";
  request.collection = "two";
  const auto result = engine_->Search(request);
  ASSERT_EQ(result->hits.size(), 1u);
  EXPECT_EQ(result->hits[0].text, "alpha beta");
  EXPECT_EQ(engine_->Stats()->collections.size(), 2u);
  ASSERT_TRUE(engine_->Delete("one", std::vector<std::string>{"a"}, std::nullopt).ok());
  EXPECT_EQ(engine_->Search(request)->hits.size(), 1u);
  ExpectSound(*engine_);
}

TEST_F(EngineTest, DocumentStatesComeInOrder) {
  for (const char* id : {"b", "a/2", "a/10", "\xC3\xA9"}) Write(id, {"x"});
  std::vector<std::string> ids;
  ASSERT_TRUE(engine_
                  ->ForEachDocumentState("default",
                                         [&](const DocumentState& s) {
                                           ids.push_back(s.id);
                                           EXPECT_EQ(s.content_hash, "hash1");
                                         })
                  .ok());
  EXPECT_THAT(ids, ElementsAre("a/10", "a/2", "b", "\xC3\xA9"));
  EXPECT_TRUE(engine_->ForEachDocumentState("none", [](const DocumentState&) {}).ok());
}

TEST_F(EngineTest, OnlyOneProcessAtATime) {
  EngineOptions options;
  options.data_dir = folder_.path();
  const auto second = Engine::Open(options, &embedder_);
  ASSERT_TRUE(absl::IsFailedPrecondition(second.status())) << second.status();
  EXPECT_THAT(second.status().message(), HasSubstr(folder_.path()));
  EXPECT_THAT(second.status().message(), HasSubstr("in use"));
}

TEST_F(EngineTest, AnotherEmbedderIsRefused) {
  Write("a", {"alpha"});
  engine_.reset();
  const WordEmbedder other(16, "other");
  engine_ = OpenEngine(folder_.path(), other);
  SearchRequest request;
  request.query = "alpha";
  EXPECT_TRUE(absl::IsFailedPrecondition(engine_->Search(request).status()));
  request.mode = SearchMode::kLexical;
  EXPECT_TRUE(engine_->Search(request).ok());
  const DocumentWrite write = MakeWrite(other, "b", {"beta"});
  EXPECT_TRUE(absl::IsFailedPrecondition(engine_->Apply({&write, 1}).status()));
}

TEST_F(EngineTest, OpeningNothingIsNotFound) {
  EngineOptions options;
  options.data_dir = folder_.path("nothing");
  EXPECT_TRUE(absl::IsNotFound(Engine::Open(options, &embedder_).status()));
  EXPECT_FALSE(std::filesystem::exists(options.data_dir));
}

TEST_F(EngineTest, SnapshotAndRestore) {
  Write("a", {"alpha"});
  Write("b", {"beta"});
  const std::string target = folder_.path("snapshot");
  ASSERT_TRUE(engine_->Snapshot(target).ok());
  EXPECT_TRUE(absl::IsFailedPrecondition(engine_->Snapshot(target)));
  Write("c", {"gamma"});
  const std::string restored = folder_.path("restored");
  const absl::Status status = RestoreSnapshot(target, restored);
  ASSERT_TRUE(status.ok()) << status;
  const auto engine = OpenEngine(restored, embedder_);
  ExpectSound(*engine);
  EXPECT_EQ(engine->Stats()->sequence, 2u);
  EXPECT_TRUE(engine->GetDocument("default", "b", std::nullopt).ok());
  EXPECT_FALSE(engine->GetDocument("default", "c", std::nullopt).ok());
  EXPECT_TRUE(absl::IsFailedPrecondition(RestoreSnapshot(target, restored)));
  EXPECT_TRUE(absl::IsNotFound(RestoreSnapshot(folder_.path("none"), folder_.path("x"))));
}

TEST_F(EngineTest, ASnapshotRemovesAnUnfinishedOneAndNothingElse) {
  Write("a", {"alpha"});
  const std::string target = folder_.path("snapshot"), partial = target + ".partial";
  std::filesystem::create_directory(partial);
  std::ofstream(partial + "/thesis.txt") << "mine";
  EXPECT_TRUE(absl::IsFailedPrecondition(engine_->Snapshot(target)));
  EXPECT_TRUE(std::filesystem::exists(partial + "/thesis.txt"));
  std::filesystem::remove(partial + "/thesis.txt");
  std::filesystem::create_directory(partial + "/store");
  std::filesystem::create_directory(partial + "/store.tmp");
  std::ofstream(partial + "/store/000001.sst") << "half";
  const absl::Status status = engine_->Snapshot(target);
  EXPECT_TRUE(status.ok()) << status;
  EXPECT_FALSE(std::filesystem::exists(partial));
  EXPECT_TRUE(RestoreSnapshot(target, folder_.path("restored")).ok());
}

TEST_F(EngineTest, ADamagedSnapshotIsNotRestored) {
  Write("a", {"alpha"});
  const std::string target = folder_.path("snapshot");
  ASSERT_TRUE(engine_->Snapshot(target).ok());
  int damaged = 0;
  for (const auto& item : std::filesystem::recursive_directory_iterator(target)) {
    if (!item.is_regular_file() || item.file_size() == 0) continue;
    std::fstream file(item.path(), std::ios::in | std::ios::out | std::ios::binary);
    file.seekg(static_cast<std::streamoff>(item.file_size() / 2));
    const char old = static_cast<char>(file.peek());
    file.put(static_cast<char>(old ^ 1));
    file.close();
    const absl::Status status = RestoreSnapshot(target, folder_.path("restored"));
    EXPECT_TRUE(absl::IsDataLoss(status)) << item.path() << ": " << status;
    EXPECT_FALSE(std::filesystem::exists(folder_.path("restored")));
    std::fstream mend(item.path(), std::ios::in | std::ios::out | std::ios::binary);
    mend.seekp(static_cast<std::streamoff>(item.file_size() / 2));
    mend.put(old);
    ++damaged;
  }
  EXPECT_GE(damaged, 4);
  EXPECT_TRUE(RestoreSnapshot(target, folder_.path("restored")).ok());
}

// Root may write anywhere, so the check runs in a child of another user.
TEST_F(EngineTest, WithoutPermissionItSaysSo) {
  const std::string dir = folder_.path("locked");
  std::filesystem::create_directory(dir);
  std::filesystem::permissions(dir, std::filesystem::perms::none);
  const pid_t child = fork();
  if (child == 0) {
    if (geteuid() == 0 && setuid(65534) != 0) _exit(2);
    EngineOptions options;
    options.data_dir = dir;
    options.create_if_missing = true;
    const absl::Status status = Engine::Open(options, &embedder_).status();
    _exit(absl::IsPermissionDenied(status) ? 0 : 1);
  }
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_EQ(WEXITSTATUS(status), 0);
  std::filesystem::permissions(dir, std::filesystem::perms::owner_all);
}

TEST_F(EngineTest, WithoutAnEmbedderAStoreIsReadButNotWritten) {
  Write("a", {"rye bread"});
  const DocumentWrite write = MakeWrite(embedder_, "b", {"more bread"}, {}, kDefaultCollection);
  engine_.reset();
  EngineOptions options;
  options.data_dir = folder_.path();
  auto opened = Engine::Open(options, nullptr);
  ASSERT_TRUE(opened.ok()) << opened.status();
  engine_ = *std::move(opened);
  EXPECT_EQ(Search("bread", SearchMode::kLexical).hits.size(), 1);
  SearchRequest request;
  request.query = "bread";
  EXPECT_TRUE(absl::IsFailedPrecondition(engine_->Search(request).status()));
  EXPECT_TRUE(absl::IsFailedPrecondition(engine_->Apply({&write, 1}).status()));
  const auto report = engine_->Verify(nullptr);
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_THAT(report->divergences, IsEmpty());
  const std::string id = "a";
  const auto deleted = engine_->Delete(kDefaultCollection, {&id, 1}, std::nullopt);
  ASSERT_TRUE(deleted.ok()) << deleted.status();
  EXPECT_EQ(deleted->documents, 1);
}

}  // namespace
}  // namespace footnote::retrieval
