// Writes, replaces and deletes documents from two threads, while segments are built and
// written to files and a third thread takes snapshots and compacts, until it is killed.
// Prints a line after each acknowledged change: "put ID VERSION" or "delete ID". Used by
// kill_test.
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "retrieval/engine.h"
#include "tests/retrieval/testing.h"

namespace footnote::retrieval {
namespace {

// Writes documents that no other thread does.
void KeepWriting(Engine* engine, const WordEmbedder& embedder, uint64_t seed, uint64_t thread) {
  std::mt19937_64 random(seed + thread);
  for (uint64_t version = random() % 1000000;; ++version) {
    const std::string id = absl::StrCat("doc", random() % 20 * 2 + thread);
    if (random() % 5 == 0) {
      if (!engine->Delete(kDefaultCollection, std::vector<std::string>{id}, std::nullopt).ok()) {
        continue;  // no collection yet
      }
      std::printf("%s", absl::StrCat("delete ", id, "\n").c_str());
    } else {
      // Two documents in one batch: both or neither.
      std::vector<DocumentWrite> writes;
      for (const std::string& one : {id, id + "twin"}) {
        std::vector<std::string> paragraphs = {absl::StrCat("version", version, " of it")};
        for (uint64_t n = random() % 20; n > 0; --n) {
          paragraphs.push_back(absl::StrCat("word", random() % 500, " and word", random() % 500));
        }
        writes.push_back(MakeWrite(embedder, one, paragraphs));
      }
      if (!engine->Apply(writes).ok()) std::_Exit(1);
      std::printf("%s", absl::StrCat("put ", id, " version", version, "\n").c_str());
    }
    std::fflush(stdout);
  }
}

// The newest snapshot is `snapshot`, if there is one.
void KeepCaring(Engine* engine, const std::string& snapshot) {
  for (;;) {
    if (!engine->Compact().ok()) std::_Exit(1);
    std::error_code ignored;
    std::filesystem::rename(snapshot, snapshot + "-old", ignored);  // whole or not at all
    std::filesystem::remove_all(snapshot + "-old", ignored);
    if (!engine->Snapshot(snapshot).ok()) std::_Exit(1);
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
}

int Main(const std::string& dir, uint64_t seed) {
  const WordEmbedder embedder;
  EngineOptions options;
  options.data_dir = dir;
  options.create_if_missing = true;
  options.block_cache_bytes = 4 << 20;
  options.vector_index.seal_rows = 32;
  options.vector_index.graph_rows = 200;
  auto engine = Engine::Open(options, &embedder);
  if (!engine.ok()) {
    std::fprintf(stderr, "%s\n", engine.status().ToString().c_str());
    return 1;
  }
  std::vector<std::thread> threads;
  for (uint64_t t = 0; t < 2; ++t) {
    threads.emplace_back(KeepWriting, engine->get(), std::cref(embedder), seed, t);
  }
  KeepCaring(engine->get(), dir + "-snapshot");
  return 0;
}

}  // namespace
}  // namespace footnote::retrieval

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  return footnote::retrieval::Main(argv[1], std::strtoull(argv[2], nullptr, 10));
}
