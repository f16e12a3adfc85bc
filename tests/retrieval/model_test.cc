// Properties: whatever is written, replaced and deleted, the engine agrees with
// a model that keeps everything in a map and scores everything.
#include <algorithm>
#include <cmath>
#include <map>
#include <random>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "gtest/gtest.h"
#include "retrieval/engine.h"
#include "tests/retrieval/testing.h"
#include "transformer/text/analyzer.h"

namespace footnote::retrieval {
namespace {

constexpr const char* kWords[] = {"alpha",   "beta",  "gamma", "delta",     "server", "ports",
                                  "pg_dump", "index", "query", "partition", "the",    "vacuum"};
constexpr const char* kPeople[] = {"ann", "bob", "eve"};

struct Passage {
  std::string doc;
  uint32_t chunk;
  std::map<std::string, int> terms;
  int length;
  std::vector<float> vector;
};

// The model: documents as written, exhaustive scoring from the definition.
class Model {
 public:
  void Put(const DocumentWrite& write) { documents_[write.document.id] = write; }
  void Remove(const std::string& id) { documents_.erase(id); }
  const std::map<std::string, DocumentWrite>& documents() const { return documents_; }

  static bool Sees(const DocumentWrite& w, const std::vector<std::string>& who) {
    if (w.document.access.allow.empty()) return true;
    for (const std::string& p : w.document.access.allow) {
      if (std::count(who.begin(), who.end(), p) > 0) return true;
    }
    return false;
  }

  std::vector<Passage> Visible(const std::vector<std::string>& who, int dim) const {
    std::vector<Passage> out;
    for (const auto& [id, w] : documents_) {
      if (!Sees(w, who)) continue;
      for (uint32_t i = 0; i < w.chunks.size(); ++i) {
        Passage p{id, i, {}, 0, {}};
        for (const auto& t : transformer::AnalyzeEnglish(IndexedText(w.document, w.chunks[i]))) {
          ++p.terms[t.text];
          ++p.length;
        }
        p.vector.assign(w.vectors.begin() + i * dim, w.vectors.begin() + (i + 1) * dim);
        out.push_back(std::move(p));
      }
    }
    return out;
  }

  // Passages with their BM25, best first, ties by (doc, chunk); zeros left out.
  static std::vector<std::pair<double, Passage>> Bm25(const std::vector<Passage>& passages,
                                                      const std::string& query) {
    double total = 0;
    for (const Passage& p : passages) total += p.length;
    const double average = total / static_cast<double>(passages.size());
    std::vector<std::pair<double, Passage>> out;
    std::map<std::string, int> terms;
    for (const auto& t : transformer::AnalyzeEnglish(query)) ++terms[t.text];
    for (const Passage& p : passages) {
      double score = 0;
      for (const auto& [term, times] : terms) {
        const auto it = p.terms.find(term);
        if (it == p.terms.end()) continue;
        double df = 0;
        for (const Passage& other : passages) df += other.terms.count(term) > 0 ? 1 : 0;
        const double n = static_cast<double>(passages.size());
        const double idf = std::log(1 + (n - df + 0.5) / (df + 0.5));
        const double tf = it->second;
        score += times * idf * tf * 2.2 / (tf + 1.2 * (0.25 + 0.75 * p.length / average));
      }
      if (score > 0) out.emplace_back(score, p);
    }
    Sort(&out);
    return out;
  }

  static std::vector<std::pair<double, Passage>> Dense(const std::vector<Passage>& passages,
                                                       const std::vector<float>& query) {
    std::vector<std::pair<double, Passage>> out;
    for (const Passage& p : passages) {
      double dot = 0;
      for (size_t i = 0; i < query.size(); ++i) dot += double{query[i]} * p.vector[i];
      out.emplace_back(dot, p);
    }
    Sort(&out);
    return out;
  }

 private:
  static void Sort(std::vector<std::pair<double, Passage>>* scored) {
    std::sort(scored->begin(), scored->end(), [](const auto& a, const auto& b) {
      if (a.first != b.first) return a.first > b.first;
      return std::tie(a.second.doc, a.second.chunk) < std::tie(b.second.doc, b.second.chunk);
    });
  }
  std::map<std::string, DocumentWrite> documents_;
};

class ModelTest : public testing::TestWithParam<int> {
 protected:
  ModelTest() : random_(GetParam()) {}

  size_t Roll(size_t n) { return random_() % n; }
  std::string Words(size_t most) {
    std::string out;
    for (size_t n = 1 + Roll(most); n > 0; --n) out += std::string(kWords[Roll(12)]) + " ";
    return out;
  }
  std::vector<std::string> Somebody() {
    std::vector<std::string> out;
    for (const char* person : kPeople) {
      if (Roll(3) == 0) out.push_back(person);
    }
    return out;
  }
  DocumentWrite SomeDocument() {
    std::vector<std::string> paragraphs;
    for (size_t n = Roll(70) == 0 ? 150 : Roll(5); n > 0; --n) paragraphs.push_back(Words(12));
    return MakeWrite(embedder_, absl::StrCat("doc", Roll(25)), paragraphs,
                     Roll(2) == 0 ? Somebody() : std::vector<std::string>());
  }

  void Compare(const Engine& engine) {
    const std::vector<std::string> who = Somebody();
    const std::vector<Passage> passages = model_.Visible(who, embedder_.dim());
    SearchRequest request;
    request.query = Words(4);
    request.k = static_cast<int>(1 + Roll(30));
    request.principals = who;
    const absl::string_view query = request.query;
    const auto vector = embedder_.Embed({&query, 1});

    request.mode = SearchMode::kLexical;
    auto result = engine.Search(request);
    ASSERT_TRUE(result.ok()) << result.status();
    const auto lexical = Model::Bm25(passages, request.query);
    ASSERT_EQ(result->hits.size(), std::min<size_t>(request.k, lexical.size()));
    for (size_t i = 0; i < result->hits.size(); ++i) {
      EXPECT_NEAR(result->hits[i].score, lexical[i].first, 1e-9);
      EXPECT_EQ(result->hits[i].lexical.rank, i + 1);
    }
    request.mode = SearchMode::kDense;
    result = engine.Search(request);
    ASSERT_TRUE(result.ok()) << result.status();
    const auto dense = Model::Dense(passages, vector->values);
    ASSERT_EQ(result->hits.size(), std::min<size_t>(request.k, dense.size()));
    for (size_t i = 0; i < result->hits.size(); ++i) {
      EXPECT_NEAR(result->hits[i].score, dense[i].first, 1e-5);
    }
    request.mode = SearchMode::kHybrid;
    result = engine.Search(request);
    ASSERT_TRUE(result.ok()) << result.status();
    EXPECT_EQ(result->hits.size(), std::min<size_t>(request.k, passages.size()));
    for (const Hit& hit : result->hits) {
      const auto it = model_.documents().find(hit.doc);
      ASSERT_NE(it, model_.documents().end()) << hit.doc << " was deleted";
      EXPECT_TRUE(Model::Sees(it->second, who)) << hit.doc << " leaked";
      EXPECT_EQ(hit.text, it->second.document.text.substr(hit.begin, hit.end - hit.begin));
      // Both scores are the passage's own, found by the stage or not.
      for (const auto& [score, p] : dense) {
        if (p.doc == hit.doc && p.chunk == hit.chunk) {
          EXPECT_NEAR(hit.dense.score, score, 1e-5);
        }
      }
      for (const auto& [score, p] : lexical) {
        if (p.doc == hit.doc && p.chunk == hit.chunk) {
          EXPECT_NEAR(hit.lexical.score, score, 1e-9);
        }
      }
    }
  }

  std::mt19937_64 random_;
  TempFolder folder_;
  WordEmbedder embedder_;
  Model model_;
};

TEST_P(ModelTest, RandomWritesAgree) {
  auto engine = OpenEngine(folder_.path(), embedder_);
  for (int step = 0; step < 120; ++step) {
    if (Roll(4) == 0) {
      const std::vector<std::string> ids = {absl::StrCat("doc", Roll(25)),
                                            absl::StrCat("doc", Roll(25))};
      uint64_t existed = 0;
      for (const std::string& id : std::set<std::string>(ids.begin(), ids.end())) {
        existed += model_.documents().count(id);
        model_.Remove(id);
      }
      // Before the first write there is no collection to delete from.
      const auto deleted = engine->Delete(kDefaultCollection, ids, std::nullopt);
      if (absl::IsNotFound(deleted.status())) continue;
      ASSERT_TRUE(deleted.ok()) << deleted.status();
      EXPECT_EQ(deleted->documents, existed);
    } else {
      std::map<std::string, DocumentWrite> batch;
      for (size_t n = 1 + Roll(4); n > 0; --n) {
        DocumentWrite write = SomeDocument();
        batch[write.document.id] = std::move(write);
      }
      std::vector<DocumentWrite> writes;
      for (const auto& [id, write] : batch) {
        writes.push_back(write);
        model_.Put(write);
      }
      const auto token = engine->Apply(writes);
      ASSERT_TRUE(token.ok()) << token.status();
    }
    ASSERT_NO_FATAL_FAILURE(Compare(*engine));
    if (step % 40 == 39) {
      ExpectSound(*engine);
      engine.reset();
      engine = OpenEngine(folder_.path(), embedder_);
      ExpectSound(*engine);
      ASSERT_NO_FATAL_FAILURE(Compare(*engine));
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Seeds, ModelTest, testing::Range(1, 5));

}  // namespace
}  // namespace footnote::retrieval
