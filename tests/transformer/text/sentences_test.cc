#include "transformer/text/sentences.h"

#include <random>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "transformer/text/utf8.h"

namespace footnote::transformer {
namespace {

std::vector<std::string> Split(absl::string_view text) {
  std::vector<std::string> out;
  for (const ByteSpan& s : SplitSentences(text)) out.emplace_back(text.substr(s.begin, s.size()));
  return out;
}

struct Case {
  const char* name;
  std::string text;
  std::vector<std::string> sentences;
};

class SentencesTest : public testing::TestWithParam<Case> {};

TEST_P(SentencesTest, Splits) { EXPECT_EQ(Split(GetParam().text), GetParam().sentences); }

INSTANTIATE_TEST_SUITE_P(
    Cases, SentencesTest,
    testing::Values(
        Case{"Empty", "", {}}, Case{"Blank", " \n\t ", {}},
        Case{"NoTerminator", "  A heading ", {"A heading"}},
        Case{"Two", "It starts. It ends.", {"It starts.", "It ends."}},
        Case{"QuestionsAndShouts", "Why? Because! Yes.", {"Why?", "Because!", "Yes."}},
        Case{
            "LineBreakIsSpace", "One\nsentence.\nAnother one.", {"One\nsentence.", "Another one."}},
        Case{"BlankLineEnds", "A title\n\nSome text\n \nmore", {"A title", "Some text", "more"}},
        Case{"CarriageReturns", "A title\r\n\r\nText", {"A title", "Text"}},
        Case{"ForExample",
             "Use a tool, e.g. Make. It builds, i.e. it compiles.",
             {"Use a tool, e.g. Make.", "It builds, i.e. it compiles."}},
        Case{"Titles",
             "Dr. Smith met Mrs. Jones. They spoke.",
             {"Dr. Smith met Mrs. Jones.", "They spoke."}},
        Case{"Initials", "Ask J. R. Smith. He knows.", {"Ask J. R. Smith.", "He knows."}},
        Case{"BracketedAbbreviation",
             "It helps (cf. Figure 2). Try it.",
             {"It helps (cf. Figure 2).", "Try it."}},
        Case{"Decimals",
             "Set it to 0.25 or 1.5. The default is 0.5.",
             {"Set it to 0.25 or 1.5.", "The default is 0.5."}},
        Case{"Versions", "Since 8.3.1. Before 8.3, not.", {"Since 8.3.1.", "Before 8.3, not."}},
        Case{"FileNames",
             "Edit postgresql.conf. Then reload pg_hba.conf now.",
             {"Edit postgresql.conf.", "Then reload pg_hba.conf now."}},
        Case{"NumberReference",
             "See No. 5 and Fig. 3. Is it so? No. The end.",
             {"See No. 5 and Fig. 3.", "Is it so?", "No.", "The end."}},
        Case{"EtCetera",
             "Rows, pages, etc. are kept. Files, pages, etc. The rest goes.",
             {"Rows, pages, etc. are kept.", "Files, pages, etc.", "The rest goes."}},
        Case{"Country",
             "The U.S. Army came. It left the U.S. The end.",
             {"The U.S. Army came.", "It left the U.S.", "The end."}},
        Case{"Quotes",
             "He said \"Stop.\" Then he left. (It was late.) So?",
             {"He said \"Stop.\"", "Then he left.", "(It was late.)", "So?"}},
        Case{"QuoteGoesOn", "\"Really?\" he said.", {"\"Really?\" he said."}},
        Case{"LowerCaseGoesOn", "See approx. ten of them. five", {"See approx. ten of them. five"}},
        Case{"LowerCaseIdentifier",
             "It is slow. pg_dump is not. initDB() is.",
             {"It is slow.", "pg_dump is not.", "initDB() is."}},
        Case{"Ellipsis", "Wait... what? Wait... What?", {"Wait... what?", "Wait...", "What?"}},
        Case{"ItemNumber",
             "1. First comes this. 2. Then that.",
             {"1. First comes this.", "2. Then that."}},
        Case{"SectionNumbers",
             "20.4.1. Memory settings. Use them. See 20.4.1. Then go on.",
             {"20.4.1. Memory settings.", "Use them.", "See 20.4.1.", "Then go on."}},
        Case{"PartLabels",
             "Table 9.10. Other Functions. Refer to Chapter 9. The rest is here.",
             {"Table 9.10. Other Functions.", "Refer to Chapter 9.", "The rest is here."}},
        Case{"Operators",
             "The ? operator and a !~ b. Use it.",
             {"The ? operator and a !~ b.", "Use it."}},
        Case{"Chinese",
             "数据库很快。它也很小！好吗？好",
             {"数据库很快。", "它也很小！", "好吗？", "好"}},
        Case{"ChineseQuote", "他说「好。」然后走了。", {"他说「好。」", "然后走了。"}},
        Case{"Accents",
             "Ça marche. Été comme hiver. Étrange.",
             {"Ça marche.", "Été comme hiver.", "Étrange."}},
        Case{"Greek", "Καλημέρα. Τι κάνεις;", {"Καλημέρα.", "Τι κάνεις;"}},
        Case{"NoBreakSpace", "\xC2\xA0One.\xC2\xA0Two.\xC2\xA0", {"One.", "Two."}}),
    [](const auto& info) { return std::string(info.param.name); });

// On any text: spans ascend, don't overlap, begin and end on characters, don't
// begin or end in white space, and leave out white space only.
TEST(SentencesPropertyTest, SpansAreSound) {
  const std::vector<std::string> parts = {"a",
                                          "B",
                                          "e.g",
                                          ".",
                                          ".",
                                          "!",
                                          "?",
                                          " ",
                                          " ",
                                          "\n",
                                          "\n",
                                          "1",
                                          "(",
                                          ")",
                                          "\"",
                                          "\xC3\xA9",
                                          "。",
                                          "…",
                                          "\xF0\x9F\x98\x80",
                                          "etc",
                                          "_",
                                          "\t",
                                          "U.S",
                                          "\r",
                                          "\xC2\xA0",
                                          "\x80",
                                          "The",
                                          "\xE2\x80\xA9"};
  std::mt19937 random(7);
  for (int round = 0; round < 3000; ++round) {
    std::string text;
    for (int n = random() % 40; n > 0; --n) text += parts[random() % parts.size()];
    text = ReplaceInvalidUtf8(text);
    size_t last = 0;
    std::string left_out;
    for (const ByteSpan& s : SplitSentences(text)) {
      ASSERT_LE(last, s.begin);
      ASSERT_LT(s.begin, s.end);
      ASSERT_LE(s.end, text.size());
      EXPECT_TRUE(IsValidUtf8(absl::string_view(text).substr(s.begin, s.size()))) << text;
      left_out += text.substr(last, s.begin - last);
      last = s.end;
    }
    left_out += text.substr(last);
    EXPECT_TRUE(Split(left_out).empty()) << '[' << left_out << ']';
  }
}

// Nothing in it may be quadratic: this takes minutes if a word is searched for
// from every terminator.
TEST(SentencesPropertyTest, LongTextsWithoutSpaces) {
  std::string dots;
  for (int i = 0; i < 1000000; ++i) dots += "a.";
  EXPECT_EQ(SplitSentences(dots).size(), 1u);
  EXPECT_EQ(SplitSentences(std::string(2000000, '.')).size(), 1u);
  EXPECT_EQ(SplitSentences(std::string(2000000, '(')).size(), 1u);
  std::string openers;
  for (int i = 0; i < 200000; ++i) openers += "a. ((((";
  EXPECT_LE(SplitSentences(openers).size(), 2u);
}

}  // namespace
}  // namespace footnote::transformer
