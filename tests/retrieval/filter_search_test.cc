// Filters through the engine: what they select, what they leave alone, and that
// a narrow one loses nothing.
#include <algorithm>
#include <map>
#include <random>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "retrieval/engine.h"
#include "retrieval/filter/filter_parser.h"
#include "retrieval/search/dense.h"
#include "tests/retrieval/testing.h"

namespace footnote::retrieval {
namespace {

using testing::HasSubstr;

class FilterSearchTest : public testing::Test {
 protected:
  void Add(const std::string& id, std::map<std::string, std::string> metadata,
           std::vector<std::string> acl = {}) {
    DocumentWrite write = MakeWrite(embedder_, id, {"The server listens.", id}, std::move(acl));
    write.document.metadata = std::move(metadata);
    const auto token = engine_->Apply({&write, 1});
    ASSERT_TRUE(token.ok()) << token.status();
  }
  static Filter Parsed(const std::string& text) {
    const auto filter = ParseFilter(text);
    EXPECT_TRUE(filter.ok()) << filter.status();
    return filter.ok() ? *filter : Filter();
  }
  std::string Found(const std::string& filter, std::vector<std::string> who = {}) {
    SearchRequest request;
    request.query = "server";
    request.k = 100;
    request.filter = Parsed(filter);
    request.principals = std::move(who);
    const auto result = engine_->Search(request);
    EXPECT_TRUE(result.ok()) << result.status();
    std::set<std::string> ids;
    for (const Hit& hit : result->hits) ids.insert(hit.doc);
    return absl::StrJoin(ids, " ");
  }

  TempFolder folder_;
  WordEmbedder embedder_;
  std::unique_ptr<Engine> engine_ = OpenEngine(folder_.path(), embedder_);
};

TEST_F(FilterSearchTest, SelectsByMetadataAndByWhatEveryDocumentHas) {
  Add("a", {{"lang", "en"}, {"year", "2019"}, {"date", "2019-12-31"}});
  Add("b", {{"lang", "en"}, {"year", "2020.0"}, {"draft", ""}});
  Add("c", {{"lang", "de"}, {"year", "21e2"}, {"date", "2024-02-29"}});
  Add("d", {{"year", "unknown"}, {"title", "of the metadata"}, {"size", "9"}});
  Add("e", {{"size", "10"}, {"meta.size", "x"}});
  const std::pair<const char*, const char*> cases[] = {
      {"lang = 'en'", "a b"},
      {"lang != 'en'", "c d e"},
      {"lang in ('en', 'de')", "a b c"},
      {"lang = 'EN'", ""},
      {"exists(lang)", "a b c"},
      {"exists(draft)", "b"},
      {"draft = ''", "b"},
      {"not exists(draft) and lang = 'en'", "a"},
      {"year = 2020", "b"},
      {"year = '2020'", ""},
      {"year in (2019, '21e2')", "a c"},
      {"year >= 2020", "b c"},
      {"year > 2020", "c"},
      {"year <= 2020", "a b"},
      {"year < 2020", "a"},
      {"year = 'unknown'", "d"},
      {"date >= '2020'", "c"},
      {"date < '2020-01-01'", "a"},
      // As numbers, and as texts.
      {"size > 9", "e"},
      {"size > '9'", ""},
      {"size >= '10'", "d e"},
      {"prefix(date, '2024-')", "c"},
      {"prefix(lang, '')", "a b c"},
      {"doc = 'a' or doc in ('c', 'zz')", "a c"},
      {"prefix(doc, 'd') or doc > 'd'", "d e"},
      {"title = 'Title of b'", "b"},
      {"meta.title = 'of the metadata'", "d"},
      {"exists(meta.title)", "d"},
      {"source = '/docs/c'", "c"},
      {"prefix(source, '/docs/')", "a b c d e"},
      {"meta.size = 10", "e"},
      {"meta.meta.size = 'x'", "e"},
      {"nowhere = 'x'", ""},
      {"nowhere != 'x'", "a b c d e"},
      {"not (lang = 'en' or year = 'unknown')", "c e"},
      {"not (lang = 'en' and year = 2019)", "b c d e"},
      {"(lang = 'en' or lang = 'de') and (year < 2020 or date > '2024')", "a c"},
  };
  for (const auto& [filter, documents] : cases) EXPECT_EQ(Found(filter), documents) << filter;
  engine_.reset();
  engine_ = OpenEngine(folder_.path(), embedder_);
  for (const auto& [filter, documents] : cases) EXPECT_EQ(Found(filter), documents) << filter;
  ExpectSound(*engine_);
}

TEST_F(FilterSearchTest, FollowsReplacementAndDeletion) {
  Add("a", {{"lang", "en"}});
  EXPECT_EQ(Found("lang = 'en'"), "a");
  Add("a", {{"lang", "de"}});
  EXPECT_EQ(Found("lang = 'en'"), "");
  EXPECT_EQ(Found("lang = 'de'"), "a");
  ASSERT_TRUE(engine_->Delete("default", std::vector<std::string>{"a"}, std::nullopt).ok());
  EXPECT_EQ(Found("lang = 'de'"), "");
}

TEST_F(FilterSearchTest, NeverWidensAccess) {
  Add("open", {{"lang", "en"}});
  Add("closed", {{"lang", "en"}}, {"ann"});
  for (const char* filter :
       {"lang = 'en'", "not exists(nowhere)", "doc = 'closed' or doc = 'open'"}) {
    EXPECT_EQ(Found(filter), "open") << filter;
    EXPECT_EQ(Found(filter, {"bob"}), "open") << filter;
    EXPECT_EQ(Found(filter, {"ann"}), "closed open") << filter;
  }
}

TEST_F(FilterSearchTest, AnUnsoundFilterIsRefused) {
  Add("a", {});
  SearchRequest request;
  request.query = "server";
  request.filter = Filter();
  const auto result = engine_->Search(request);
  EXPECT_TRUE(absl::IsInvalidArgument(result.status())) << result.status();
  EXPECT_TRUE(
      absl::IsInvalidArgument(engine_->DeleteMatching("default", Filter(), std::nullopt).status()));
}

TEST_F(FilterSearchTest, DeletesWhatMatchesAndReadsItsWrite) {
  for (int i = 0; i < 1203; ++i) {  // several batches
    if (i % 100 == 0) Add(absl::StrCat("keep", i), {{"lang", "de"}});
  }
  std::vector<DocumentWrite> writes;
  for (int i = 0; i < 1203; ++i) {
    writes.push_back(MakeWrite(embedder_, absl::StrCat("d", i), {"x"}));
    writes.back().document.metadata = {{"lang", "en"}};
  }
  writes.push_back(MakeWrite(embedder_, "no text", {}));  // a document without a passage
  writes.back().document.metadata = {{"lang", "en"}};
  ASSERT_TRUE(engine_->Apply(writes).ok());
  DocumentWrite closed = MakeWrite(embedder_, "closed", {"x"}, {"ann"});
  closed.document.metadata = {{"lang", "en"}};
  ASSERT_TRUE(engine_->Apply({&closed, 1}).ok());

  const auto deleted =
      engine_->DeleteMatching("default", Parsed("lang = 'en'"), std::vector<std::string>{"bob"});
  ASSERT_TRUE(deleted.ok()) << deleted.status();
  EXPECT_EQ(deleted->documents, 1204u);
  SearchRequest request;
  request.query = "x";
  request.k = kMaxK;
  request.principals = {"ann"};
  request.filter = Parsed("lang = 'en'");
  request.min_sequence = deleted->sequence;
  const auto left = engine_->Search(request);
  ASSERT_TRUE(left.ok()) << left.status();
  ASSERT_EQ(left->hits.size(), 1u);
  EXPECT_EQ(left->hits[0].doc, "closed");
  EXPECT_EQ(left->sequence, deleted->sequence);
  EXPECT_EQ(engine_->Stats()->collections[0].documents, 14u);
  const auto again = engine_->DeleteMatching("default", Parsed("lang = 'en'"), std::nullopt);
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ(again->documents, 1u);
  EXPECT_TRUE(absl::IsNotFound(
      engine_->DeleteMatching("nowhere", Parsed("lang = 'en'"), std::nullopt).status()));
  ExpectSound(*engine_);
}

TEST_F(FilterSearchTest, AClosedCollectionIsNoCollection) {
  DocumentWrite write = MakeWrite(embedder_, "salary", {"The server."}, {}, "hr");
  ASSERT_TRUE(engine_->SetCollectionAccess("hr", {{"group:hr"}, {"user:eve"}}).ok());
  ASSERT_TRUE(engine_->Apply({&write, 1}).ok());
  const auto search = [&](const std::string& collection, std::vector<std::string> who) {
    SearchRequest request;
    request.query = "server";
    request.collection = collection;
    request.principals = std::move(who);
    return engine_->Search(request).status();
  };
  EXPECT_TRUE(search("hr", {"group:hr", "user:ann"}).ok());
  for (const std::vector<std::string>& who :
       {std::vector<std::string>{}, {"user:ann"}, {"group:hr", "user:eve"}}) {
    EXPECT_EQ(search("hr", who).message(), "no collection hr");
    EXPECT_EQ(search("hx", who).message(), "no collection hx");
    EXPECT_TRUE(absl::IsNotFound(search("hr", who)));
    EXPECT_TRUE(absl::IsNotFound(engine_->GetDocument("hr", "salary", who).status()));
  }
  EXPECT_TRUE(engine_->GetDocument("hr", "salary", std::nullopt).ok());
  // Kept over a restart, shown in the statistics, and taken back.
  engine_.reset();
  engine_ = OpenEngine(folder_.path(), embedder_);
  EXPECT_TRUE(absl::IsNotFound(search("hr", {"user:ann"})));
  EXPECT_EQ(engine_->Stats()->collections[0].access, (AccessList{{"group:hr"}, {"user:eve"}}));
  ASSERT_TRUE(engine_->SetCollectionAccess("hr", {}).ok());
  EXPECT_TRUE(search("hr", {}).ok());
  for (const auto& [name, access] : std::vector<std::pair<std::string, AccessList>>{
           {"", {}}, {std::string(300, 'x'), {}}, {"hr", {{""}, {}}}, {"hr", {{}, {""}}}}) {
    EXPECT_TRUE(absl::IsInvalidArgument(engine_->SetCollectionAccess(name, access).status()));
  }
  ExpectSound(*engine_);
}

TEST_F(FilterSearchTest, FieldsAreCountedInTheStatistics) {
  Add("a", {});
  const CollectionStats before = engine_->Stats()->collections[0];
  std::vector<DocumentWrite> writes;
  for (int i = 0; i < 100; ++i) {
    writes.push_back(MakeWrite(embedder_, absl::StrCat("d", i), {"x"}));
    writes.back().document.metadata["note"] = std::string(10000, static_cast<char>('a' + i % 26));
  }
  ASSERT_TRUE(engine_->Apply(writes).ok());
  const CollectionStats after = engine_->Stats()->collections[0];
  // 26 different notes, each kept once.
  EXPECT_GE(after.fields_memory_bytes, before.fields_memory_bytes + 26 * 10000);
  EXPECT_LT(after.fields_memory_bytes, before.fields_memory_bytes + 40 * 10000);
  EXPECT_GE(after.index_memory_bytes, before.index_memory_bytes + 26 * 10000);
  EXPECT_EQ(engine_->Stats()->index_memory_bytes, after.index_memory_bytes);
}

// Recall under filters: whatever the share of documents that pass, the best are
// those of an exhaustive search, by the same scores, whichever way was planned.
class SelectivityTest : public FilterSearchTest, public testing::WithParamInterface<bool> {};

TEST_P(SelectivityTest, ResultsAreThoseOfBruteForce) {
  const bool correlated = GetParam();  // whether those that pass lie together
  constexpr int kDocuments = 6000, kPassages = 4;
  constexpr int kDim = 16;
  static_assert(kDocuments * kPassages > kMaxExactRows);  // both plans are met
  std::mt19937_64 random(7);
  std::normal_distribution<float> normal;
  std::vector<DocumentWrite> writes;
  std::vector<int> tenths(kDocuments);  // of a percent: what passes "share < n"
  for (int i = 0; i < kDocuments; ++i) tenths[i] = i * 1000 / kDocuments;
  if (!correlated) std::shuffle(tenths.begin(), tenths.end(), random);
  for (int i = 0; i < kDocuments; ++i) {
    DocumentWrite write;
    write.document.id = absl::StrCat("d", i);
    write.document.collection = kDefaultCollection;
    write.document.text = "one two six ten";
    write.document.metadata["share"] = absl::StrCat(tenths[i]);
    for (const uint32_t begin : {0, 4, 8, 12}) {
      write.chunks.push_back({begin, begin + 3, 1, ""});
      for (int j = 0; j < kDim; ++j) {
        const float pull = correlated && j == 0 ? 1 - static_cast<float>(tenths[i]) / 500 : 0;
        write.vectors.push_back(normal(random) / 4 + pull);
      }
    }
    writes.push_back(std::move(write));
  }
  ASSERT_TRUE(engine_->Apply(writes).ok());

  for (const int share : {1000, 500, 100, 50, 20, 10, 1}) {
    SearchRequest request;
    request.mode = SearchMode::kDense;
    request.k = 50;
    for (const char* query : {"one server", "vacuum query partition", "ten"}) {
      request.query = query;
      const absl::string_view text = request.query;
      const std::vector<float> vector = embedder_.Embed({&text, 1})->values;
      request.filter = Parsed(absl::StrCat("share < ", share));
      const auto filtered = engine_->Search(request);
      ASSERT_TRUE(filtered.ok()) << filtered.status();
      std::vector<std::tuple<double, std::string, uint32_t>> best;
      for (const DocumentWrite& write : writes) {
        if (std::stoi(write.document.metadata.at("share")) >= share) continue;
        for (uint32_t c = 0; c < kPassages; ++c) {
          double score = 0;
          for (int j = 0; j < kDim; ++j) {
            score += double{vector[j]} * write.vectors[c * kDim + j];
          }
          best.emplace_back(-score, write.document.id, c);
        }
      }
      std::sort(best.begin(), best.end());
      const size_t count = std::min<size_t>(50, best.size());
      ASSERT_EQ(filtered->hits.size(), count) << share;
      for (size_t i = 0; i < count; ++i) {
        EXPECT_NEAR(filtered->hits[i].score, -std::get<0>(best[i]), 1e-5) << share << " " << i;
      }
      // A filter changes no score: the unfiltered list holds the same passages.
      for (const SearchMode mode : {SearchMode::kDense, SearchMode::kLexical}) {
        SearchRequest one = request;
        one.mode = mode;
        one.k = kMaxK;
        const auto narrow = engine_->Search(one);
        one.filter.reset();
        const auto wide = engine_->Search(one);
        ASSERT_TRUE(narrow.ok() && wide.ok());
        std::map<std::pair<std::string, uint32_t>, double> scores;
        for (const Hit& hit : narrow->hits) scores[{hit.doc, hit.chunk}] = hit.score;
        for (const Hit& hit : wide->hits) {
          const auto it = scores.find({hit.doc, hit.chunk});
          if (it != scores.end()) {
            EXPECT_EQ(it->second, hit.score);
          }
        }
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(RandomAndCorrelated, SelectivityTest, testing::Bool());

// Both ways give the same, whatever is selected, equal scores included.
TEST(SearchDenseTest, BothPlansAgree) {
  constexpr int kDim = 3;
  CollectionRecord record;
  record.dim = kDim;
  CollectionState state("c", record);
  std::mt19937_64 random(3);
  std::vector<float> vectors;
  const std::vector<uint32_t> terms(5, 1);
  for (uint64_t d = 1; d <= 700; ++d) {
    vectors.clear();
    // Few different ones: many equal scores.
    for (int i = 0; i < 5 * kDim; ++i) vectors.push_back(static_cast<float>(random() % 3));
    state.Add({d, absl::StrCat("d", d), {}, "", "", {}}, terms, vectors.data());
  }
  const std::vector<float> query = {0.5f, -0.25f, 0.125f};
  for (const size_t part : {1, 2, 7, 100, 3000, 5000}) {
    Bitmap selected;
    for (size_t row = 0; row < state.rows(); ++row) selected.Append(1, random() % part == 0);
    const size_t count = selected.Count();
    for (const size_t wanted : {1, 10, 200, 10000}) {
      const auto scores = [&](DensePlan plan) {
        std::vector<std::pair<float, uint32_t>> out;
        for (const DenseMatch& s : SearchDense(state, query, selected, count, wanted, plan)) {
          EXPECT_TRUE(selected.Test(s.row));
          out.emplace_back(-s.score, s.row);
        }
        std::sort(out.begin(), out.end());
        // The index may bring more than was asked for.
        while (out.size() > wanted && out.back().first != out[wanted - 1].first) out.pop_back();
        return out;
      };
      const auto exact = scores(DensePlan::kExact);
      EXPECT_GE(exact.size(), std::min(wanted, count));
      EXPECT_EQ(exact, scores(DensePlan::kCodes)) << part << " " << wanted;
    }
  }
}

}  // namespace
}  // namespace footnote::retrieval
