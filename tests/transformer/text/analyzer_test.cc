#include "transformer/text/analyzer.h"

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace footnote::transformer {
namespace {

using testing::ElementsAreArray;

std::vector<std::string> Texts(const std::vector<Term>& terms) {
  std::vector<std::string> out;
  for (const Term& t : terms) out.push_back(t.text);
  return out;
}

struct Case {
  std::string text;
  std::vector<std::string> english;
  std::vector<std::string> words;
};

class AnalyzerTest : public testing::TestWithParam<Case> {};

TEST_P(AnalyzerTest, GivesTheTerms) {
  const Case& c = GetParam();
  EXPECT_THAT(Texts(AnalyzeEnglish(c.text)), ElementsAreArray(c.english)) << c.text;
  EXPECT_THAT(Texts(AnalyzeWords(c.text)), ElementsAreArray(c.words)) << c.text;
}

INSTANTIATE_TEST_SUITE_P(
    Words, AnalyzerTest,
    testing::Values(
        Case{"", {}, {}}, Case{" \n\t", {}, {}},
        Case{"The quick foxes", {"quick", "fox"}, {"quick", "fox"}},
        Case{"Running, runs; ran.", {"run", "run", "ran"}, {"run", "run", "ran"}},
        Case{"PostgreSQL's servers", {"postgresql", "server"}, {"postgresql", "server"}},
        Case{"don\xE2\x80\x99t it's", {}, {}},
        Case{"na\xC3\xAFve Caf\xC3\xA9s \xC3\x98resund",
             {"naiv", "cafe", "oresund"},
             {"naiv", "cafe", "oresund"}},
        Case{"STRASSE Stra\xC3\x9F"
             "e",
             {"strass", "strass"},
             {"strass", "strass"}},
        Case{"1,000 rows and 12,34", {"1000", "row", "12", "34"}, {"1000", "row", "12", "34"}},
        Case{"数据", {"数据", "数", "据"}, {"数", "据"}},
        Case{"well-known and/or TCP/IP",
             {"well", "known", "tcp", "ip"},
             {"well", "known", "tcp", "ip"}},
        Case{"a\xFF\xFE"
             "b",
             {"b"},
             {"b"}}));

INSTANTIATE_TEST_SUITE_P(
    Identifiers, AnalyzerTest,
    testing::Values(Case{"pg_dump", {"pg_dump", "pg", "dump"}, {"pg", "dump"}},
                    Case{"max_connections = 100",
                         {"max_connections", "max", "connect", "100"},
                         {"max", "connect", "100"}},
                    Case{"--format=custom",
                         {"--format=custom", "--format", "format", "custom"},
                         {"format", "custom"}},
                    Case{"use -Fc here", {"use", "-fc", "fc", "here"}, {"use", "fc", "here"}},
                    Case{"8.3.1", {"8.3.1", "8", "3", "1"}, {"8", "3", "1"}},
                    Case{"C++ and C#.", {"c++", "c", "c#", "c"}, {"c", "c"}},
                    Case{"foo.bar()", {"foo.bar", "foo", "bar"}, {"foo", "bar"}},
                    Case{"end of it. Next", {"end", "next"}, {"end", "next"}},
                    Case{"pg_catalog.pg_class",
                         {"pg_catalog.pg_class", "pg_catalog", "pg", "catalog", "pg_class", "pg",
                          "class"},
                         {"pg", "catalog", "pg", "class"}},
                    Case{"pg_dump's", {"pg_dump", "pg", "dump"}, {"pg", "dump"}},
                    Case{"a -> b ->> c", {"->", "b", "->>", "c"}, {"b", "c"}},
                    Case{"x::int || y", {"x::int", "x", "int", "||", "y"}, {"x", "int", "y"}},
                    Case{"/etc/fstab", {"/etc/fstab", "fstab"}, {"fstab"}},
                    Case{"http://example.org/a_b",
                         {"http", "example.org/a_b", "example.org", "exampl", "org", "a_b", "b"},
                         {"http", "exampl", "org", "b"}},
                    Case{"B-tree x86-64",
                         {"b-tree", "b", "tree", "x86-64", "x86", "64"},
                         {"b", "tree", "x86", "64"}},
                    Case{"\\copy $PGDATA .pgpass _id",
                         {"\\copy", "copi", "$pgdata", "pgdata", ".pgpass", "pgpass", "_id", "id"},
                         {"copi", "pgdata", "pgpass", "id"}},
                    Case{"-------- a--b -- e.g. this", {"b"}, {"b"}}));

struct LanguageCase {
  const char* language;
  std::string text;
  std::vector<std::string> terms;
};

class LanguageAnalyzerTest : public testing::TestWithParam<LanguageCase> {};

TEST_P(LanguageAnalyzerTest, GivesTheTerms) {
  const LanguageCase& c = GetParam();
  EXPECT_THAT(Texts(Analyze(c.text, LanguageOf(c.language))), ElementsAreArray(c.terms)) << c.text;
}

INSTANTIATE_TEST_SUITE_P(
    Languages, LanguageAnalyzerTest,
    testing::Values(
        LanguageCase{"de", "Die Häuser der Städte", {"haus", "stadt"}},
        LanguageCase{"de", "Straßen, STRASSE", {"strass", "strass"}},
        LanguageCase{"de",
                     "Das pg_dump-Programm",
                     {"pg_dump-programm", "pg_dump", "pg", "dump", "programm"}},
        LanguageCase{"fr", "L'élève n’est pas qu'élèves", {"elev", "elev"}},
        LanguageCase{"it", "dell'acqua nelle città", {"acqua", "citt"}},
        LanguageCase{"es", "Las canciones y los niños", {"cancion", "nin"}},
        LanguageCase{"ru", "и красивые книги", {"красив", "книг"}},
        LanguageCase{"sv", "flickorna och bilarna", {"flick", "bil"}},
        LanguageCase{"tr", "ve kitaplar", {"kitap"}},
        // No row in the table: words as they stand.
        LanguageCase{"vi", "The cơ sở dữ liệu", {"the", "co", "so", "du", "lieu"}},
        LanguageCase{"ja",
                     "東京都のデータ",
                     {"東京", "東", "京都", "京", "都の", "都", "のデ", "の", "デー", "デ", "ータ",
                      "ー", "タ"}},
        LanguageCase{"ko", "한국어 검색", {"한국", "한", "국어", "국", "어", "검색", "검", "색"}},
        LanguageCase{"th", "ฐานข้อมูล PostgreSQL", {"ฐาน", "ข้อมูล", "postgresql"}}));

TEST(AnalyzerTest, SpansAreTheBytesOfTheWord) {
  const std::string text = "See na\xC3\xAFve pg_dump --format=custom, C++!";
  std::vector<std::string> spans;
  for (const Term& t : AnalyzeEnglish(text)) {
    spans.push_back(text.substr(t.span.begin, t.span.size()));
  }
  EXPECT_THAT(spans,
              ElementsAreArray({"See", "na\xC3\xAFve", "pg_dump", "pg", "dump", "--format=custom",
                                "--format", "format", "custom", "C++", "C"}));
}

struct PositionCase {
  std::string text;
  std::vector<std::string> english;  // "term@position"
};

class PositionTest : public testing::TestWithParam<PositionCase> {};

TEST_P(PositionTest, CountsWords) {
  std::vector<std::string> found;
  for (const Term& t : AnalyzeEnglish(GetParam().text)) {
    found.push_back(t.text + "@" + std::to_string(t.position));
  }
  EXPECT_THAT(found, ElementsAreArray(GetParam().english)) << GetParam().text;
}

INSTANTIATE_TEST_SUITE_P(
    Positions, PositionTest,
    testing::Values(
        PositionCase{"write-ahead log, again", {"write@0", "ahead@1", "log@2", "again@3"}},
        PositionCase{"dump of the database", {"dump@0", "databas@3"}},
        PositionCase{"run pg_dump custom", {"run@0", "pg_dump@1", "pg@1", "dump@2", "custom@3"}},
        PositionCase{"use --format=custom (C++), now",
                     {"use@0", "--format=custom@1", "--format@1", "format@1", "custom@2", "c++@3",
                      "c@3", "now@4"}},
        PositionCase{"x -> y = z", {"x@0", "->@1", "y@2", "z@3"}},
        PositionCase{"see e.g. this one here", {"see@0", "one@4", "here@5"}},
        PositionCase{"pg_catalog.pg_class ok",
                     {"pg_catalog.pg_class@0", "pg_catalog@0", "pg@0", "catalog@1", "pg_class@2",
                      "pg@2", "class@3", "ok@4"}},
        PositionCase{"数据", {"数据@0", "数@0", "据@1"}}));

TEST(AnalyzerTest, LongWordsAreCutAndLongIdentifiersKeepTheirParts) {
  const std::string word(1000, 'x');
  ASSERT_EQ(AnalyzeEnglish(word).size(), 1u);
  EXPECT_EQ(AnalyzeEnglish(word)[0].text.size(), 64u);
  EXPECT_EQ(AnalyzeEnglish(word)[0].span.size(), 1000u);
  const std::string path = "/" + std::string(40, 'x') + "/" + std::string(40, 'z');
  EXPECT_THAT(Texts(AnalyzeEnglish(path)),
              ElementsAreArray({std::string(40, 'x'), std::string(40, 'z')}));
}

// Whatever the bytes, terms are in order, inside the text, and not empty.
TEST(AnalyzerTest, AnyBytesGiveOrderedSpansInsideTheText) {
  uint64_t state = 7;
  const auto next = [&state] {
    return state = state * 6364136223846793005u + 1442695040888963407u, state >> 33;
  };
  const std::string alphabet = "ab_.-:/=+#@$\\'\",1 \n\xC3\xA9\xE2\x80\x99\xE6\x95\xB0\xFF>";
  for (int round = 0; round < 3000; ++round) {
    std::string text;
    for (uint64_t n = next() % 40; n > 0; --n) text += alphabet[next() % alphabet.size()];
    const std::vector<Term> terms = AnalyzeEnglish(text);
    for (size_t i = 0; i < terms.size(); ++i) {
      EXPECT_LT(terms[i].span.begin, terms[i].span.end) << text;
      EXPECT_LE(terms[i].span.end, text.size()) << text;
      EXPECT_FALSE(terms[i].text.empty()) << text;
      if (i > 0) {
        EXPECT_LE(terms[i - 1].span.begin, terms[i].span.begin) << text;
        EXPECT_LE(terms[i - 1].position, terms[i].position) << text;
      }
    }
  }
}

TEST(AnalyzerTest, StopWords) {
  for (const char* word : {"the", "is", "what", "don't", "i"})
    EXPECT_TRUE(IsStopWord(word)) << word;
  for (const char* word : {"", "having", "before", "server", "The"}) {
    EXPECT_FALSE(IsStopWord(word)) << word;
  }
}

}  // namespace
}  // namespace footnote::transformer
