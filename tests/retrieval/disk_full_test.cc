// A disk that fills up: the write says so, nothing of it is kept, searches go
// on, and the next write after space was freed succeeds. Needs leave to mount a
// small file system in a namespace of its own; skipped without.
#include <sched.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>

#include "gtest/gtest.h"
#include "retrieval/engine.h"
#include "tests/retrieval/testing.h"

namespace footnote::retrieval {
namespace {

constexpr int kCantMount = 77;

// Runs in a child process. Returns 0, or the line of what went wrong.
int FillUp(const std::string& dir) {
#define EXPECT_OR_RETURN(condition) \
  if (!(condition)) return __LINE__ % 256
  const bool is_root = geteuid() == 0;
  if (unshare(CLONE_NEWNS | (is_root ? 0 : CLONE_NEWUSER)) != 0 ||
      mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0 ||
      mount("tmpfs", dir.c_str(), "tmpfs", 0, "size=6m") != 0) {
    return kCantMount;
  }
  const std::string ballast = dir + "/ballast";
  std::ofstream(ballast) << std::string(1 << 20, 'x');
  const WordEmbedder embedder;
  EngineOptions options;
  options.data_dir = dir + "/data";
  options.create_if_missing = true;
  int written = 0;
  {
    auto engine = Engine::Open(options, &embedder);
    EXPECT_OR_RETURN(engine.ok());
    const auto write = [&](int i) {
      std::vector<std::string> paragraphs;
      for (int j = 0; j < 100; ++j) {
        paragraphs.push_back(absl::StrCat("word", i, "x", j, " and something"));
      }
      const DocumentWrite w = MakeWrite(embedder, absl::StrCat("doc", i), paragraphs);
      return (*engine)->Apply({&w, 1}).status();
    };
    absl::Status status;
    while ((status = write(written)).ok() && written < 10000) ++written;
    EXPECT_OR_RETURN(absl::IsResourceExhausted(status) && written > 0);
    EXPECT_OR_RETURN(absl::IsResourceExhausted(write(written)));
    SearchRequest request;
    request.query = "word0x7";
    request.mode = SearchMode::kLexical;
    const auto found = (*engine)->Search(request);
    EXPECT_OR_RETURN(found.ok() && found->hits.size() == 1);
    std::filesystem::remove(ballast);
    EXPECT_OR_RETURN(write(written).ok());
    ++written;
    EXPECT_OR_RETURN((*engine)->Stats()->sequence == written);
  }
  auto engine = Engine::Open(options, &embedder);
  EXPECT_OR_RETURN(engine.ok());
  const auto report = (*engine)->Verify(nullptr);
  EXPECT_OR_RETURN(report.ok() && report->divergences.empty() && report->documents == written);
  return 0;
#undef EXPECT_OR_RETURN
}

TEST(DiskFullTest, NothingIsLostAndWritingGoesOnOnceThereIsSpace) {
  TempFolder folder;
  std::filesystem::create_directory(folder.path());
  const pid_t child = fork();
  if (child == 0) _exit(FillUp(folder.path()));
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFEXITED(status)) << "the process died of signal " << WTERMSIG(status);
  if (WEXITSTATUS(status) == kCantMount) GTEST_SKIP() << "no leave to mount a file system";
  EXPECT_EQ(WEXITSTATUS(status), 0) << "line " << WEXITSTATUS(status) << " (modulo 256)";
}

}  // namespace
}  // namespace footnote::retrieval
