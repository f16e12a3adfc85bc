// A collection whose documents are in several languages.
#include <algorithm>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "retrieval/engine.h"
#include "tests/retrieval/testing.h"

namespace footnote::retrieval {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

class LanguagesTest : public testing::Test {
 protected:
  LanguagesTest() : engine_(OpenEngine(folder_.path(), embedder_)) {}

  void Add(const std::string& id, const std::string& language, const std::string& text,
           std::vector<std::string> acl = {}) {
    DocumentWrite write = MakeWrite(embedder_, id, {text}, std::move(acl));
    if (!language.empty()) write.document.metadata[kLanguageKey] = language;
    ASSERT_TRUE(engine_->Apply({&write, 1}).ok());
  }

  SearchResult Search(const std::string& query, std::vector<std::string> principals = {}) const {
    SearchRequest request;
    request.query = query;
    request.mode = SearchMode::kLexical;
    request.principals = std::move(principals);
    request.explain = true;
    request.fuzzy = false;
    request.operators = true;
    auto result = engine_->Search(request);
    EXPECT_TRUE(result.ok()) << result.status();
    return result.ok() ? *std::move(result) : SearchResult();
  }
  std::vector<std::string> Found(const std::string& query,
                                 std::vector<std::string> principals = {}) const {
    std::vector<std::string> out;
    for (const Hit& hit : Search(query, std::move(principals)).hits) out.push_back(hit.doc);
    return out;
  }

  const TempFolder folder_;
  const WordEmbedder embedder_;
  std::unique_ptr<Engine> engine_;
};

TEST_F(LanguagesTest, EachDocumentIsFoundByTheFormsOfItsLanguage) {
  Add("en", "en", "The houses of the city were sold.");
  Add("de", "de-CH", "Die Häuser der Stadt wurden verkauft.");
  Add("fr", "French", "L'école et les chevaux");
  Add("ja", "ja", "東京都のデータベース");
  Add("th", "th", "ฐานข้อมูลเชิงสัมพันธ์");
  Add("plain", "", "Nothing says what this running text is.");
  EXPECT_THAT(Found("house"), ElementsAre("en"));
  EXPECT_THAT(Found("Haus"), ElementsAre("de"));
  EXPECT_THAT(Found("hauses verkaufte"), ElementsAre("de"));
  EXPECT_THAT(Found("cheval"), ElementsAre("fr"));
  EXPECT_THAT(Found("écoles"), ElementsAre("fr"));
  EXPECT_THAT(Found("ecole"), ElementsAre("fr"));
  EXPECT_THAT(Found("東京"), ElementsAre("ja"));
  EXPECT_THAT(Found("データ"), ElementsAre("ja"));
  EXPECT_THAT(Found("ข้อมูล"), ElementsAre("th"));
  EXPECT_THAT(Found("runs"), ElementsAre("plain"));  // as English
  // A stop word of one language may be a word of another.
  EXPECT_THAT(Found("die"), IsEmpty());
  Add("dice", "en", "The die is cast.");
  EXPECT_THAT(Found("die"), ElementsAre("dice"));
}

TEST_F(LanguagesTest, ATermCountsOnceHoweverManyLanguagesGiveIt) {
  Add("en", "en", "vacuum analyze");
  const double alone = Search("vacuum").hits.at(0).score;
  Add("de", "de", "vacuum analyze", {"nobody"});
  Add("fr", "fr", "vacuum analyze", {"nobody"});
  EXPECT_EQ(Search("vacuum").hits.at(0).score, alone);
  const auto explained = Search("vacuum vacuum", {"nobody"}).hits.at(0).explanation;
  ASSERT_TRUE(explained.has_value());
  for (const TermContribution& term : explained->terms) EXPECT_EQ(term.query_frequency, 2u);
}

TEST_F(LanguagesTest, PhrasesAndRequiredWordsAreOfAnyOfTheLanguages) {
  Add("de", "de", "Die Häuser der Stadt wurden verkauft");
  Add("other", "de", "Die Stadt der Häuser");
  Add("en", "en", "The houses of the city, Stadt der Häuser");
  EXPECT_THAT(Found("\"Haus der Stadt\""), ElementsAre("de"));
  EXPECT_THAT(Found("\"house of the city\""), ElementsAre("en"));
  EXPECT_THAT(Found("Stadt +Haus"), UnorderedElementsAre("de", "other"));
  EXPECT_THAT(Found("Stadt -Haus"), ElementsAre("en"));
}

TEST_F(LanguagesTest, HighlightsAreInTheDocumentsLanguage) {
  Add("de", "de", "Alte Häuser und ein Haus");
  Add("en", "en", "old house, Häuser");
  const SearchResult result = Search("Haus");
  ASSERT_EQ(result.hits.size(), 1u);
  std::vector<std::string> words;
  for (const auto& [begin, end] : result.hits[0].highlights) {
    words.push_back(result.hits[0].text.substr(begin, end - begin));
  }
  EXPECT_THAT(words, ElementsAre("Häuser", "Haus"));
}

TEST_F(LanguagesTest, ReopeningVerifyingAndReplacingKeepTheLanguage) {
  Add("de", "de", "Die Häuser der Stadt");
  Add("en", "en", "The houses of the city");
  engine_.reset();
  engine_ = OpenEngine(folder_.path(), embedder_);
  EXPECT_THAT(Found("Haus"), ElementsAre("de"));
  auto report = engine_->Verify(nullptr);
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_THAT(report->divergences, IsEmpty());
  Add("de", "en", "Die Häuser der Stadt");  // said to be English now
  EXPECT_THAT(Found("Haus"), IsEmpty());
  EXPECT_THAT(Found("Häuser"), ElementsAre("de"));
  ASSERT_TRUE(engine_->Compact().ok());
  EXPECT_THAT(Found("house stadt"), UnorderedElementsAre("de", "en"));
  report = engine_->Verify(nullptr);
  ASSERT_TRUE(report.ok());
  EXPECT_THAT(report->divergences, IsEmpty());
}

}  // namespace
}  // namespace footnote::retrieval
