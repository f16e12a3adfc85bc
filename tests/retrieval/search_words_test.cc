// Operators of the query and misspelt words, through the engine.
#include <algorithm>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "retrieval/engine.h"
#include "tests/retrieval/testing.h"

namespace footnote::retrieval {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

class SearchWordsTest : public testing::Test {
 protected:
  SearchWordsTest() : engine_(OpenEngine(folder_.path(), embedder_)) {
    request_.operators = true;
    request_.mode = SearchMode::kLexical;
  }

  void Write(const std::string& id, const std::vector<std::string>& paragraphs,
             std::vector<std::string> acl = {}) {
    const DocumentWrite write = MakeWrite(embedder_, id, paragraphs, std::move(acl));
    ASSERT_TRUE(engine_->Apply({&write, 1}).ok());
  }
  SearchResult Search(const std::string& query) {
    request_.query = query;
    auto result = engine_->Search(request_);
    EXPECT_TRUE(result.ok()) << query << ": " << result.status();
    return result.ok() ? *std::move(result) : SearchResult();
  }
  std::vector<std::string> Docs(const std::string& query) {
    std::vector<std::string> out;
    for (const Hit& hit : Search(query).hits) out.push_back(hit.doc);
    return out;
  }

  TempFolder folder_;
  WordEmbedder embedder_;
  std::unique_ptr<Engine> engine_;
  SearchRequest request_;
};

TEST_F(SearchWordsTest, PhrasesStandInOrderNextToEachOther) {
  Write("a", {"The write-ahead log is archived."});
  Write("b", {"Log on ahead of time, then write."});
  Write("c", {"Write the ahead log."});
  for (const SearchMode mode : {SearchMode::kLexical, SearchMode::kDense, SearchMode::kHybrid}) {
    request_.mode = mode;
    EXPECT_THAT(Docs("\"write ahead log\""), ElementsAre("a"));
    EXPECT_THAT(Docs("\"writing ahead logs\""), ElementsAre("a")) << "stems are compared";
    EXPECT_THAT(Docs("\"write the ahead\""), ElementsAre("c")) << "a stop word keeps its place";
    EXPECT_THAT(Docs("\"log archived\""), IsEmpty()) << "so does one in the text";
    EXPECT_THAT(Docs("\"log was archived\""), ElementsAre("a"));
  }
  EXPECT_THAT(Docs("write ahead log"), UnorderedElementsAre("a", "b", "c"));
  EXPECT_THAT(Docs("\"of the\" log"), UnorderedElementsAre("a", "b", "c"));
}

TEST_F(SearchWordsTest, PhrasesOfIdentifiers) {
  Write("a", {"Run pg_dump --format=custom for that."});
  Write("b", {"The pg dump custom is another."});
  EXPECT_THAT(Docs("\"pg_dump format\""), ElementsAre("a"));
  EXPECT_THAT(Docs("\"run pg_dump\""), ElementsAre("a"));
  EXPECT_THAT(Docs("\"format custom\""), ElementsAre("a"));
  EXPECT_THAT(Docs("\"pg dump custom\""), ElementsAre("b"));
  EXPECT_THAT(Docs("+pg_dump"), ElementsAre("a"));
  EXPECT_THAT(Docs("dump -pg_dump"), ElementsAre("b"));
  EXPECT_THAT(Docs("custom -\"--format=custom\""), ElementsAre("b"));
}

TEST_F(SearchWordsTest, NoPhraseBeginsInTheHeadingAndEndsInTheText) {
  Write("guide", {"alpha beta"});  // under "Title of guide"
  EXPECT_THAT(Docs("\"guide alpha\""), IsEmpty());
  EXPECT_THAT(Docs("\"title of guide\" alpha"), ElementsAre("guide"));
  EXPECT_THAT(Docs("\"alpha beta\""), ElementsAre("guide"));
}

TEST_F(SearchWordsTest, RequiredAndExcludedWordsSelectInEveryMode) {
  Write("a", {"alpha beta"});
  Write("b", {"alpha gamma"});
  Write("c", {"alpha beta gamma"});
  Write("d", {"delta"});
  for (const SearchMode mode : {SearchMode::kLexical, SearchMode::kDense, SearchMode::kHybrid}) {
    request_.mode = mode;
    EXPECT_THAT(Docs("alpha +beta"), UnorderedElementsAre("a", "c"));
    EXPECT_THAT(Docs("alpha +beta -gamma"), ElementsAre("a"));
    EXPECT_THAT(Docs("+beta +gamma"), ElementsAre("c"));
    EXPECT_THAT(Docs("+alpha -\"beta gamma\""), UnorderedElementsAre("a", "b"));
    EXPECT_THAT(Docs("+epsilon alpha"), IsEmpty());
  }
  const SearchResult result = Search("alpha +beta -gamma");
  EXPECT_THAT(result.required, ElementsAre("beta"));
  EXPECT_THAT(result.excluded, ElementsAre("gamma"));
  request_.operators = false;
  EXPECT_EQ(Docs("alpha +beta -gamma").size(), 4u) << "text, and hybrid finds all";
  EXPECT_THAT(Search("alpha +beta").required, IsEmpty());
}

// As a filter doesn't: what is selected changes, not how it is scored.
TEST_F(SearchWordsTest, ScoresAreThoseOfTheTextWithoutOperators) {
  for (int i = 0; i < 30; ++i) {
    Write(absl::StrCat("d", i), {absl::StrCat(i % 2 == 0 ? "alpha beta" : "beta alpha",
                                              i % 3 == 0 ? " gamma" : "", " word", i)});
  }
  for (const SearchMode mode : {SearchMode::kLexical, SearchMode::kDense}) {
    request_.mode = mode;
    request_.k = 50;
    std::map<std::string, double> plain;
    for (const Hit& hit : Search("alpha beta word").hits) plain[hit.doc] = hit.score;
    const SearchResult result = Search("\"alpha beta\" word -gamma");
    EXPECT_EQ(result.hits.size(), 10u);
    for (const Hit& hit : result.hits) {
      EXPECT_EQ(hit.score, plain[hit.doc]) << hit.doc;
      EXPECT_TRUE(absl::StartsWith(hit.text, "alpha beta word")) << hit.text;
    }
  }
}

TEST_F(SearchWordsTest, AConstraintCanBeCancelled) {
  Write("a", {"alpha beta"});
  request_.cancelled = [] { return true; };
  request_.query = "\"alpha beta\"";
  EXPECT_TRUE(absl::IsCancelled(engine_->Search(request_).status()));
}

TEST_F(SearchWordsTest, AMisspeltWordCountsAsThoseThatResembleIt) {
  Write("a", {"The Databases are large."});
  Write("b", {"A database of birds."});
  Write("c", {"Nothing of that."});
  request_.explain = true;
  const SearchResult result = Search("databse");
  ASSERT_EQ(result.hits.size(), 2u);
  ASSERT_EQ(result.corrections.size(), 1u);
  EXPECT_EQ(result.corrections[0].word, "databse");
  ASSERT_EQ(result.corrections[0].replacements.size(), 1u);
  EXPECT_EQ(result.corrections[0].replacements[0],
            result.hits[0].doc == "a" ? "Databases" : "database");
  for (const Hit& hit : result.hits) {
    ASSERT_EQ(hit.highlights.size(), 1u) << "the word in its place is marked";
    ASSERT_TRUE(hit.explanation.has_value());
    ASSERT_EQ(hit.explanation->terms.size(), 1u);
    const TermContribution& term = hit.explanation->terms[0];
    EXPECT_EQ(term.term, "databas");
    EXPECT_EQ(term.misspelt, "databs");
    EXPECT_EQ(term.share, 0.5);
    EXPECT_EQ(term.contribution, hit.lexical.score);
  }
  // Half of what the word itself gives.
  const SearchResult right = Search("database");
  EXPECT_THAT(right.corrections, IsEmpty());
  ASSERT_EQ(right.hits.size(), 2u);
  EXPECT_DOUBLE_EQ(right.hits[0].score, 2 * result.hits[0].score);
  request_.fuzzy = false;
  EXPECT_THAT(Docs("databse"), IsEmpty());
}

TEST_F(SearchWordsTest, OnlyTheNearestAndOnlyWhatNoPassageHas) {
  Write("a", {"standby standing"});
  Write("b", {"standbye"});
  EXPECT_THAT(Docs("standby"), ElementsAre("a")) << "it is there";
  Write("c", {"replications"});
  Write("d", {"replicators"});
  EXPECT_THAT(Docs("zebra"), IsEmpty());
  EXPECT_THAT(Docs("vers1on"), IsEmpty());
  Write("e", {"version 12"});
  EXPECT_THAT(Docs("vers1on"), IsEmpty()) << "with a digit it is a name";
  EXPECT_THAT(Docs("versoin"), ElementsAre("e")) << "a swap is one step";
  EXPECT_THAT(Docs("wersion"), IsEmpty()) << "the first letter is the same";
  EXPECT_THAT(Docs("+versoin"), IsEmpty()) << "what is required is taken as it is";
  EXPECT_THAT(Docs("version versoin"), ElementsAre("e"));
  EXPECT_THAT(Search("version versoin").corrections, IsEmpty())
      << "it stands for a word that is in the query already";
}

// What is hidden is neither a reason not to look for others, nor found.
TEST_F(SearchWordsTest, OfManyUnknownWordsTheFirstAreLookedInto) {
  Write("a", {"zebra vacuum"});
  std::string query = "zebrra";
  for (char c = 'a'; c <= 'o'; ++c) absl::StrAppend(&query, " ", std::string(6, c));
  EXPECT_THAT(Docs(query), ElementsAre("a"));  // 16 unknown words
  EXPECT_THAT(Docs(query + " pppppp"), IsEmpty()) << "zebrra is the 17th";
}

TEST_F(SearchWordsTest, HiddenWordsAreNoWords) {
  Write("a", {"gardens"}, {"ann"});
  Write("b", {"garden walls"}, {"bob"});
  Write("secret", {"gardem gardan gardon"}, {"eve"});
  request_.principals = {"bob"};
  EXPECT_THAT(Docs("gardem"), ElementsAre("b")) << "eve alone has that word";
  EXPECT_THAT(Docs("gardin"), ElementsAre("b"));
  ASSERT_EQ(Search("gardin").corrections.size(), 1u);
  EXPECT_THAT(Search("gardin").corrections[0].replacements, ElementsAre("garden"));
  request_.principals = {"eve"};
  EXPECT_THAT(Docs("gardem"), ElementsAre("secret"));
}

}  // namespace
}  // namespace footnote::retrieval
