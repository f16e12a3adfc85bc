// Searches a store while it is written at full rate and prints a JSON object a line:
// searches of an idle store, then, beside a bulk writer, the same searches and single
// documents that are written and searched for at once.
//
//   freshness_bench --data DIR [--passages N] [--dim N] [--batch N] [--seconds N]
//
// DIR must not exist. The text is words of a Zipf distribution, the vectors sums of the
// words'; embedding takes next to no time, so the writer is as fast as the store.
#include <algorithm>
#include <atomic>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "retrieval/engine.h"
#include "transformer/embedder.h"

namespace {

using footnote::retrieval::DocumentWrite;
using footnote::retrieval::Engine;
using footnote::retrieval::EngineOptions;
using footnote::retrieval::SearchRequest;
using Clock = std::chrono::steady_clock;

constexpr size_t kWords = 50000;
constexpr int kWordsPerPassage = 60;

[[noreturn]] void Fail(const std::string& message) {
  std::cerr << "freshness_bench: " << message << "\n";
  std::exit(1);
}

double Milliseconds(Clock::time_point since) {
  return std::chrono::duration<double, std::milli>(Clock::now() - since).count();
}

// Words by their rank; the vector of a text is the normalised sum of its words'.
class Language final : public footnote::transformer::Embedder {
 public:
  explicit Language(int dim) : dim_(dim), vectors_(kWords * static_cast<size_t>(dim)) {
    std::mt19937 random(1);
    std::normal_distribution<float> normal;
    for (float& x : vectors_) x = normal(random);
    double sum = 0;
    for (size_t rank = 1; rank <= kWords; ++rank) {
      sum += 1.0 / static_cast<double>(rank);
      cumulative_.push_back(sum);
    }
  }

  std::string Text(int words, std::mt19937_64* random) const {
    std::string out;
    std::uniform_real_distribution<double> uniform(0, cumulative_.back());
    for (int i = 0; i < words; ++i) {
      const auto at = std::lower_bound(cumulative_.begin(), cumulative_.end(), uniform(*random));
      absl::StrAppend(&out, i == 0 ? "" : " ", "w", at - cumulative_.begin());
    }
    return out;
  }

  absl::StatusOr<footnote::transformer::Embeddings> Embed(
      absl::Span<const absl::string_view> texts,
      const std::function<bool()>& /*cancelled*/) const override {
    footnote::transformer::Embeddings out;
    out.rows = static_cast<int>(texts.size());
    out.dim = dim_;
    for (const absl::string_view text : texts) {
      std::vector<float> v(static_cast<size_t>(dim_), 1e-3F);
      size_t number = 0;
      for (const char c : text) {
        if (c >= '0' && c <= '9') {
          number = (number * 10 + static_cast<size_t>(c - '0')) % kWords;
          continue;
        }
        if (c == ' ') AddWord(&number, &v);
      }
      AddWord(&number, &v);
      double norm = 0;
      for (const float x : v) norm += double{x} * x;
      for (const float x : v) out.values.push_back(static_cast<float>(x / std::sqrt(norm)));
    }
    return out;
  }
  using Embedder::Embed;
  int CountTokens(absl::string_view text) const override {
    return static_cast<int>(std::count(text.begin(), text.end(), ' ')) + 1;
  }
  int dim() const override { return dim_; }
  int max_tokens() const override { return 512; }
  const std::string& fingerprint() const override { return fingerprint_; }

 private:
  void AddWord(size_t* number, std::vector<float>* v) const {
    const float* word = vectors_.data() + *number * v->size();
    for (size_t i = 0; i < v->size(); ++i) (*v)[i] += word[i];
    *number = 0;
  }

  const int dim_;
  const std::string fingerprint_ = "bench";
  std::vector<float> vectors_;
  std::vector<double> cumulative_;
};

DocumentWrite MakeWrite(const Language& language, const std::string& id, std::string text) {
  DocumentWrite out;
  out.document.id = id;
  out.document.collection = footnote::retrieval::kDefaultCollection;
  out.document.title = id;
  out.document.text = std::move(text);
  const auto size = static_cast<uint32_t>(out.document.text.size());
  out.document.blocks.push_back({footnote::retrieval::BlockKind::kParagraph, 0, 0, size, ""});
  out.chunks.push_back({0, size, kWordsPerPassage, ""});
  const absl::string_view view = out.document.text;
  out.vectors = language.Embed({&view, 1})->values;
  return out;
}

std::unique_ptr<Engine> Open(const std::string& dir, bool sync, const Language& language) {
  EngineOptions options;
  options.data_dir = dir;
  options.create_if_missing = true;
  options.sync_writes = sync;
  auto engine = Engine::Open(options, &language);
  if (!engine.ok()) Fail(engine.status().ToString());
  return *std::move(engine);
}

void Apply(Engine* engine, const std::vector<DocumentWrite>& writes, uint64_t* token) {
  const auto applied = engine->Apply(writes);
  if (!applied.ok()) Fail(applied.status().ToString());
  *token = *applied;
}

class Times {
 public:
  void Add(double ms) { ms_.push_back(ms); }
  void Print(const char* what) {
    std::sort(ms_.begin(), ms_.end());
    std::printf("{\"what\":\"%s\",\"n\":%zu,\"p50_ms\":%.3f,\"p99_ms\":%.3f,\"max_ms\":%.3f}\n",
                what, ms_.size(), At(0.5), At(0.99), At(1));
    std::fflush(stdout);
  }

 private:
  double At(double share) const {
    return ms_.empty() ? 0 : ms_[std::min(ms_.size() - 1, static_cast<size_t>(share * ms_.size()))];
  }
  std::vector<double> ms_;
};

void Search(const Engine& engine, const std::string& query, uint64_t token,
            const std::string& expected, Times* times) {
  SearchRequest request;
  request.query = query;
  request.min_sequence = token;
  const auto start = Clock::now();
  const auto result = engine.Search(request);
  times->Add(Milliseconds(start));
  if (!result.ok()) Fail(result.status().ToString());
  if (!expected.empty() && (result->hits.empty() || result->hits[0].doc != expected)) {
    Fail(absl::StrCat("the document ", expected, " wasn't found after its write"));
  }
}

}  // namespace

int main(int argc, char** argv) {
  std::string dir;
  size_t passages = 100000, batch = 64;
  int dim = 384;
  double seconds = 30;
  for (int i = 1; i + 1 < argc; i += 2) {
    const std::string flag = argv[i];
    if (flag == "--data") {
      dir = argv[i + 1];
    } else if (flag == "--passages") {
      passages = std::strtoull(argv[i + 1], nullptr, 10);
    } else if (flag == "--dim") {
      dim = std::atoi(argv[i + 1]);
    } else if (flag == "--batch") {
      batch = std::strtoull(argv[i + 1], nullptr, 10);
    } else if (flag == "--seconds") {
      seconds = std::atof(argv[i + 1]);
    } else {
      Fail(absl::StrCat("unknown flag ", flag));
    }
  }
  if (dir.empty() || batch == 0 || dim < 1) Fail("--data DIR is missing, or a number is wrong");
  const Language language(dim);
  std::mt19937_64 random(7);
  std::unique_ptr<Engine> engine = Open(dir, /*sync=*/false, language);
  uint64_t token = 0;
  for (size_t done = 0; done < passages;) {
    std::vector<DocumentWrite> writes;
    for (; writes.size() < 512 && done < passages; ++done) {
      writes.push_back(
          MakeWrite(language, absl::StrCat("doc", done), language.Text(kWordsPerPassage, &random)));
    }
    Apply(engine.get(), writes, &token);
  }
  engine.reset();
  engine = Open(dir, /*sync=*/true, language);

  Times idle;
  for (int i = 0; i < 2000; ++i) Search(*engine, language.Text(4, &random), 0, "", &idle);
  idle.Print("idle search");

  std::atomic<bool> stop{false};
  std::atomic<uint64_t> written{0};
  Times bulk;
  std::thread writer([&] {
    std::mt19937_64 own(8);
    uint64_t ignored = 0;
    for (size_t n = 0; !stop; ++n) {
      std::vector<DocumentWrite> writes;
      for (size_t i = 0; i < batch; ++i) {
        writes.push_back(MakeWrite(language, absl::StrCat("bulk", n, ".", i),
                                   language.Text(kWordsPerPassage, &own)));
      }
      const auto start = Clock::now();
      Apply(engine.get(), writes, &ignored);
      bulk.Add(Milliseconds(start));
      written += batch;
    }
  });
  Times loaded, write, found;
  const auto start = Clock::now();
  for (int i = 0; Milliseconds(start) < 1000 * seconds; ++i) {
    for (int k = 0; k < 5; ++k) Search(*engine, language.Text(4, &random), 0, "", &loaded);
    const std::string id = absl::StrCat("own", i);
    const auto write_start = Clock::now();
    Apply(engine.get(), {MakeWrite(language, id, absl::StrCat("unique", i, "x w1 w2"))}, &token);
    write.Add(Milliseconds(write_start));
    Search(*engine, absl::StrCat("unique", i, "x"), token, id, &found);
  }
  const double took = Milliseconds(start) / 1000;
  stop = true;
  writer.join();
  loaded.Print("search while writing");
  write.Print("one document's write while writing");
  found.Print("search for it after the acknowledgement");
  bulk.Print("bulk write");
  std::printf("{\"what\":\"bulk rate\",\"passages_per_second\":%.0f}\n",
              static_cast<double>(written) / took);
  return 0;
}
