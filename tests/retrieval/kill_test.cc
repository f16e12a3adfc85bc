// A writer is killed with SIGKILL at random moments. After each kill the store
// opens, verify finds nothing, every acknowledged change is there, searches answer as
// they do without the files of segments, and the newest snapshot is whole. 10 kills;
// FOOTNOTE_KILLS=50 for more.
#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/match.h"
#include "gtest/gtest.h"
#include "retrieval/engine.h"
#include "tests/retrieval/testing.h"

namespace footnote::retrieval {
namespace {

// Runs the writer for `milliseconds` of writing; returns what it acknowledged.
std::string RunAndKill(const std::string& dir, uint64_t seed, int milliseconds) {
  int pipe_ends[2];
  EXPECT_EQ(pipe(pipe_ends), 0);
  const pid_t child = fork();
  if (child == 0) {
    dup2(pipe_ends[1], STDOUT_FILENO);
    close(pipe_ends[0]);
    close(pipe_ends[1]);
    const std::string seed_text = absl::StrCat(seed);
    execl(FOOTNOTE_KILL_WRITER, FOOTNOTE_KILL_WRITER, dir.c_str(), seed_text.c_str(), nullptr);
    _exit(127);
  }
  close(pipe_ends[1]);
  std::string out;
  char buffer[4096];
  // The clock starts at the first change, so that a slow machine writes too.
  ssize_t n = read(pipe_ends[0], buffer, sizeof(buffer));
  if (n > 0) out.append(buffer, static_cast<size_t>(n));
  std::thread killer([child, milliseconds] {
    std::this_thread::sleep_for(std::chrono::milliseconds(milliseconds));
    kill(child, SIGKILL);
  });
  while ((n = read(pipe_ends[0], buffer, sizeof(buffer))) > 0) {
    out.append(buffer, static_cast<size_t>(n));
  }
  killer.join();
  close(pipe_ends[0]);
  int status = 0;
  waitpid(child, &status, 0);
  EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL) << "the writer ended by itself";
  return out;
}

std::unique_ptr<Engine> OpenExact(const std::string& dir, const WordEmbedder& embedder,
                                  size_t seal_rows) {
  EngineOptions options;
  options.data_dir = dir;
  options.sync_writes = false;
  options.vector_index.seal_rows = seal_rows;
  options.vector_index.graph_rows = 1 << 20;
  auto engine = Engine::Open(options, &embedder);
  EXPECT_TRUE(engine.ok()) << engine.status();
  return engine.ok() ? *std::move(engine) : nullptr;
}

std::vector<std::string> Answers(const Engine& engine) {
  std::vector<std::string> out;
  for (int i = 0; i < 20; ++i) {
    SearchRequest request;
    request.query = absl::StrCat("word", 3 * i, " and word", 7 * i);
    const auto result = engine.Search(request);
    if (absl::IsNotFound(result.status())) return {};  // no collection yet
    EXPECT_TRUE(result.ok()) << result.status();
    for (const Hit& hit : result->hits) {
      out.push_back(
          absl::StrCat(hit.doc, " ", hit.chunk, " ", hit.dense.score, " ", hit.lexical.score));
    }
  }
  return out;
}

bool HasFiles(const Engine& engine) {
  const auto stats = engine.Stats();
  EXPECT_TRUE(stats.ok()) << stats.status();
  for (const CollectionStats& c : stats->collections) {
    for (const SegmentStats& s : c.segments) {
      if (s.disk_bytes > 0) return true;
    }
  }
  return false;
}

// Segments from files change no answer, and no file is reported as damaged.
void ExpectFilesAreRight(const Engine& engine, const std::string& dir, const std::string& plain,
                         const WordEmbedder& embedder) {
  const auto stats = engine.Stats();
  ASSERT_TRUE(stats.ok());
  for (const CollectionStats& c : stats->collections) {
    for (const std::string& note : c.notes) ADD_FAILURE() << note;
  }
  const std::vector<std::string> answers = Answers(engine);
  ASSERT_TRUE(engine.Snapshot(plain).ok());
  EXPECT_EQ(Answers(*OpenExact(plain, embedder, 1 << 20)), answers) << dir;
  std::filesystem::remove_all(plain);
}

void ExpectSnapshotIsWhole(const std::string& snapshot, const std::string& restored,
                           const WordEmbedder& embedder) {
  if (!std::filesystem::exists(snapshot)) return;
  ASSERT_TRUE(RestoreSnapshot(snapshot, restored).ok());
  ExpectSound(*OpenExact(restored, embedder, 1 << 20));
  std::filesystem::remove_all(restored);
}

TEST(KillTest, NothingAcknowledgedIsLost) {
  const char* wanted = std::getenv("FOOTNOTE_KILLS");
  const int kills = wanted == nullptr ? 10 : std::atoi(wanted);
  TempFolder folder;
  const WordEmbedder embedder;
  std::mt19937_64 random(11);
  std::map<std::string, std::optional<std::string>> acknowledged;  // nullopt: deleted
  int with_files = 0;
  for (int round = 0; round < kills; ++round) {
    const std::string log = RunAndKill(folder.path(), random(), static_cast<int>(random() % 150));
    std::istringstream lines(log.substr(0, log.rfind('\n') + 1));
    std::string what, id, version;
    while (lines >> what >> id) {
      if (what == "put") {
        lines >> version;
        acknowledged[id] = acknowledged[id + "twin"] = version;
      } else {
        acknowledged[id] = std::nullopt;
      }
    }
    const auto engine = OpenExact(folder.path(), embedder, 32);
    ASSERT_NE(engine, nullptr);
    with_files += HasFiles(*engine) ? 1 : 0;
    ASSERT_NO_FATAL_FAILURE(ExpectSound(*engine)) << "after kill " << round + 1;
    ASSERT_NO_FATAL_FAILURE(
        ExpectFilesAreRight(*engine, folder.path(), folder.path("plain"), embedder))
        << "after kill " << round + 1;
    ASSERT_NO_FATAL_FAILURE(
        ExpectSnapshotIsWhole(folder.path() + "-snapshot", folder.path("restored"), embedder))
        << "after kill " << round + 1;
    // The changes that were under way when the writer died may be there or not, so
    // one pair of documents of each of its two threads may differ from what was
    // acknowledged.
    std::map<std::string, std::string> differing;
    for (const auto& [doc, text] : acknowledged) {
      const auto found = engine->GetDocument(kDefaultCollection, doc, std::nullopt);
      const bool as_said = text.has_value()
                               ? found.ok() && absl::StartsWith(found->text, *text + " ")
                               : absl::IsNotFound(found.status());
      if (!as_said) {
        differing[doc.substr(0, doc.find("twin"))] += doc;
        acknowledged[doc] =
            found.ok() ? std::optional(found->text.substr(0, found->text.find(' '))) : std::nullopt;
      }
    }
    std::array<int, 2> of_thread = {};
    for (const auto& [pair, docs] : differing) ++of_thread[(pair.back() - '0') % 2];
    EXPECT_LE(*std::max_element(of_thread.begin(), of_thread.end()), 1)
        << "after kill " << round + 1;
  }
  EXPECT_FALSE(acknowledged.empty());
  EXPECT_TRUE(kills < 10 || with_files > 0) << "no kill was amid segments";
  RecordProperty("openings_with_files", with_files);
}

}  // namespace
}  // namespace footnote::retrieval
