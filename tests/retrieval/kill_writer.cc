// Writes, replaces and deletes documents until it is killed. Prints a line after
// each acknowledged change: "put ID VERSION" or "delete ID". Used by kill_test.
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "retrieval/engine.h"
#include "tests/retrieval/testing.h"

using namespace footnote::retrieval;  // NOLINT(build/namespaces)

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  const WordEmbedder embedder;
  EngineOptions options;
  options.data_dir = argv[1];
  options.create_if_missing = true;
  options.block_cache_bytes = 4 << 20;
  auto engine = Engine::Open(options, &embedder);
  if (!engine.ok()) {
    std::fprintf(stderr, "%s\n", engine.status().ToString().c_str());
    return 1;
  }
  std::mt19937_64 random(std::strtoull(argv[2], nullptr, 10));
  for (uint64_t version = random() % 1000000;; ++version) {
    const std::string id = absl::StrCat("doc", random() % 40);
    if (random() % 5 == 0) {
      if (!(*engine)->Delete(kDefaultCollection, std::vector<std::string>{id}, std::nullopt).ok()) {
        continue;  // no collection yet
      }
      std::printf("delete %s\n", id.c_str());
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
      if (!(*engine)->Apply(writes).ok()) return 1;
      std::printf("put %s version%llu\n", id.c_str(), static_cast<unsigned long long>(version));
    }
    std::fflush(stdout);
  }
}
