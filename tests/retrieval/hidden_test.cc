// The property that access control stands on: what a caller may not see changes
// nothing that he can observe. Two stores are written side by side, one with
// documents and a collection that are hidden from the caller, one where they
// never were; every answer must be the same to the byte, errors included.
#include <algorithm>
#include <map>
#include <random>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "gtest/gtest.h"
#include "retrieval/engine.h"
#include "tests/retrieval/testing.h"

namespace footnote::retrieval {
namespace {

constexpr const char* kWords[] = {"alpha",   "beta",  "gamma", "delta",     "server", "ports",
                                  "pg_dump", "index", "query", "partition", "the",    "vacuum"};
// Two of them stand in hidden documents alone; the third nowhere.
constexpr const char* kMisspelt[] = {"gamna", "partitoins", "servre"};
const std::vector<std::string> kCaller = {"user:ann", "group:staff"};

// Everything of a result but the times, which are the clock's, and the sequence,
// which counts the writes of the whole store.
std::string Bytes(const absl::StatusOr<SearchResult>& result) {
  if (!result.ok()) return result.status().ToString();
  std::string out;
  for (const Hit& hit : result->hits) {
    absl::StrAppendFormat(&out, "\n%s|%s|%s|%s|%s|%d|%d-%d|%s|%a|%a@%d|%a@%d", hit.doc, hit.title,
                          hit.source, hit.heading_path, hit.anchor, hit.chunk, hit.begin, hit.end,
                          hit.text, hit.score, hit.dense.score, hit.dense.rank, hit.lexical.score,
                          hit.lexical.rank);
    for (const auto& [begin, end] : hit.highlights) absl::StrAppend(&out, "|", begin, "-", end);
    absl::StrAppendFormat(&out, "|%a@%d|%a@%d", hit.fused.score, hit.fused.rank,
                          hit.diversity.score, hit.diversity.rank);
    for (const FoldedPassage& f : hit.folded) {
      absl::StrAppendFormat(&out, "|%s %d %d-%d %a", f.doc, f.chunk, f.begin, f.end, f.similarity);
    }
    for (const auto* side : {&hit.before, &hit.after}) {
      for (const Neighbour& n : *side) absl::StrAppend(&out, "|", n.chunk, " ", n.text);
    }
    if (!hit.explanation.has_value()) continue;
    absl::StrAppendFormat(&out, "|%d of %a", hit.explanation->length,
                          hit.explanation->average_length);
    for (const TermContribution& t : hit.explanation->terms) {
      absl::StrAppendFormat(&out, "|%s %d %d %d %a %a %a %s %a", t.term, t.query_frequency,
                            t.frequency, t.chunks, t.idf, t.length_norm, t.contribution, t.misspelt,
                            t.share);
    }
  }
  for (const std::string& text : result->required) absl::StrAppend(&out, "\n+", text);
  for (const std::string& text : result->excluded) absl::StrAppend(&out, "\n-", text);
  for (const Correction& c : result->corrections) {
    absl::StrAppend(&out, "\n", c.word, ": ", absl::StrJoin(c.replacements, ", "));
  }
  return out;
}

class HiddenTest : public testing::TestWithParam<int> {
 protected:
  HiddenTest() : random_(GetParam()) {}

  size_t Roll(size_t n) { return random_() % n; }
  std::string Words(size_t most) {
    std::string out;
    for (size_t n = 1 + Roll(most); n > 0; --n) out += std::string(kWords[Roll(12)]) + " ";
    return out;
  }
  // Some words, with operators and misspelt ones among them.
  std::string SomeQuery() {
    std::string out;
    for (size_t n = 1 + Roll(4); n > 0; --n) {
      const std::string word = Roll(4) == 0 ? kMisspelt[Roll(3)] : kWords[Roll(12)];
      switch (Roll(8)) {
        case 0:
          absl::StrAppend(&out, "\"", word, " ", kWords[Roll(12)], "\" ");
          break;
        case 1:
          absl::StrAppend(&out, "+", word, " ");
          break;
        case 2:
          absl::StrAppend(&out, "-", word, " ");
          break;
        default:
          absl::StrAppend(&out, word, " ");
      }
    }
    return out;
  }
  template <typename T>
  T OneOf(const std::vector<T>& values) {
    return values[Roll(values.size())];
  }

  DocumentWrite SomeDocument() {
    std::vector<std::string> paragraphs;
    for (size_t n = Roll(5); n > 0; --n) paragraphs.push_back(Words(12));
    DocumentWrite out = MakeWrite(embedder_, absl::StrCat("doc", Roll(40)), paragraphs);
    if (Roll(2) == 0)
      out.document.metadata[kLanguageKey] = OneOf<std::string>({"en", "de", "fr", "x"});
    if (Roll(2) == 0) out.document.metadata["year"] = absl::StrCat(2000 + Roll(30));
    return out;
  }
  AccessList Visible() {
    return OneOf<AccessList>(
        {{}, {{"user:ann"}, {}}, {{"x", "group:staff"}, {"user:eve"}}, {{}, {"user:eve"}}});
  }
  AccessList Hidden() {
    return OneOf<AccessList>({{{"user:eve"}, {}},
                              {{"user:ann"}, {"group:staff"}},
                              {{}, {"user:ann"}},
                              {{"group:staff"}, {"user:ann", "user:eve"}}});
  }
  std::optional<Filter> SomeFilter() {
    Filter lang{Filter::Kind::kOneOf, kLanguageKey, {std::string("en")}, {}};
    Filter year{Filter::Kind::kAtLeast, "year", {2010.0}, {}};
    Filter none{Filter::Kind::kNone, "", {}, {lang}};
    return OneOf<std::optional<Filter>>(
        {std::nullopt, lang, year, none, Filter{Filter::Kind::kAll, "", {}, {none, year}}});
  }

  SearchRequest SomeSearch() {
    SearchRequest request;
    request.query = SomeQuery();
    request.operators = Roll(2) == 0;
    request.fuzzy = Roll(4) > 0;
    request.k = static_cast<int>(1 + Roll(Roll(4) == 0 ? 300 : 20));
    request.mode = OneOf<SearchMode>(
        {SearchMode::kHybrid, SearchMode::kHybrid, SearchMode::kDense, SearchMode::kLexical});
    request.fusion = OneOf<Fusion>({Fusion::kConvex, Fusion::kReciprocalRank});
    request.explain = Roll(2) == 0;
    request.neighbours_after = static_cast<int>(Roll(3));
    request.max_per_document = static_cast<int>(Roll(3));
    request.fold_similarity = Roll(3) == 0 ? 0.5 : 0;
    request.mmr_lambda = Roll(3) == 0 ? 0.7 : 1;
    request.boost = OneOf<std::string>(
        {"", "", "1 + passes(year >= 2015)", "0.5 + max(0.1, log(number(year)))"});
    request.principals = kCaller;
    request.filter = SomeFilter();
    return request;
  }

  // Both stores' answers to the same questions.
  void Compare(Engine* with, Engine* without) {
    for (int i = 0; i < 6; ++i) {
      SearchRequest request = SomeSearch();
      EXPECT_EQ(Bytes(with->Search(request)), Bytes(without->Search(request)));
      request.collection = "hr";  // closed to the caller; in the other store there is none
      EXPECT_EQ(Bytes(with->Search(request)), Bytes(without->Search(request)));
      request.collection = kDefaultCollection;
      request.k = 0;
      EXPECT_EQ(Bytes(with->Search(request)), Bytes(without->Search(request)));
    }
    for (const char* collection : {"default", "hr", "none"}) {
      for (int n = 0; n < 40; ++n) {
        const std::string id = absl::StrCat("doc", n);
        const auto a = with->GetDocument(collection, id, kCaller);
        const auto b = without->GetDocument(collection, id, kCaller);
        ASSERT_EQ(a.status(), b.status());
        if (a.ok()) {
          EXPECT_EQ(a->text, b->text);
        }
      }
    }
    const std::string ids[] = {"doc1"};
    const Filter any{Filter::Kind::kExists, "doc", {}, {}};
    EXPECT_EQ(with->Delete("hr", ids, kCaller).status(),
              without->Delete("hr", ids, kCaller).status());
    EXPECT_EQ(with->DeleteMatching("hr", any, kCaller).status(),
              without->DeleteMatching("hr", any, kCaller).status());
  }

  std::mt19937_64 random_;
  TempFolder folder_;
  WordEmbedder embedder_;
};

TEST_P(HiddenTest, WhatIsHiddenChangesNoByte) {
  auto with = OpenEngine(folder_.path("with"), embedder_);
  auto without = OpenEngine(folder_.path("without"), embedder_);
  ASSERT_TRUE(with->SetCollectionAccess("hr", {{"user:eve"}, {}}).ok());
  for (int step = 0; step < 40; ++step) {
    std::map<std::string, DocumentWrite> visible, hidden;
    for (size_t n = 1 + Roll(3); n > 0; --n) {
      DocumentWrite write = SomeDocument();
      write.document.access = Visible();
      visible[write.document.id] = std::move(write);
    }
    for (size_t n = Roll(6); n > 0; --n) {
      DocumentWrite write = SomeDocument();
      if (visible.contains(write.document.id)) continue;
      if (Roll(3) == 0) {
        write =
            MakeWrite(embedder_, write.document.id, {absl::StrCat(Words(3), kMisspelt[Roll(2)])});
      }
      write.document.access = Hidden();
      hidden[write.document.id] = std::move(write);
    }
    std::vector<DocumentWrite> all, some;
    std::vector<std::string> gone;  // a visible document that is hidden from now on
    for (const auto& [id, write] : visible) {
      all.push_back(write);
      some.push_back(write);
    }
    for (const auto& [id, write] : hidden) {
      all.insert(all.begin() + static_cast<ptrdiff_t>(Roll(all.size() + 1)), write);
      gone.push_back(id);
      DocumentWrite secret = write;
      secret.document.collection = "hr";
      secret.document.access = Visible();
      ASSERT_TRUE(with->Apply({&secret, 1}).ok());
    }
    ASSERT_TRUE(with->Apply(all).ok());
    ASSERT_TRUE(without->Apply(some).ok());
    ASSERT_TRUE(without->Delete("default", gone, std::nullopt).ok());
    if (Roll(3) == 0) {
      // The caller deletes: he counts, and reaches, what he sees.
      const std::vector<std::string> ids = {absl::StrCat("doc", Roll(40)),
                                            absl::StrCat("doc", Roll(40))};
      const auto a = with->Delete("default", ids, kCaller);
      const auto b = without->Delete("default", ids, kCaller);
      ASSERT_TRUE(a.ok() && b.ok()) << a.status() << b.status();
      EXPECT_EQ(a->documents, b->documents);
    }
    if (Roll(4) == 0) {
      const Filter filter{
          Filter::Kind::kAbove, "year", {2000.0 + static_cast<double>(Roll(30))}, {}};
      const auto a = with->DeleteMatching("default", filter, kCaller);
      const auto b = without->DeleteMatching("default", filter, kCaller);
      ASSERT_TRUE(a.ok() && b.ok()) << a.status() << b.status();
      EXPECT_EQ(a->documents, b->documents);
    }
    ASSERT_NO_FATAL_FAILURE(Compare(with.get(), without.get()));
    if (step % 20 == 19) {
      ExpectSound(*with);
      with.reset();
      with = OpenEngine(folder_.path("with"), embedder_);
      ASSERT_NO_FATAL_FAILURE(Compare(with.get(), without.get()));
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Seeds, HiddenTest, testing::Range(1, 7));

}  // namespace
}  // namespace footnote::retrieval
