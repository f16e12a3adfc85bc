#include "transformer/text/language.h"

#include <set>
#include <string>

#include "gtest/gtest.h"
#include "transformer/text/analyzer.h"

namespace footnote::transformer {
namespace {

TEST(LanguageTest, TagsAndNamesNameALanguage) {
  const Language& german = LanguageOf("de");
  EXPECT_EQ(german.name, "german");
  for (const char* tag : {"DE", "de-CH", "de_AT", "German", "GERMAN"}) {
    EXPECT_EQ(&LanguageOf(tag), &german) << tag;
  }
  EXPECT_EQ(&LanguageOf(""), &English());
  EXPECT_EQ(&LanguageOf("en-GB"), &English());
  EXPECT_EQ(&LanguageOf("nb"), &LanguageOf("no"));
  EXPECT_EQ(&LanguageOf("nn"), &LanguageOf("norwegian"));
  for (const char* tag : {"zh-Hant", "vi", "x", "-", "deu", "d", "de german"}) {
    EXPECT_EQ(LanguageOf(tag).code, "") << tag;
  }
}

TEST(LanguageTest, EveryRowWorks) {
  std::set<std::string> codes, names;
  for (const Language& language : Languages()) {
    EXPECT_TRUE(codes.insert(std::string(language.code)).second) << language.code;
    EXPECT_TRUE(names.insert(std::string(language.name)).second) << language.name;
    EXPECT_EQ(&LanguageOf(language.code), &language);
    EXPECT_EQ(&LanguageOf(language.name), &language);
    // Snowball knows the algorithm: an English word that every one of them leaves
    // alone comes back, and the stop words are gone.
    EXPECT_EQ(Analyze("42nd", language).size(), 1u) << language.code;
    EXPECT_TRUE(Analyze(language.stop_words, language).empty()) << language.code;
  }
}

TEST(LanguageTest, StopWordsAreOfTheirLanguage) {
  EXPECT_TRUE(IsStopWord("the", English()));
  EXPECT_FALSE(IsStopWord("und", English()));
  EXPECT_TRUE(IsStopWord("und", LanguageOf("de")));
  EXPECT_TRUE(IsStopWord("für", LanguageOf("de")));
  EXPECT_FALSE(IsStopWord("the", LanguageOf("de")));
  EXPECT_FALSE(IsStopWord("the", LanguageOf("vi")));
}

}  // namespace
}  // namespace footnote::transformer
