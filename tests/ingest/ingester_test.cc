#include "ingest/ingester.h"

#include <linux/capability.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "retrieval/engine.h"
#include "tests/ingest/fake_embedder.h"

namespace footnote::ingest {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

// A folder of documents and a real store beside it.
// While it lives, this thread and those it starts can't read what the modes of files forbid, not
// even as root.
class WithoutReadOverride {
 public:
  WithoutReadOverride() {
    EXPECT_EQ(::syscall(SYS_capget, &header_, saved_), 0);
    __user_cap_data_struct less[_LINUX_CAPABILITY_U32S_3] = {saved_[0], saved_[1]};
    for (const int right : {CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH}) {
      less[CAP_TO_INDEX(right)].effective &= ~CAP_TO_MASK(right);
    }
    EXPECT_EQ(::syscall(SYS_capset, &header_, less), 0);
  }
  ~WithoutReadOverride() { EXPECT_EQ(::syscall(SYS_capset, &header_, saved_), 0); }

 private:
  __user_cap_header_struct header_ = {_LINUX_CAPABILITY_VERSION_3, 0};
  __user_cap_data_struct saved_[_LINUX_CAPABILITY_U32S_3] = {};
};

class IngesterTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = testing::TempDir() + "/ingesterXXXXXX";
    base_ = fs::canonical(::mkdtemp(pattern.data())).string();
    root_ = base_ + "/docs";
    fs::create_directory(root_);
    embedder_.on_embed = [this](absl::string_view) { ++embedded_; };
    Open();
  }

  void TearDown() override {
    engine_.reset();
    fs::remove_all(base_);
  }

  void Open() {
    engine_.reset();
    retrieval::EngineOptions options;
    options.data_dir = base_ + "/data";
    options.create_if_missing = true;
    options.sync_writes = false;
    auto engine = retrieval::Engine::Open(options, &embedder_);
    ASSERT_TRUE(engine.ok()) << engine.status();
    engine_ = *std::move(engine);
  }

  std::string Write(const std::string& name, const std::string& bytes) {
    const fs::path path = fs::path(root_) / name;
    fs::create_directories(path.parent_path());
    std::ofstream(path, std::ios::binary) << bytes;
    return path.string();
  }

  absl::StatusOr<IngestReport> Ingest(std::vector<std::string> paths = {}) {
    if (paths.empty()) paths = {root_};
    documents_.clear();
    embedded_ = 0;
    return Ingester(engine_.get(), &embedder_)
        .IngestPaths(
            paths, options_, [this](const DocumentReport& report) { documents_.push_back(report); },
            [this](const IngestProgress& progress) { progress_ = progress; }, cancelled_);
  }

  std::vector<std::string> StoredIds() {
    std::vector<std::string> ids;
    const absl::Status status =
        engine_->ForEachDocumentState("default", [&](const retrieval::DocumentState& state) {
          ids.push_back(fs::path(state.id).lexically_relative(root_).string());
        });
    EXPECT_TRUE(status.ok() || absl::IsNotFound(status)) << status;
    return ids;
  }

  retrieval::Document Stored(const std::string& id) {
    auto document = engine_->GetDocument("default", id, std::nullopt);
    EXPECT_TRUE(document.ok()) << document.status();
    return document.ok() ? *document : retrieval::Document();
  }

  std::string base_, root_;
  FakeEmbedder embedder_;
  std::unique_ptr<retrieval::Engine> engine_;
  IngestOptions options_;
  std::function<bool()> cancelled_;
  std::vector<DocumentReport> documents_;
  IngestProgress progress_;
  int embedded_ = 0;
};

TEST_F(IngesterTest, IngestsFilesOfAllTypesFromNestedFolders) {
  Write("a.html", "<title>A page</title><h1>Top</h1><p>Some text.</p>");
  Write("deep/er/b.md", "# Guide\n\nRead it.\n");
  Write("deep/c.txt", "Plain words.\n");
  Write("deep/ignored.pdf", "%PDF");
  Write(".hidden/d.txt", "Not this.");
  Write("deep/.e.txt", "Nor this.");
  auto report = Ingest();
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_EQ(report->added, 3u);
  EXPECT_EQ(report->failed, 0u);
  EXPECT_EQ(report->chunks, 3u);
  EXPECT_GT(report->sequence, 0u);
  EXPECT_EQ(progress_.files_done, 3u);
  EXPECT_EQ(progress_.files_total, 3u);
  EXPECT_EQ(progress_.bytes_done, progress_.bytes_total);
  EXPECT_EQ(progress_.chunks, 3u);
  EXPECT_EQ(progress_.tokens, report->tokens);
  EXPECT_THAT(StoredIds(), ElementsAre("a.html", "deep/c.txt", "deep/er/b.md"));

  const retrieval::Document page = Stored(root_ + "/a.html");
  EXPECT_EQ(page.title, "A page");
  EXPECT_EQ(page.text, "Top\n\nSome text.");
  EXPECT_EQ(page.source, root_ + "/a.html");
  EXPECT_EQ(page.sync_root, root_);
  EXPECT_EQ(Stored(root_ + "/deep/c.txt").title, "c");
}

TEST_F(IngesterTest, SecondRunDoesNoWork) {
  for (int i = 0; i < 20; ++i) Write(absl::StrCat(i, ".txt"), absl::StrCat("Number ", i, "."));
  ASSERT_TRUE(Ingest().ok());
  EXPECT_EQ(embedded_, 20);
  const uint64_t before = engine_->Stats()->sequence;
  auto report = Ingest();
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_EQ(report->unchanged, 20u);
  EXPECT_EQ(report->added + report->replaced, 0u);
  EXPECT_EQ(embedded_, 0);
  EXPECT_EQ(engine_->Stats()->sequence, before);
}

TEST_F(IngesterTest, TouchedFileWithTheSameBytesIsUnchanged) {
  const std::string path = Write("a.txt", "Same.");
  ASSERT_TRUE(Ingest().ok());
  fs::last_write_time(path, fs::last_write_time(path) + std::chrono::hours(1));
  auto report = Ingest();
  ASSERT_TRUE(report.ok());
  EXPECT_EQ(report->unchanged, 1u);
  EXPECT_EQ(embedded_, 0);
}

TEST_F(IngesterTest, ChangedFileIsReplaced) {
  const std::string path = Write("a.txt", "Old words.");
  Write("b.txt", "Others.");
  ASSERT_TRUE(Ingest().ok());
  Write("a.txt", "Newer words.");
  auto report = Ingest();
  ASSERT_TRUE(report.ok());
  EXPECT_EQ(report->replaced, 1u);
  EXPECT_EQ(report->unchanged, 1u);
  EXPECT_EQ(Stored(path).text, "Newer words.");
  EXPECT_EQ(engine_->Stats()->collections[0].documents, 2u);
}

TEST_F(IngesterTest, OtherReadersOfTheDocumentsMeanNewWrites) {
  const std::string path = Write("a.txt", "Words.");
  ASSERT_TRUE(Ingest().ok());
  options_.access.allow = {"group:staff"};
  auto report = Ingest();
  ASSERT_TRUE(report.ok());
  EXPECT_EQ(report->replaced, 1u);
  EXPECT_THAT(Stored(path).access.allow, ElementsAre("group:staff"));
}

TEST_F(IngesterTest, SyncRemovesWhatVanishedFromTheSameRootOnly) {
  Write("a.txt", "A.");
  Write("sub/b.txt", "B.");
  const std::string other = base_ + "/other";
  fs::create_directory(other);
  std::ofstream(other + "/c.txt") << "C.";
  ASSERT_TRUE(Ingest({root_, other}).ok());
  fs::remove(root_ + "/sub/b.txt");
  fs::remove(other + "/c.txt");

  auto report = Ingest();
  ASSERT_TRUE(report.ok());
  EXPECT_EQ(report->removed, 0u) << "without sync";
  options_.sync = true;
  report = Ingest();
  ASSERT_TRUE(report.ok());
  EXPECT_EQ(report->removed, 1u);
  ASSERT_EQ(documents_.size(), 2u);
  EXPECT_EQ(documents_[1].outcome, DocumentOutcome::kRemoved);
  EXPECT_EQ(documents_[1].id, root_ + "/sub/b.txt");
  EXPECT_THAT(StoredIds(), ElementsAre("a.txt", "../other/c.txt"));
}

TEST_F(IngesterTest, SyncKeepsAFileThatCannotBeReadAnyMore) {
  Write("a.txt", "A.");
  Write("b.txt", "B.");
  ASSERT_TRUE(Ingest().ok());
  Write("b.txt", std::string("\0\0\0 now binary", 15));
  options_.sync = true;
  auto report = Ingest();
  ASSERT_TRUE(report.ok());
  EXPECT_EQ(report->failed, 1u);
  EXPECT_EQ(report->removed, 0u);
  EXPECT_EQ(Stored(root_ + "/b.txt").text, "B.");
}

// A job may run for hours between listing a folder and removing what it missed.
TEST_F(IngesterTest, SyncKeepsWhatHasComeBackMeanwhile) {
  Write("a.txt", "Apples.");
  Write("b.txt", "Bananas.");
  ASSERT_TRUE(Ingest().ok());
  options_.sync = true;
  fs::remove(root_ + "/b.txt");
  Write("c.txt", "Cherries.");
  embedder_.on_embed = [this](absl::string_view) { Write("b.txt", "Bananas."); };
  auto report = Ingest();
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_EQ(report->removed, 0u);
  EXPECT_THAT(StoredIds(), ElementsAre("a.txt", "b.txt", "c.txt"));
}

// Every hit repeats the title.
TEST_F(IngesterTest, ATitleIsCut) {
  const std::string path =
      Write("a.html", "<title>" + std::string(100000, 't') + "</title><p>Some text.");
  ASSERT_TRUE(Ingest().ok());
  EXPECT_EQ(Stored(path).title, std::string(1024, 't'));
}

TEST_F(IngesterTest, OneBadFileDoesNotStopTheOthers) {
  Write("a.html", std::string("\x7F"
                              "ELF\0\0\0\1\2\3",
                              10));
  Write("b.txt", "");
  Write("c.txt", "Good.");
  Write("d.txt", "na\xEFve but caf\xC3\xA9 in both \x80 encodings, which leaves marks.");
  options_.max_document_bytes = 4000;
  Write("e.txt", std::string(4001, 'x'));
  std::string nested;
  for (int i = 0; i < 300; ++i) nested += "<div>";
  Write("f.html", nested + nested);
  auto report = Ingest();
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_EQ(report->added, 2u);
  ASSERT_EQ(report->failed, 4u);
  std::map<std::string, std::string> errors;
  for (const DocumentReport& failure : report->failures) {
    EXPECT_EQ(failure.outcome, DocumentOutcome::kFailed);
    errors[fs::path(failure.id).filename()] = std::string(failure.status.message());
  }
  EXPECT_THAT(errors["a.html"], HasSubstr("zero byte"));
  EXPECT_THAT(errors["b.txt"], HasSubstr("no text"));
  EXPECT_THAT(errors["e.txt"], HasSubstr("4001 bytes are more than the limit of 4000"));
  EXPECT_THAT(errors["f.html"], HasSubstr("nested more than"));
  EXPECT_EQ(Stored(root_ + "/d.txt").metadata["replaced_bytes"], "2");
  EXPECT_EQ(progress_.files_done, 6u);

  report = Ingest();
  ASSERT_TRUE(report.ok());
  EXPECT_EQ(report->unchanged, 2u);
  EXPECT_EQ(report->failed, 4u);
}

TEST_F(IngesterTest, LargeFilesAreRefusedUnread) {
  const std::string path = Write("large.txt", "");
  fs::resize_file(path, 200 << 20);  // sparse: were it read, it would be binary
  Write("small.txt", "Small.");
  auto report = Ingest();
  ASSERT_TRUE(report.ok());
  EXPECT_EQ(report->added, 1u);
  ASSERT_EQ(report->failed, 1u);
  EXPECT_THAT(report->failures[0].status.message(), HasSubstr("209715200 bytes"));
}

TEST_F(IngesterTest, RootsThatCannotBeIngested) {
  EXPECT_EQ(Ingest({""}).status().code(), absl::StatusCode::kInvalidArgument);
  const auto missing = Ingest({base_ + "/nowhere"});
  EXPECT_EQ(missing.status().code(), absl::StatusCode::kNotFound);
  EXPECT_THAT(missing.status().message(), HasSubstr("/nowhere"));
  const auto empty = Ingest();
  EXPECT_EQ(empty.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(empty.status().message(), HasSubstr(".html"));
  const auto unknown = Ingest({Write("a.pdf", "x")});
  EXPECT_EQ(unknown.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(unknown.status().message(), HasSubstr("unknown file type"));
  ASSERT_EQ(::mkfifo((root_ + "/pipe.txt").c_str(), 0600), 0);
  EXPECT_EQ(Ingest({root_ + "/pipe.txt"}).status().code(), absl::StatusCode::kInvalidArgument);
}

TEST_F(IngesterTest, PermissionDenied) {
  Write("a.txt", "A.");
  Write("b.txt", "B.");
  Write("closed/c.txt", "C.");
  ASSERT_TRUE(Ingest().ok());
  Write("b.txt", "Other.");
  ::chmod((root_ + "/b.txt").c_str(), 0);
  ::chmod((root_ + "/closed").c_str(), 0);
  options_.sync = true;
  const WithoutReadOverride as_an_ordinary_user;
  auto report = Ingest();
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_EQ(report->unchanged, 1u);
  EXPECT_EQ(report->failed, 2u);
  EXPECT_EQ(report->removed, 0u);
  for (const DocumentReport& failure : report->failures) {
    EXPECT_TRUE(absl::IsPermissionDenied(failure.status)) << failure.status;
  }
  ::chmod(root_.c_str(), 0);
  EXPECT_TRUE(absl::IsPermissionDenied(Ingest().status()));
  ::chmod(root_.c_str(), 0700);
  ::chmod((root_ + "/closed").c_str(), 0700);
}

TEST_F(IngesterTest, SymbolicLinks) {
  std::ofstream(base_ + "/secret.txt") << "Outside.";
  Write("a.txt", "A.");
  Write(".data/b.txt", "B.");
  fs::create_symlink(base_ + "/secret.txt", root_ + "/leaves.txt");
  fs::create_symlink(root_, root_ + "/loop");
  fs::create_symlink(root_ + "/a.txt", root_ + "/again.txt");
  fs::create_symlink(".data/b.txt", root_ + "/b.txt");
  fs::create_symlink(base_ + "/nowhere", root_ + "/dangling.txt");
  auto report = Ingest();
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_EQ(report->failed, 0u);
  EXPECT_THAT(StoredIds(), ElementsAre("a.txt", "b.txt"));
}

TEST_F(IngesterTest, FilesThatAreNamedOutright) {
  const std::string a = Write("a.txt", "A.");
  Write("b.txt", "B.");
  auto report = Ingest({a, a});
  ASSERT_TRUE(report.ok());
  EXPECT_EQ(report->added, 1u);
  EXPECT_EQ(Stored(a).sync_root, "");
}

TEST_F(IngesterTest, CancelledKeepsWhatWasWrittenAndTheNextRunGoesOn) {
  std::string words;
  for (int i = 0; i < 3000; ++i) absl::StrAppend(&words, "Sentence number ", i, " stands here. ");
  for (int i = 0; i < 30; ++i) Write(absl::StrCat("f", i, ".txt"), absl::StrCat(words, i));
  cancelled_ = [this] { return documents_.size() >= 5; };
  EXPECT_EQ(Ingest().status().code(), absl::StatusCode::kCancelled);
  const size_t stored = StoredIds().size();
  EXPECT_GE(stored, 5u);
  EXPECT_LT(stored, 30u);
  cancelled_ = nullptr;
  auto report = Ingest();
  ASSERT_TRUE(report.ok());
  EXPECT_EQ(report->unchanged, stored);
  EXPECT_EQ(report->added, 30 - stored);
}

// An engine whose disk is full from its second write on.
class FullEngine : public retrieval::Engine {
 public:
  explicit FullEngine(Engine* engine) : engine_(*engine) {}
  absl::StatusOr<uint64_t> Apply(absl::Span<const retrieval::DocumentWrite> writes) override {
    if (++writes_ > 1) return absl::ResourceExhaustedError("disk full");
    return engine_.Apply(writes);
  }
  absl::StatusOr<Deleted> Delete(
      absl::string_view collection, absl::Span<const std::string> ids,
      const std::optional<std::vector<std::string>>& principals) override {
    return engine_.Delete(collection, ids, principals);
  }
  absl::StatusOr<Deleted> DeleteMatching(
      absl::string_view collection, const retrieval::Filter& filter,
      const std::optional<std::vector<std::string>>& principals) override {
    return engine_.DeleteMatching(collection, filter, principals);
  }
  absl::StatusOr<uint64_t> SetCollectionAccess(absl::string_view collection,
                                               const retrieval::AccessList& access) override {
    return engine_.SetCollectionAccess(collection, access);
  }
  absl::StatusOr<uint64_t> SetDenseWeight(absl::string_view collection,
                                          std::optional<double> weight) override {
    return engine_.SetDenseWeight(collection, weight);
  }
  absl::Status Compact() override { return engine_.Compact(); }
  absl::StatusOr<retrieval::SearchResult> Search(
      const retrieval::SearchRequest& request) const override {
    return engine_.Search(request);
  }
  absl::StatusOr<retrieval::Document> GetDocument(
      absl::string_view collection, absl::string_view id,
      const std::optional<std::vector<std::string>>& principals) const override {
    return engine_.GetDocument(collection, id, principals);
  }
  absl::Status ForEachDocumentState(
      absl::string_view collection,
      const std::function<void(const retrieval::DocumentState&)>& fn) const override {
    return engine_.ForEachDocumentState(collection, fn);
  }
  absl::StatusOr<retrieval::EngineStats> Stats() const override { return engine_.Stats(); }
  absl::StatusOr<retrieval::VerifyReport> Verify(
      const std::function<void(uint64_t, uint64_t)>& progress) const override {
    return engine_.Verify(progress);
  }
  absl::Status Snapshot(const std::string& target_dir) const override {
    return engine_.Snapshot(target_dir);
  }

 private:
  Engine& engine_;
  int writes_ = 0;
};

TEST_F(IngesterTest, AFailedWriteEndsTheJobAndNothingElseIsReported) {
  for (int i = 0; i < 500; ++i) Write(absl::StrCat("f", 1000 + i, ".txt"), "Some text.");
  fs::create_directory(root_ + "/gone");
  const std::string vanished = Write("gone/x.txt", "Old text.");
  ASSERT_TRUE(Ingest({root_ + "/gone"}).ok());
  fs::remove(vanished);
  options_.sync = true;
  FullEngine full(engine_.get());
  std::vector<std::string> reported = {"gone/x.txt"};
  const auto report = Ingester(&full, &embedder_)
                          .IngestPaths(
                              {root_}, options_,
                              [&](const DocumentReport& r) {
                                EXPECT_EQ(r.outcome, DocumentOutcome::kAdded);
                                reported.push_back(fs::path(r.id).filename().string());
                              },
                              nullptr, nullptr);
  EXPECT_TRUE(absl::IsResourceExhausted(report.status())) << report.status();
  EXPECT_THAT(reported, testing::SizeIs(testing::Gt(100)));
  EXPECT_THAT(StoredIds(), testing::UnorderedElementsAreArray(reported));
  auto again = Ingest();
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ(again->added + again->unchanged, 500u);
  EXPECT_EQ(again->removed, 1u);
}

TEST_F(IngesterTest, DocumentsLargerThanTheMemoryBoundPassOneByOne) {
  options_.in_flight_bytes = 1000;
  std::string words;
  for (int i = 0; i < 200; ++i) absl::StrAppend(&words, "Sentence number ", i, " stands here. ");
  for (int i = 0; i < 10; ++i) {
    Write(absl::StrCat("large", i, ".txt"), absl::StrCat(words, i));
    Write(absl::StrCat("small", i, ".txt"), "Few words.");
  }
  auto report = Ingest();
  ASSERT_TRUE(report.ok());
  EXPECT_EQ(report->added, 20u);
}

TEST_F(IngesterTest, EveryChunkCarriesTheVectorOfItsIndexedText) {
  std::string page = "<title>T</title>";
  for (int i = 0; i < 300; ++i) {
    absl::StrAppend(&page, "<h2>Part ", i, "</h2><p>What part ", i, " says.</p>");
  }
  Write("a.html", page);
  ASSERT_TRUE(Ingest().ok());
  retrieval::SearchRequest request;
  request.mode = retrieval::SearchMode::kDense;
  request.k = 1;
  request.query = "T > Part 277\nWhat part 277 says.";
  auto result = engine_->Search(request);
  ASSERT_TRUE(result.ok()) << result.status();
  ASSERT_EQ(result->hits.size(), 1u);
  EXPECT_EQ(result->hits[0].heading_path, "T > Part 277");
  EXPECT_EQ(result->hits[0].text, "What part 277 says.");
  EXPECT_NEAR(result->hits[0].score, 1.0, 1e-5);
}

class IngestDocumentsTest : public IngesterTest {
 protected:
  std::vector<DocumentReport> Send(std::vector<RawDocument> documents) {
    embedded_ = 0;
    auto reports = Ingester(engine_.get(), &embedder_)
                       .IngestDocuments(std::move(documents), options_, nullptr, &sequence_);
    EXPECT_TRUE(reports.ok()) << reports.status();
    return reports.ok() ? *reports : std::vector<DocumentReport>();
  }

  static RawDocument Raw(std::string id, std::string type, std::string content) {
    RawDocument raw;
    raw.id = std::move(id);
    raw.content_type = std::move(type);
    raw.content = std::move(content);
    return raw;
  }

  uint64_t sequence_ = 0;
};

TEST_F(IngestDocumentsTest, TypesAndOutcomes) {
  RawDocument titled = Raw("three", "text/plain", "Words.");
  titled.title = "Given";
  titled.source = "https://example.com/3";
  titled.access.allow = {"user:a"};
  titled.metadata = {{"team", "x"}};
  const auto reports =
      Send({Raw("one", "text/html; charset=utf-8", "<p>Hello &amp; bye</p>"),
            Raw("two.md", "", "# Two\n\nText."), titled, Raw("", "text/plain", "x"),
            Raw("four", "image/png", "x"), Raw("five", "", "x"), Raw("one", "text/plain", "again"),
            Raw("six", "text/plain", std::string("\0", 1))});
  ASSERT_EQ(reports.size(), 8u);
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(reports[i].outcome, DocumentOutcome::kAdded) << i;
    EXPECT_EQ(reports[i].chunks, 1) << i;
  }
  for (int i = 3; i < 8; ++i) {
    EXPECT_EQ(reports[i].outcome, DocumentOutcome::kFailed) << i;
    EXPECT_TRUE(absl::IsInvalidArgument(reports[i].status)) << reports[i].status;
  }
  EXPECT_THAT(reports[4].status.message(), HasSubstr("text/markdown"));
  EXPECT_GT(sequence_, 0u);
  EXPECT_EQ(Stored("one").text, "Hello & bye");
  EXPECT_EQ(Stored("two.md").title, "Two");
  const retrieval::Document three = Stored("three");
  EXPECT_EQ(three.title, "Given");
  EXPECT_EQ(three.source, "https://example.com/3");
  EXPECT_THAT(three.access.allow, ElementsAre("user:a"));
  EXPECT_EQ(three.metadata.at("team"), "x");
}

TEST_F(IngestDocumentsTest, SameDocumentAgainIsUnchangedAndAnotherReplaces) {
  Send({Raw("a", "text/plain", "One.")});
  const auto same = Send({Raw("a", "text/plain", "One.")});
  EXPECT_EQ(same[0].outcome, DocumentOutcome::kUnchanged);
  EXPECT_EQ(embedded_, 0);
  const auto other = Send({Raw("a", "text/plain", "Two.")});
  EXPECT_EQ(other[0].outcome, DocumentOutcome::kReplaced);
  EXPECT_EQ(Stored("a").text, "Two.");
}

TEST_F(IngestDocumentsTest, NothingToDo) {
  EXPECT_THAT(Send({}), IsEmpty());
  EXPECT_EQ(sequence_, 0u);
}

}  // namespace
}  // namespace footnote::ingest
