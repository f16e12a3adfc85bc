// What happens to candidates after fusion, through the engine: reranking, folding,
// diversity, explanations and context.
#include <algorithm>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "retrieval/engine.h"
#include "tests/retrieval/testing.h"

namespace footnote::retrieval {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

// Scores a passage by how often 'z' stands in it, and remembers what it was given.
class LetterReranker final : public transformer::CrossEncoder {
 public:
  absl::StatusOr<std::vector<float>> Score(absl::string_view query,
                                           absl::Span<const absl::string_view> passages,
                                           const std::function<bool()>& cancelled) const override {
    std::vector<float> scores;
    for (const absl::string_view passage : passages) {
      if (cancelled()) return absl::CancelledError("cancelled");
      given.emplace_back(passage);
      scores.push_back(static_cast<float>(std::count(passage.begin(), passage.end(), 'z')));
    }
    asked = std::string(query);
    if (lose_one) scores.pop_back();
    return scores;
  }
  int max_tokens() const override { return 512; }
  const std::string& fingerprint() const override { return fingerprint_; }

  mutable std::vector<std::string> given;
  mutable std::string asked;
  bool lose_one = false;

 private:
  const std::string fingerprint_ = "letters";
};

class RankingTest : public testing::Test {
 protected:
  RankingTest() {
    EngineOptions options;
    options.data_dir = folder_.path();
    options.create_if_missing = true;
    options.sync_writes = false;
    options.reranker = &reranker_;
    auto engine = Engine::Open(options, &embedder_);
    EXPECT_TRUE(engine.ok()) << engine.status();
    engine_ = *std::move(engine);
    request_.query = "harbour lantern";
  }

  void Write(const std::string& id, const std::vector<std::string>& paragraphs,
             std::vector<std::string> acl = {}) {
    Apply(MakeWrite(embedder_, id, paragraphs, std::move(acl)));
  }
  void Apply(const DocumentWrite& write) {
    const auto token = engine_->Apply({&write, 1});
    ASSERT_TRUE(token.ok()) << token.status();
  }
  SearchResult Search() const {
    auto result = engine_->Search(request_);
    EXPECT_TRUE(result.ok()) << result.status();
    return result.ok() ? *std::move(result) : SearchResult();
  }
  std::vector<std::string> Docs() const {
    std::vector<std::string> out;
    for (const Hit& hit : Search().hits) out.push_back(absl::StrCat(hit.doc, "#", hit.chunk));
    return out;
  }
  static std::vector<std::string> Stages(const SearchResult& result) {
    std::vector<std::string> out;
    for (const StageTime& time : result.times) out.push_back(time.stage);
    return out;
  }

  TempFolder folder_;
  WordEmbedder embedder_;
  LetterReranker reranker_;
  std::unique_ptr<Engine> engine_;
  SearchRequest request_;
};

TEST_F(RankingTest, TheRerankerOrdersTheBestAndTheOthersFollow) {
  for (const char* extra : {"z", "zzz", "", "zz", "zzzz"}) {
    Write(absl::StrCat("d", extra), {absl::StrCat("The harbour lantern ", extra)});
  }
  const std::vector<Hit> fused = Search().hits;
  ASSERT_EQ(fused.size(), 5u);
  for (const SearchMode mode : {SearchMode::kHybrid, SearchMode::kDense, SearchMode::kLexical}) {
    request_.mode = mode;
    request_.rerank = true;
    const SearchResult result = Search();
    ASSERT_EQ(result.hits.size(), 5u);
    EXPECT_EQ(result.reranker, "letters");
    EXPECT_THAT(Stages(result), testing::Contains("rerank"));
    for (size_t i = 0; i < 5; ++i) {
      const Hit& hit = result.hits[i];
      EXPECT_EQ(hit.doc, "d" + std::string(4 - i, 'z'));
      EXPECT_EQ(hit.reranked.rank, static_cast<int>(i) + 1);
      EXPECT_EQ(hit.reranked.score, hit.score);
      // Title and text: "z" stands in both.
      EXPECT_EQ(hit.score, 2.0 * static_cast<double>(4 - i));
      EXPECT_GE(hit.fused.rank, 1);
    }
  }
  EXPECT_EQ(reranker_.asked, "harbour lantern");
  EXPECT_THAT(reranker_.given, testing::Contains("Title of dz\nThe harbour lantern z"));

  // Of three, the best of fusion; the others keep their fused order and scores.
  request_.mode = SearchMode::kHybrid;
  request_.rerank_candidates = 3;
  const SearchResult some = Search();
  ASSERT_EQ(some.hits.size(), 5u);
  EXPECT_GE(some.hits[0].score, some.hits[1].score);
  EXPECT_GE(some.hits[1].score, some.hits[2].score);
  for (size_t i = 0; i < 3; ++i) EXPECT_LE(some.hits[i].fused.rank, 3);
  for (size_t i = 3; i < 5; ++i) {
    EXPECT_EQ(some.hits[i].doc, fused[i].doc);
    EXPECT_EQ(some.hits[i].score, fused[i].score);
    EXPECT_EQ(some.hits[i].reranked.rank, 0);
    EXPECT_EQ(some.hits[i].fused.rank, static_cast<int>(i) + 1);
  }
  // More candidates than the result has passages: it is chosen from all of them.
  request_.rerank_candidates = 5;
  for (const SearchMode mode : {SearchMode::kHybrid, SearchMode::kDense, SearchMode::kLexical}) {
    request_.mode = mode;
    request_.k = 1;
    EXPECT_THAT(Docs(), ElementsAre("dzzzz#0"));
  }
}

TEST_F(RankingTest, RerankingSeesOnlyWhatTheCallerMaySee) {
  Write("open", {"harbour lantern"});
  Write("secret", {"harbour lantern zzzz"}, {"hr"});
  request_.rerank = true;
  EXPECT_THAT(Docs(), ElementsAre("open#0"));
  EXPECT_THAT(reranker_.given, ElementsAre("Title of open\nharbour lantern"));
}

TEST_F(RankingTest, RerankingFailsClearly) {
  Write("a", {"harbour lantern"});
  request_.rerank = true;
  int polls = 0;
  request_.cancelled = [&] { return ++polls > 6; };
  EXPECT_EQ(engine_->Search(request_).status().code(), absl::StatusCode::kCancelled);
  request_.cancelled = nullptr;
  reranker_.lose_one = true;
  EXPECT_EQ(engine_->Search(request_).status().code(), absl::StatusCode::kInternal);
  const TempFolder other;
  const auto without = OpenEngine(other.path(), embedder_);
  const auto result = without->Search(request_);
  EXPECT_EQ(result.status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(result.status().message()), HasSubstr("no reranker is installed"));
}

TEST_F(RankingTest, RefusesOptionsOutOfRange) {
  Write("a", {"harbour lantern"});
  const auto code = [this](const std::function<void(SearchRequest*)>& change) {
    SearchRequest request = request_;
    change(&request);
    return engine_->Search(request).status().code();
  };
  constexpr auto kInvalid = absl::StatusCode::kInvalidArgument;
  for (const int bad : {-1, 0, kMaxCandidates + 1}) {
    EXPECT_EQ(code([&](SearchRequest* r) { r->candidates = bad; }), kInvalid);
    EXPECT_EQ(code([&](SearchRequest* r) { r->rerank_candidates = bad; }), kInvalid);
  }
  for (const int bad : {-1, kMaxK + 1}) {
    EXPECT_EQ(code([&](SearchRequest* r) { r->max_per_document = bad; }), kInvalid);
    EXPECT_EQ(code([&](SearchRequest* r) { r->neighbours_before = bad; }), kInvalid);
    EXPECT_EQ(code([&](SearchRequest* r) { r->neighbours_after = bad; }), kInvalid);
  }
  for (const double bad : {-0.1, 1.1, std::nan("")}) {
    EXPECT_EQ(code([&](SearchRequest* r) { r->fold_similarity = bad; }), kInvalid);
    EXPECT_EQ(code([&](SearchRequest* r) { r->mmr_lambda = bad; }), kInvalid);
  }
}

TEST_F(RankingTest, ContributionsSumToTheScore) {
  Write("a", {"The harbour has a lantern, and the lantern has a harbour.", "A lantern of brass."});
  Write("b", {"Lanterns, lanterns, lanterns in the harbour of the north", "Nothing of it."});
  Write("hidden", {"harbour harbour harbour lantern"}, {"hr"});
  request_.query = "lantern harbour lantern compass";
  request_.explain = true;
  for (const SearchMode mode : {SearchMode::kHybrid, SearchMode::kLexical}) {
    request_.mode = mode;
    const SearchResult result = Search();
    ASSERT_GE(result.hits.size(), 3u);
    EXPECT_EQ(Stages(result).back(), "explain");
    for (const Hit& hit : result.hits) {
      ASSERT_TRUE(hit.explanation.has_value());
      double sum = 0;
      for (const TermContribution& term : hit.explanation->terms) {
        sum += term.contribution;
        EXPECT_THAT(term.term, testing::AnyOf("harbour", "lantern"));
        EXPECT_EQ(term.query_frequency, term.term == "lantern" ? 2u : 1u);
        EXPECT_EQ(term.chunks, term.term == "lantern" ? 3u : 2u);  // the hidden one isn't counted
        EXPECT_GE(term.frequency, 1u);
        EXPECT_NEAR(term.length_norm,
                    0.25 + 0.75 * hit.explanation->length / hit.explanation->average_length, 1e-12);
        EXPECT_NEAR(term.contribution,
                    term.query_frequency * term.idf * term.frequency * 2.2 /
                        (term.frequency + 1.2 * term.length_norm),
                    1e-12);
      }
      EXPECT_EQ(sum, hit.lexical.score);
    }
  }
  request_.mode = SearchMode::kDense;
  for (const Hit& hit : Search().hits) EXPECT_FALSE(hit.explanation.has_value());
  request_.mode = SearchMode::kHybrid;
  request_.explain = false;
  for (const Hit& hit : Search().hits) EXPECT_FALSE(hit.explanation.has_value());
}

TEST_F(RankingTest, RepeatedPassagesAreFoldedIntoTheBest) {
  const std::string text = "The harbour lantern burns from dusk until the last boat is in.";
  Write("first", {text});
  Write("second", {"Something else about a lantern.", text + " "});
  Write("third", {text + " So they say."});
  request_.fold_similarity = 1;
  SearchResult result = Search();
  ASSERT_EQ(result.hits.size(), 3u);
  request_.fold_similarity = 0.7;
  result = Search();
  ASSERT_EQ(result.hits.size(), 2u);
  size_t folded = 0;
  for (const Hit& hit : result.hits) {
    for (const FoldedPassage& f : hit.folded) {
      ++folded;
      EXPECT_GE(f.similarity, 0.7);
      const auto document = engine_->GetDocument("default", f.doc, std::nullopt);
      ASSERT_TRUE(document.ok());
      EXPECT_TRUE(absl::StartsWith(document->text.substr(f.begin, f.end - f.begin), text));
    }
  }
  EXPECT_EQ(folded, 2u);
  EXPECT_THAT(Stages(result), testing::Contains("fold"));
  // What is hidden neither folds nor attracts.
  Write("hidden", {text}, {"hr"});
  const std::vector<Hit> again = Search().hits;
  ASSERT_EQ(again.size(), 2u);
  for (size_t i = 0; i < 2; ++i) {
    EXPECT_EQ(again[i].folded.size(), result.hits[i].folded.size());
    EXPECT_EQ(again[i].score, result.hits[i].score);
  }
}

// Reading no further than needed changes no result: the first k of all are the k.
TEST_F(RankingTest, FoldingGivesTheSameHitsForEveryK) {
  for (int i = 0; i < 12; ++i) {
    Write(absl::StrCat("d", i), {absl::StrCat("harbour lantern number ", i % 5, " of the row"),
                                 absl::StrCat("harbour lantern row ", i % 3, " by the number")});
  }
  request_.fold_similarity = 1;
  for (const int limit : {0, 1}) {
    request_.max_per_document = limit;
    request_.k = 100;
    const std::vector<std::string> all = Docs();
    if (limit == 0) {
      EXPECT_EQ(all.size(), 8u);  // as many as there are texts
    } else {
      EXPECT_GT(all.size(), 2u);
    }
    for (int k = 1; k <= static_cast<int>(all.size()); ++k) {
      request_.k = k;
      EXPECT_EQ(Docs(), std::vector<std::string>(all.begin(), all.begin() + k)) << limit;
    }
  }
}

TEST_F(RankingTest, DiversityLimitsDocumentsAndLooksForWhatIsNew) {
  Write("a", {"harbour lantern", "harbour lantern glass", "harbour lantern oil"});
  Write("b", {"harbour lantern keeper", "rye bread"});
  request_.k = 4;
  request_.max_per_document = 1;
  const SearchResult result = Search();
  ASSERT_EQ(result.hits.size(), 2u);
  EXPECT_EQ(result.hits[0].doc, "a");
  EXPECT_EQ(result.hits[1].doc, "b");
  EXPECT_EQ(result.hits[1].diversity.rank, 2);
  EXPECT_THAT(Stages(result), testing::Contains("diversify"));
  for (const SearchMode mode : {SearchMode::kHybrid, SearchMode::kDense, SearchMode::kLexical}) {
    request_.mode = mode;
    request_.k = 2;
    request_.max_per_document = 2;
    std::map<std::string, int> count;
    for (const Hit& hit : Search().hits) ++count[hit.doc];
    for (const auto& [doc, n] : count) EXPECT_LE(n, 2) << doc;
  }
  request_.mode = SearchMode::kHybrid;
  request_.max_per_document = 0;
  request_.mmr_lambda = 0;
  const SearchResult novel = Search();
  ASSERT_EQ(novel.hits.size(), 2u);
  EXPECT_EQ(novel.hits[0].fused.rank, 1);
  EXPECT_EQ(novel.hits[1].text, "rye bread");
}

TEST_F(RankingTest, ABoostOrdersWhatWasFound) {
  const auto write = [this](const std::string& id, const std::string& text, const char* year) {
    DocumentWrite document = MakeWrite(embedder_, id, {text});
    document.document.metadata["year"] = year;
    Apply(document);
  };
  write("old", "harbour lantern", "2001");
  write("new", "harbour lantern rope", "2024");
  write("other", "bread", "2030");
  request_.k = 2;
  for (const SearchMode mode : {SearchMode::kHybrid, SearchMode::kDense, SearchMode::kLexical}) {
    request_.mode = mode;
    request_.boost.clear();
    const SearchResult plain = Search();
    EXPECT_EQ(plain.hits.at(0).doc, "old");
    EXPECT_EQ(plain.hits.at(0).boost, std::nullopt);
    request_.boost = "1 + 4 * passes(year = 2024)";
    const SearchResult boosted = Search();
    EXPECT_EQ(boosted.hits.at(0).doc, "new");
    EXPECT_EQ(boosted.hits.at(0).boost, 5.0);
    EXPECT_EQ(boosted.hits.at(0).fused.rank, 1);
    EXPECT_EQ(boosted.hits.at(1).boost, 1.0);
    EXPECT_EQ(boosted.hits.at(1).score, plain.hits.at(0).score);
  }
  request_.boost = "1 +";
  EXPECT_EQ(engine_->Search(request_).status().code(), absl::StatusCode::kInvalidArgument);
}

TEST_F(RankingTest, RerankedPassagesComeBeforeOthersUnderDiversity) {
  Write("a", {"harbour lantern"});
  Write("b", {"harbour lantern z"});
  Write("c", {"harbour"});
  request_.rerank = true;
  request_.rerank_candidates = 2;
  request_.mmr_lambda = 0.5;
  const std::vector<Hit> hits = Search().hits;
  ASSERT_EQ(hits.size(), 3u);
  EXPECT_EQ(hits[0].doc, "b");
  EXPECT_EQ(hits[0].reranked.rank, 1);
  EXPECT_EQ(hits[1].reranked.rank, 2);
  EXPECT_EQ(hits[2].reranked.rank, 0);
}

// Two sections of three passages each.
DocumentWrite TwoSections(const WordEmbedder& embedder, std::vector<std::string> acl = {}) {
  DocumentWrite write = MakeWrite(
      embedder, "doc", {"Upper", "one", "two", "harbour lantern", "Lower", "four", "five", "six"},
      std::move(acl));
  std::vector<Chunk> chunks;
  std::vector<float> vectors;
  for (size_t i = 0; i < write.chunks.size(); ++i) {
    if (i == 0 || i == 4) {
      write.document.blocks[i].kind = BlockKind::kHeading;
      write.document.blocks[i].level = 1;
      continue;
    }
    chunks.push_back(write.chunks[i]);
    const auto row = write.vectors.begin() + static_cast<ptrdiff_t>(i * embedder.dim());
    vectors.insert(vectors.end(), row, row + embedder.dim());
  }
  write.chunks = chunks;
  write.vectors = vectors;
  return write;
}

TEST_F(RankingTest, NeighboursAreOfTheSameSection) {
  Apply(TwoSections(embedder_));
  request_.k = 1;
  request_.neighbours_before = 1;
  request_.neighbours_after = 2;
  request_.section = true;
  Hit hit = Search().hits.at(0);
  EXPECT_EQ(hit.text, "harbour lantern");
  ASSERT_EQ(hit.before.size(), 1u);
  EXPECT_EQ(hit.before[0].text, "two");
  EXPECT_EQ(hit.before[0].chunk, 1u);
  EXPECT_THAT(hit.after, IsEmpty());  // the next passages are of another section
  const auto document = engine_->GetDocument("default", "doc", std::nullopt);
  ASSERT_TRUE(hit.section.has_value());
  const auto [begin, end] = *hit.section;
  EXPECT_EQ(document->text.substr(begin, end - begin),
            "Upper\n\none\n\ntwo\n\nharbour lantern\n\n");
  EXPECT_EQ(document->text.substr(hit.before[0].begin, hit.before[0].end - hit.before[0].begin),
            "two");
  request_.neighbours_before = kMaxNeighbours;
  hit = Search().hits.at(0);
  ASSERT_EQ(hit.before.size(), 2u);
  EXPECT_EQ(hit.before[0].text, "one");
  request_.query = "five";
  request_.mode = SearchMode::kLexical;
  hit = Search().hits.at(0);
  ASSERT_EQ(hit.before.size(), 1u);
  EXPECT_EQ(hit.before[0].text, "four");
  ASSERT_EQ(hit.after.size(), 1u);
  EXPECT_EQ(hit.after[0].text, "six");
  request_.neighbours_before = request_.neighbours_after = 0;
  request_.section = false;
  hit = Search().hits.at(0);
  EXPECT_THAT(hit.before, IsEmpty());
  EXPECT_THAT(hit.after, IsEmpty());
  EXPECT_FALSE(hit.section.has_value());
}

TEST_F(RankingTest, EachStageSaysScoreAndRank) {
  Write("a", {"harbour lantern"});
  Write("b", {"lantern"});
  Write("c", {"rye bread"});
  request_.rerank = true;
  request_.mmr_lambda = 0.9;
  const SearchResult result = Search();
  ASSERT_EQ(result.hits.size(), 3u);
  EXPECT_THAT(Stages(result),
              ElementsAre("embed", "dense", "lexical", "fuse", "rerank", "diversify", "fetch"));
  std::vector<int> dense, fused, reranked;
  for (size_t i = 0; i < 3; ++i) {
    dense.push_back(result.hits[i].dense.rank);
    fused.push_back(result.hits[i].fused.rank);
    reranked.push_back(result.hits[i].reranked.rank);
    EXPECT_EQ(result.hits[i].diversity.rank, static_cast<int>(i) + 1);
  }
  EXPECT_THAT(dense, UnorderedElementsAre(1, 2, 3));
  EXPECT_THAT(fused, UnorderedElementsAre(1, 2, 3));
  EXPECT_THAT(reranked, UnorderedElementsAre(1, 2, 3));
}

}  // namespace
}  // namespace footnote::retrieval
