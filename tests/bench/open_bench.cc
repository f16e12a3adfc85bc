// How long a store takes to open, with and without the files of its segments, and how
// long until a graph is there. Makes the store first, of documents of ten passages of
// 60 words each, drawn by Zipf's law, with clustered vectors of 384 dimensions; where
// FOLDER holds one, that one is taken. Prints a JSON object a line.
//
//   open_bench FOLDER PASSAGES

#include <chrono>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <memory>
#include <random>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "retrieval/engine.h"
#include "transformer/embedder.h"

namespace footnote::retrieval {
namespace {

using Clock = std::chrono::steady_clock;
constexpr int kDim = 384;
constexpr int kChunks = 10;     // of a document
constexpr int kWords = 60;      // of a chunk
constexpr int kPerWrite = 100;  // documents
constexpr uint32_t kVocabulary = 100000;

double Seconds(Clock::time_point since) {
  return std::chrono::duration<double>(Clock::now() - since).count();
}

[[noreturn]] void Fail(const std::string& message) {
  std::fprintf(stderr, "open_bench: %s\n", message.c_str());
  std::exit(1);
}

// The store's vectors are drawn, so nothing is embedded.
class NoEmbedder final : public transformer::Embedder {
 public:
  absl::StatusOr<transformer::Embeddings> Embed(
      absl::Span<const absl::string_view> /*texts*/,
      const std::function<bool()>& /*cancelled*/) const override {
    return absl::UnimplementedError("open_bench embeds nothing");
  }
  int CountTokens(absl::string_view /*text*/) const override { return 0; }
  int dim() const override { return kDim; }
  int max_tokens() const override { return 512; }
  const std::string& fingerprint() const override { return fingerprint_; }

 private:
  const std::string fingerprint_ = "drawn";
};

class Drawer {
 public:
  Drawer() : centers_(kClusters * kDim) {
    for (float& x : centers_) x = normal_(random_);
  }

  DocumentWrite Document(int number) {
    DocumentWrite out;
    retrieval::Document& d = out.document;
    d.id = absl::StrCat("document-", number);
    d.collection = kDefaultCollection;
    for (int c = 0; c < kChunks; ++c) {
      const auto begin = static_cast<uint32_t>(d.text.size());
      for (int w = 0; w < kWords; ++w) absl::StrAppend(&d.text, w == 0 ? "" : " ", Word());
      const auto end = static_cast<uint32_t>(d.text.size());
      d.text += "\n\n";
      d.blocks.push_back({BlockKind::kParagraph, 0, begin, end, ""});
      out.chunks.push_back({begin, end, kWords, ""});
      AddVector(&out.vectors);
    }
    return out;
  }

 private:
  static constexpr size_t kClusters = 1000;

  // Word r about as often as 1 / r.
  std::string Word() {
    const double uniform = static_cast<double>(random_() >> 11) * 0x1p-53;
    return absl::StrCat("w", static_cast<uint32_t>(std::exp(uniform * std::log(kVocabulary))));
  }
  void AddVector(std::vector<float>* out) {
    const float* center = centers_.data() + random_() % kClusters * kDim;
    double norm = 0;
    const size_t begin = out->size();
    for (int i = 0; i < kDim; ++i) {
      out->push_back(center[i] + 0.7f * normal_(random_));
      norm += double{out->back()} * out->back();
    }
    for (size_t i = begin; i < out->size(); ++i) {
      (*out)[i] = static_cast<float>((*out)[i] / std::sqrt(norm));
    }
  }

  std::mt19937_64 random_{7};
  std::normal_distribution<float> normal_;
  std::vector<float> centers_;
};

std::unique_ptr<Engine> Open(const std::string& dir, const NoEmbedder& embedder) {
  EngineOptions options;
  options.data_dir = dir;
  options.create_if_missing = true;
  auto engine = Engine::Open(options, &embedder);
  if (!engine.ok()) Fail(engine.status().ToString());
  return *std::move(engine);
}

void Make(const std::string& dir, int passages, const NoEmbedder& embedder) {
  const auto engine = Open(dir, embedder);
  Drawer drawer;
  for (int document = 0; document * kChunks < passages;) {
    std::vector<DocumentWrite> writes;
    for (int i = 0; i < kPerWrite && (document + i) * kChunks < passages; ++i) {
      writes.push_back(drawer.Document(document + i));
    }
    document += static_cast<int>(writes.size());
    const auto written = engine->Apply(writes);
    if (!written.ok()) Fail(written.status().ToString());
  }
}

uint64_t RowsWith(const Engine& engine, const std::function<bool(const SegmentStats&)>& passes) {
  const auto stats = engine.Stats();
  if (!stats.ok()) Fail(stats.status().ToString());
  uint64_t rows = 0;
  for (const CollectionStats& c : stats->collections) {
    for (const SegmentStats& s : c.segments) rows += passes(s) ? s.rows : 0;
  }
  return rows;
}

void WaitFor(const Engine& engine, uint64_t rows,
             const std::function<bool(const SegmentStats&)>& passes) {
  while (RowsWith(engine, passes) < rows) {
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
}

// Opens the store, waits for a graph and for the files, and prints the times of it.
void Measure(const std::string& dir, const std::string& what, const NoEmbedder& embedder) {
  const Clock::time_point start = Clock::now();
  const auto engine = Open(dir, embedder);
  const double opened = Seconds(start);
  const uint64_t rows = RowsWith(*engine, [](const SegmentStats&) { return true; });
  const uint64_t most = rows - rows / 10;  // the newest may be compared by their vectors
  WaitFor(*engine, most, [](const SegmentStats& s) { return s.kind == "hnsw"; });
  const double graph = Seconds(start);
  WaitFor(*engine, most, [](const SegmentStats& s) { return s.disk_bytes > 0; });
  const uint64_t disk = engine->Stats()->disk_bytes;
  std::printf(
      "{\"what\": \"%s\", \"passages\": %llu, \"open_s\": %.2f, \"graph_s\": %.2f, "
      "\"disk_bytes\": %llu}\n",
      what.c_str(), static_cast<unsigned long long>(rows), opened, graph,
      static_cast<unsigned long long>(disk));
  std::fflush(stdout);
}

int Main(const std::string& dir, int passages) {
  const NoEmbedder embedder;
  if (!std::filesystem::exists(dir)) Make(dir, passages, embedder);
  for (int round = 0; round < 3; ++round) {
    std::filesystem::remove_all(dir + "/index");
    Measure(dir, "without files", embedder);
    Measure(dir, "with files", embedder);
  }
  return 0;
}

}  // namespace
}  // namespace footnote::retrieval

int main(int argc, char** argv) {
  if (argc != 3 || std::atoi(argv[2]) < 1) {
    std::fprintf(stderr, "usage: open_bench FOLDER PASSAGES\n");
    return 2;
  }
  return footnote::retrieval::Main(argv[1], std::atoi(argv[2]));
}
