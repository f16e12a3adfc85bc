#include "retrieval/search/word_constraints.h"

#include <algorithm>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "retrieval/search/access.h"
#include "tests/retrieval/search/lexical_corpus.h"
#include "transformer/text/language.h"

namespace footnote::retrieval {
namespace {

using testing::ElementsAre;

// Some words that stand next to each other in a passage, or any words.
std::string SomePhrase(LexicalCorpus* corpus) {
  const size_t most = 1 + corpus->Roll(4);
  std::vector<std::string> words;
  const auto& rows = corpus->rows();
  if (corpus->Roll(4) > 0) {
    const std::vector<std::string>& text = rows[corpus->Roll(rows.size())].text;
    for (size_t at = corpus->Roll(text.size() + 1); at < text.size() && words.size() < most; ++at) {
      words.push_back(text[at]);
    }
  }
  while (words.empty() || (words.size() < most && corpus->Roll(8) == 0)) {
    words.push_back(corpus->Word(60));
  }
  return absl::StrJoin(words, " ");
}

bool Has(const LexicalCorpus::Row& row, const std::string& phrase) {
  const std::string text = absl::StrCat(" ", absl::StrJoin(row.text, " "), " ");
  return text.find(absl::StrCat(" ", phrase, " ")) != std::string::npos;
}

class WordConstraintsTest : public testing::TestWithParam<int> {};

TEST_P(WordConstraintsTest, LeaveWhatReadingEveryPassageLeaves) {
  LexicalCorpus corpus(GetParam());
  size_t left = 0, taken = 0;
  for (int step = 0; step < 30; ++step) {
    corpus.Write(1 + corpus.Roll(60), corpus.Roll(20), 60);
    if (step == 20) corpus.Compact();
    if (corpus.rows().empty()) continue;
    for (int i = 0; i < 10; ++i) {
      std::vector<QueryClause> clauses;
      for (size_t n = 1 + corpus.Roll(2); n > 0; --n) {
        clauses.push_back({SomePhrase(&corpus), corpus.Roll(3) == 0});
      }
      Principals who;
      if (corpus.Roll(2) == 0) who = std::vector<std::string>{"ann"};
      Visibility visible(corpus.state(), who);
      const Bitmap before = visible.selected();
      ASSERT_TRUE(visible
                      .Restrict(corpus.state(), WordConstraints(clauses, {&transformer::English()}),
                                nullptr)
                      .ok());
      size_t count = 0;
      for (size_t row = 0; row < corpus.rows().size(); ++row) {
        const bool passes = std::all_of(clauses.begin(), clauses.end(), [&](const QueryClause& c) {
          return Has(corpus.rows()[row], c.text) != c.excluded;
        });
        ASSERT_EQ(visible.selected().Test(row), before.Test(row) && passes)
            << row << " " << clauses[0].text;
        count += before.Test(row) && passes ? 1 : 0;
      }
      ASSERT_EQ(visible.selected_chunks(), count);
      left += count;
      taken += before.Count() - count;
    }
  }
  EXPECT_GT(left, 100u);
  EXPECT_GT(taken, 100u);
}

INSTANTIATE_TEST_SUITE_P(Seeds, WordConstraintsTest, testing::Range(1, 5));

TEST(PhraseTermsTest, StopWordsLeaveTheirGapAndIdentifiersAreWhole) {
  const auto terms = [](absl::string_view text) {
    std::vector<std::string> out;
    for (const PhraseTerm& t : PhraseTerms(text, transformer::English()))
      out.push_back(absl::StrCat(t.text, t.offset));
    return out;
  };
  EXPECT_THAT(terms("the dump of the database"), ElementsAre("dump0", "databas3"));
  EXPECT_THAT(terms("pg_dump custom"), ElementsAre("pg_dump0", "pg0", "dump1", "custom2"));
  EXPECT_THAT(terms("of the"), ElementsAre());
}

TEST(WordConstraintsTest, ClausesOfStopWordsAskForNothing) {
  const std::vector<QueryClause> clauses = {
      {"of the", false}, {"dump of it", false}, {"the", true}, {"oracle", true}};
  const WordConstraints constraints(clauses, {&transformer::English()});
  EXPECT_THAT(constraints.required(), ElementsAre("dump of it"));
  EXPECT_THAT(constraints.excluded(), ElementsAre("oracle"));
  EXPECT_TRUE(constraints.Requires("dump"));
  EXPECT_FALSE(constraints.Requires("oracl"));
  EXPECT_TRUE(WordConstraints({clauses.data(), 1}, {&transformer::English()}).empty());
}

}  // namespace
}  // namespace footnote::retrieval
