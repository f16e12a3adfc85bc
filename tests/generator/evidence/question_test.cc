#include "generator/evidence/question.h"

#include "generator/evidence/answer_type.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace footnote::generator {
namespace {

using ::testing::Contains;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::UnorderedElementsAre;

std::vector<std::string> Words(const Question& question) {
  std::vector<std::string> words;
  for (const QuestionTerm& term : question.terms) words.push_back(term.word);
  return words;
}

std::vector<std::string> SalientWords(const Question& question) {
  std::vector<std::string> words;
  for (const QuestionTerm& term : question.terms) {
    if (term.salient && (words.empty() || words.back() != term.word)) words.push_back(term.word);
  }
  return words;
}

TEST(QuestionTest, KeepsContentWordsOnly) {
  EXPECT_THAT(Words(AnalyzeQuestion("How can I make the boat go faster?")),
              UnorderedElementsAre("boat", "go", "faster"));
  EXPECT_THAT(Words(AnalyzeQuestion("What happens to a lantern after a storm?")),
              UnorderedElementsAre("lantern", "storm"));
}

TEST(QuestionTest, ARepeatedWordCountsOnce) {
  EXPECT_EQ(AnalyzeQuestion("boat boats Boat").terms.size(), 1);
}

TEST(QuestionTest, WithoutContentThereAreNoTerms) {
  for (const char* text : {"", "?", "What is it?", "How?", "What about that?", "-- !!"}) {
    EXPECT_THAT(AnalyzeQuestion(text).terms, IsEmpty()) << text;
  }
}

TEST(QuestionTest, WordsOfOtherScriptsAreContent) {
  EXPECT_THAT(AnalyzeQuestion("порт сервера").terms, Not(IsEmpty()));
  EXPECT_THAT(AnalyzeQuestion("東京").terms, Not(IsEmpty()));
}

struct SalientCase {
  const char* text;
  std::vector<std::string> words;
};

TEST(QuestionTest, NamesNumbersAndIdentifiersAreSalient) {
  const std::vector<SalientCase> cases = {
      {"Who built the Tower of Belem?", {"Tower", "Belem"}},
      {"Where is the tower?", {}},
      {"Lighthouses need what kind of lamp?", {}},  // the first word is always a capital
      {"when was the 1755 earthquake?", {"1755"}},
      {"what does max_boats do?", {"max_boats"}},
      {"WHERE DO WE KEEP THE LARGE OARS TODAY", {}},  // shouting names nothing
  };
  for (const SalientCase& c : cases) {
    std::vector<std::string> salient = SalientWords(AnalyzeQuestion(c.text));
    for (const std::string& word : c.words) EXPECT_THAT(salient, Contains(word)) << c.text;
    if (c.words.empty()) {
      EXPECT_THAT(salient, IsEmpty()) << c.text;
    }
  }
}

struct TypeCase {
  const char* text;
  AnswerType type;
};

TEST(QuestionTest, TypeIsToldByItsWords) {
  const std::vector<TypeCase> cases = {
      {"How many boats are there?", AnswerType::kNumber},
      {"What is the maximum size of a boat?", AnswerType::kNumber},
      {"Which port do the boats use?", AnswerType::kNumber},
      {"When does the boat leave?", AnswerType::kTime},
      {"In what year was it built?", AnswerType::kTime},
      {"Who built the boat?", AnswerType::kPerson},
      {"Where is the boat?", AnswerType::kPlace},
      {"What is a boat?", AnswerType::kDefinition},
      {"What are lee boards?", AnswerType::kDefinition},
      {"How do I steer?", AnswerType::kProcedure},
      {"Which command starts it?", AnswerType::kProcedure},
      {"Why does it leak?", AnswerType::kReason},
      {"Does it leak?", AnswerType::kOther},
      {"boat leak", AnswerType::kOther},
      {"", AnswerType::kOther},
  };
  for (const TypeCase& c : cases) {
    EXPECT_EQ(AnalyzeQuestion(c.text).type, c.type) << c.text;
  }
}

struct MatchCase {
  AnswerType type;
  const char* unit;
  int match;
};

TEST(AnswerTypeTest, SignsOfTheKindAskedFor) {
  const std::vector<MatchCase> cases = {
      {AnswerType::kNumber, "The boat holds 12.", 1},
      {AnswerType::kNumber, "Twelve boats leave.", 1},
      {AnswerType::kNumber, "The stone is grey.", -1},  // "one" inside a word
      {AnswerType::kTime, "It was built in 1755.", 1},
      {AnswerType::kTime, "It leaves in March.", 1},
      {AnswerType::kTime, "It is grey.", -1},
      {AnswerType::kPerson, "It was built by Anna.", 1},
      {AnswerType::kPerson, "it floats", -1},
      {AnswerType::kReason, "It leaks because it is old.", 1},
      {AnswerType::kReason, "It leaks.", 0},
      {AnswerType::kDefinition, "A boat is a small ship.", 1},
      {AnswerType::kOther, "Anything 12.", 0},
      {AnswerType::kNumber, "", -1},
  };
  for (const MatchCase& c : cases) EXPECT_EQ(MatchesType(c.type, c.unit), c.match) << c.unit;
}

}  // namespace
}  // namespace footnote::generator
