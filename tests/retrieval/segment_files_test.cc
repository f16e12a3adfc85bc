// Segments in files: used when a folder is opened, and of no consequence to any result
// when they are old, damaged, missing or another store's.
#include <chrono>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <map>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/match.h"
#include "gtest/gtest.h"
#include "retrieval/engine.h"
#include "tests/retrieval/segments.h"
#include "tests/retrieval/testing.h"

namespace footnote::retrieval {
namespace {

namespace fs = std::filesystem;

constexpr size_t kSealRows = 50;
constexpr size_t kNever = 1 << 20;

std::string Contents(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

void Write(const std::string& path, const std::string& bytes) {
  fs::remove(path);
  std::ofstream(path, std::ios::binary) << bytes;
}

// The files of collection 1 and what they hold.
std::map<std::string, std::string> FilesOf(const std::string& dir) {
  std::map<std::string, std::string> out;
  for (const auto& item : fs::directory_iterator(dir + "/index/1")) {
    out[item.path().filename().string()] = Contents(item.path().string());
  }
  return out;
}

CollectionStats Stats(const Engine& engine) { return engine.Stats()->collections.at(0); }

// Until every sealed segment is in a file, and `rows` are in some.
void WaitForFiles(const Engine& engine, uint64_t rows) {
  for (;;) {
    uint64_t written = 0;
    for (const SegmentStats& s : Stats(engine).segments) written += s.disk_bytes > 0 ? s.rows : 0;
    if (written >= rows) return;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
}

std::vector<std::vector<std::string>> Answers(const Engine& engine) {
  std::vector<std::vector<std::string>> out;
  for (int i = 0; i < 40; ++i) {
    for (const SearchMode mode : {SearchMode::kDense, SearchMode::kLexical, SearchMode::kHybrid}) {
      SearchRequest request;
      request.query = absl::StrCat("common word", i * 5, " word", i * 7);
      request.mode = mode;
      const auto result = engine.Search(request);
      EXPECT_TRUE(result.ok()) << result.status();
      out.emplace_back();
      for (const Hit& hit : result->hits) {
        out.back().push_back(absl::StrCat(hit.doc, " ", hit.chunk, " ", hit.score, " ",
                                          hit.dense.score, " ", hit.lexical.score));
      }
    }
  }
  return out;
}

void Delete(Engine* engine, int i) {
  const std::string id = absl::StrCat("d", i);
  ASSERT_EQ(engine->Delete("default", {&id, 1}, std::nullopt)->documents, 1u);
}

// A store of 150 documents, some replaced and some deleted before its segments were
// written and some after; and its answers, by a fresh load without files.
class SegmentFilesTest : public testing::Test {
 protected:
  void SetUp() override {
    {
      const auto engine = Open(dir_, embedder_, kSealRows, kNever);
      ASSERT_TRUE(engine->Apply(Documents(embedder_, 0, 80)).ok());
      for (int i = 0; i < 80; i += 9) Delete(engine.get(), i);
      ASSERT_TRUE(engine->Apply(Documents(embedder_, 60, 90)).ok());
      WaitForFiles(*engine, 260);
      for (int i = 2; i < 150; i += 11) Delete(engine.get(), i);
    }
    files_ = FilesOf(dir_);
    ASSERT_GE(files_.size(), 2u);
    fs::create_directory(folder_.path("fresh"));
    fs::copy(dir_ + "/store", folder_.path("fresh") + "/store", fs::copy_options::recursive);
    answers_ = Answers(*Open(folder_.path("fresh"), embedder_, kNever, kNever));
  }

  void ExpectTheAnswers(const Engine& engine) {
    EXPECT_EQ(Answers(engine), answers_);
    ExpectSound(engine);
  }

  TempFolder folder_;
  const WordEmbedder embedder_;
  const std::string dir_ = folder_.path("data");
  std::map<std::string, std::string> files_;
  std::vector<std::vector<std::string>> answers_;
};

TEST_F(SegmentFilesTest, AreReadInPlaceOfBuilding) {
  {
    const auto engine = Open(dir_, embedder_, kSealRows, kNever);
    const CollectionStats stats = Stats(*engine);
    EXPECT_TRUE(stats.notes.empty());
    ASSERT_GE(stats.segments.size(), 1u);
    EXPECT_GT(stats.segments[0].disk_bytes, 0u);
    EXPECT_GE(engine->Stats()->disk_bytes, stats.segments[0].disk_bytes);
    ExpectTheAnswers(*engine);
  }
  EXPECT_EQ(FilesOf(dir_), files_);
}

TEST_F(SegmentFilesTest, AGraphIsRead) {
  std::map<std::string, std::string> graph_files;
  {
    const auto engine = Open(dir_, embedder_, kSealRows, 100);
    WaitForRows(*engine, "hnsw", 200);
    WaitForFiles(*engine, 200);
    ExpectSound(*engine);
  }
  graph_files = FilesOf(dir_);
  EXPECT_NE(graph_files, files_);
  {
    const auto engine = Open(dir_, embedder_, kSealRows, 100);
    EXPECT_GE(RowsOf(*engine, "hnsw"), 200u);
    ExpectSound(*engine);
  }
  EXPECT_EQ(FilesOf(dir_), graph_files);
  // One that was built with other options isn't taken.
  EngineOptions options;
  options.data_dir = dir_;
  options.sync_writes = false;
  options.vector_index.seal_rows = kSealRows;
  options.vector_index.graph_rows = kNever;
  options.vector_index.graph.links = 8;
  auto engine = Engine::Open(options, &embedder_);
  ASSERT_TRUE(engine.ok());
  EXPECT_EQ(RowsOf(**engine, "hnsw"), 0u);
  ExpectTheAnswers(**engine);
}

// What is wrong with a file is noted, and gone at the opening after the next.
TEST_F(SegmentFilesTest, DamageIsNoticedAndMended) {
  struct Damage {
    std::string what;
    std::function<void(const std::string& path, std::string bytes)> make;
  };
  std::vector<Damage> damages = {
      {"removed", [](const std::string& path, const std::string&) { fs::remove(path); }},
      {"empty", [](const std::string& path, const std::string&) { Write(path, ""); }},
      {"cut in half",
       [](const std::string& path, const std::string& bytes) {
         Write(path, bytes.substr(0, bytes.size() / 2));
       }},
      {"cut by a byte",
       [](const std::string& path, const std::string& bytes) {
         Write(path, bytes.substr(0, bytes.size() - 1));
       }},
      {"longer",
       [](const std::string& path, const std::string& bytes) { Write(path, bytes + "x"); }}};
  for (int part = 0; part <= 10; ++part) {
    damages.push_back({absl::StrCat("flipped at ", part, "/10"),
                       [part](const std::string& path, std::string bytes) {
                         bytes[(bytes.size() - 1) * part / 10] ^= 0x20;
                         Write(path, bytes);
                       }});
  }
  for (const auto& [name, bytes] : files_) {
    for (const Damage& damage : damages) {
      SCOPED_TRACE(absl::StrCat(name, " ", damage.what));
      damage.make(absl::StrCat(dir_, "/index/1/", name), bytes);
      {
        const auto engine = Open(dir_, embedder_, kSealRows, kNever);
        EXPECT_EQ(Stats(*engine).notes.size(), 1u);
        ExpectTheAnswers(*engine);
        WaitForFiles(*engine, 200);
        ExpectTheAnswers(*engine);
      }
      EXPECT_TRUE(Stats(*Open(dir_, embedder_, kSealRows, kNever)).notes.empty());
      for (const auto& item : fs::directory_iterator(dir_ + "/index/1")) fs::remove(item.path());
      for (const auto& [n, b] : files_) Write(absl::StrCat(dir_, "/index/1/", n), b);
    }
  }
}

TEST_F(SegmentFilesTest, AllOfThemMayBeThrownAway) {
  fs::remove_all(dir_ + "/index");
  const auto engine = Open(dir_, embedder_, kSealRows, kNever);
  EXPECT_TRUE(Stats(*engine).notes.empty());
  ExpectTheAnswers(*engine);
  WaitForFiles(*engine, 200);
  ExpectTheAnswers(*engine);
}

// The folder `store` is put back to what it was, and written on: the same numbers are
// other documents.
TEST_F(SegmentFilesTest, AnotherHistoryIsNoticed) {
  const std::string old = folder_.path("old");
  ASSERT_TRUE(Open(dir_, embedder_, kSealRows, kNever)->Snapshot(old).ok());
  {
    const auto engine = Open(dir_, embedder_, kSealRows, kNever);
    ASSERT_TRUE(engine->Apply(Documents(embedder_, 1000, 100)).ok());
    WaitForFiles(*engine, 400);
  }
  const auto later = FilesOf(dir_);
  fs::remove_all(dir_ + "/store");
  fs::copy(old + "/store", dir_ + "/store", fs::copy_options::recursive);
  {
    const auto engine = Open(dir_, embedder_, kSealRows, kNever);
    EXPECT_FALSE(Stats(*engine).notes.empty());
    ExpectTheAnswers(*engine);
    // As many writes as the lost ones, and more.
    for (int i = 0; i < 3; ++i) {
      ASSERT_TRUE(engine->Apply(Documents(embedder_, 2000 + 40 * i, 40)).ok());
    }
  }
  fs::remove_all(dir_ + "/index/1");
  fs::create_directory(dir_ + "/index/1");
  for (const auto& [n, b] : later) Write(absl::StrCat(dir_, "/index/1/", n), b);
  const auto engine = Open(dir_, embedder_, kSealRows, kNever);
  EXPECT_EQ(Stats(*engine).notes.size(), 1u);
  ExpectSound(*engine);
  const std::string fresh = folder_.path("fresh2");
  ASSERT_TRUE(engine->Snapshot(fresh).ok());
  EXPECT_EQ(Answers(*engine), Answers(*Open(fresh, embedder_, kNever, kNever)));
}

TEST_F(SegmentFilesTest, CompactingDropsThem) {
  {
    const auto engine = Open(dir_, embedder_, kNever, kNever);
    ASSERT_TRUE(engine->Compact().ok());
    for (const SegmentStats& s : Stats(*engine).segments) EXPECT_EQ(s.disk_bytes, 0u);
  }
  EXPECT_EQ(FilesOf(dir_).size(), 1u);  // the manifest
  const auto engine = Open(dir_, embedder_, kSealRows, kNever);
  const CollectionStats stats = Stats(*engine);
  uint64_t rows = 0;
  for (const SegmentStats& s : stats.segments) rows += s.rows;
  EXPECT_EQ(rows, stats.chunks);
  EXPECT_TRUE(stats.notes.empty());
  ExpectTheAnswers(*engine);
}

TEST_F(SegmentFilesTest, WhatNoManifestNamesIsRemoved) {
  const std::string folder = dir_ + "/index/1/";
  Write(folder + "977.segment", "left over");
  Write(folder + "manifest.new", "left over");
  Write(folder + "notes.txt", "the operator's");
  fs::copy(dir_ + "/index/1", dir_ + "/index/9", fs::copy_options::recursive);
  fs::remove(dir_ + "/index/9/notes.txt");
  const auto engine = Open(dir_, embedder_, kSealRows, kNever);
  EXPECT_TRUE(Stats(*engine).notes.empty());
  EXPECT_FALSE(fs::exists(folder + "977.segment"));
  EXPECT_FALSE(fs::exists(folder + "manifest.new"));
  EXPECT_TRUE(fs::exists(folder + "notes.txt"));
  EXPECT_FALSE(fs::exists(dir_ + "/index/9"));
  ExpectTheAnswers(*engine);
}

TEST_F(SegmentFilesTest, WhereTheyCantBeWrittenTheStoreWorks) {
  fs::remove_all(dir_ + "/index");
  Write(dir_ + "/index", "in the way");
  const auto engine = Open(dir_, embedder_, kSealRows, kNever);
  WaitForRows(*engine, "flat", 200);
  while (Stats(*engine).notes.empty()) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  EXPECT_TRUE(absl::StrContains(Stats(*engine).notes[0], "index"));
  ExpectTheAnswers(*engine);
}

// Nothing is left that could be written, and the old manifest can't be replaced.
TEST_F(SegmentFilesTest, WhatCantBeReplacedIsTriedOnce) {
  fs::create_directory(dir_ + "/index/1/manifest.new");
  for (const auto& [name, bytes] : files_) {
    if (name != "manifest") Write(absl::StrCat(dir_, "/index/1/", name), "damaged");
  }
  const auto engine = Open(dir_, embedder_, kNever, kNever);
  while (Stats(*engine).notes.size() < 2) {
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  std::this_thread::sleep_for(std::chrono::milliseconds(20));
  EXPECT_EQ(Stats(*engine).notes.size(), 2u);
  ExpectTheAnswers(*engine);
}

TEST_F(SegmentFilesTest, ADamagedManifestIsNotedOnce) {
  Write(dir_ + "/index/1/manifest", "damaged");
  EXPECT_EQ(Stats(*Open(dir_, embedder_, kNever, kNever)).notes.size(), 1u);
  const auto engine = Open(dir_, embedder_, kNever, kNever);
  EXPECT_TRUE(Stats(*engine).notes.empty());
  ExpectTheAnswers(*engine);
}

}  // namespace
}  // namespace footnote::retrieval
