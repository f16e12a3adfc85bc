#include "services/cli/terminal.h"

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_split.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "transformer/text/utf8.h"

namespace footnote::services::cli {
namespace {

using testing::Each;
using testing::HasSubstr;
using testing::Not;
using testing::SizeIs;

Style Plain(int width) { return {false, false, width}; }
Style Coloured(int width) { return {true, true, width}; }

struct WrapCase {
  std::string name;
  int width;
  Block block;
  std::string text;
  std::string want;
};
class WrapTest : public testing::TestWithParam<WrapCase> {};

TEST_P(WrapTest, BreaksLines) {
  const WrapCase& c = GetParam();
  EXPECT_EQ(Wrap(Plain(c.width), c.block, c.text), c.want);
}

INSTANTIATE_TEST_SUITE_P(
    All, WrapTest,
    testing::Values(
        WrapCase{"empty", 40, {}, "", ""}, WrapCase{"blank", 40, {}, " \n \n", ""},
        WrapCase{"short", 40, {}, "one two", "one two\n"},
        WrapCase{"indented", 40, {3, 0}, "one\ntwo", "   one\n   two\n"},
        WrapCase{"breaks_at_blanks", 10, {}, "aaaa bbbb cccc", "aaaa bbbb\ncccc\n"},
        WrapCase{"fills_the_line", 10, {}, "aaaaa bbbb c", "aaaaa bbbb\nc\n"},
        WrapCase{"keeps_line_breaks_drops_blank_lines", 40, {}, "a\n\n\nb\n", "a\nb\n"},
        WrapCase{"keeps_indentation_of_code", 40, {}, "if x:\n    y()", "if x:\n    y()\n"},
        WrapCase{"cuts_long_words", 10, {}, "abcdefghijklmno", "abcdefghij\nklmno\n"},
        WrapCase{"counts_characters_not_bytes", 10, {}, "äääää ööööö", "äääää\nööööö\n"},
        WrapCase{"fits_by_characters", 11, {}, "äääää ööööö", "äääää ööööö\n"},
        WrapCase{
            "limits_lines", 10, {0, 2}, "aaaa bbbb cccc dddd eeee", "aaaa bbbb\ncccc dddd ...\n"},
        WrapCase{"limit_not_reached", 10, {0, 3}, "aaaa bbbb cccc", "aaaa bbbb\ncccc\n"},
        WrapCase{"limit_exactly_reached", 10, {0, 2}, "aaaa bbbb cccc", "aaaa bbbb\ncccc\n"},
        WrapCase{"limit_over_line_breaks", 40, {0, 1}, "a\nb", "a ...\n"},
        WrapCase{"blanks_between_words_collapse", 40, {}, "a   b", "a b\n"}),
    [](const auto& info) { return info.param.name; });

TEST(WrapTest, LinesFitAndNoTextIsLost) {
  std::string text;
  for (int i = 0; i < 300; ++i)
    text += std::string(1 + i * 7 % 23, 'a' + i % 26) + (i % 11 ? " " : "\n");
  for (const int width : {14, 40, 80, 100}) {
    const std::string wrapped = Wrap(Plain(width), {4, 0}, text);
    std::string letters;
    for (const auto& line : absl::StrSplit(wrapped, '\n')) {
      EXPECT_LE(line.size(), width) << line;
    }
    for (const char c : wrapped) {
      if (c != ' ' && c != '\n') letters += c;
    }
    std::string want;
    for (const char c : text) {
      if (c != ' ' && c != '\n') want += c;
    }
    EXPECT_EQ(letters, want) << width;
  }
}

TEST(WrapTest, PaintsMarksAcrossLines) {
  const std::vector<std::pair<uint32_t, uint32_t>> marks = {{0, 2}, {3, 8}};
  EXPECT_EQ(Wrap(Coloured(10), {}, "ab cdefg hijk", marks),
            "\x1b[1;33mab\x1b[0m \x1b[1;33mcdefg\x1b[0m\nhijk\n");
  EXPECT_EQ(Wrap(Plain(10), {}, "ab cdefg hijk", marks), "ab cdefg\nhijk\n");
}

TEST(WrapTest, ADocumentCannotSendCommandsToTheTerminal) {
  const std::string evil =
      "a\x1b[2Jb\x07 \xC2\x9B 31m c\x7f\xC2\xA0"
      "d";
  for (const std::string& shown : {Wrap(Plain(80), {}, evil), OneLine(evil)}) {
    EXPECT_THAT(shown, Not(HasSubstr("\x1b")));
    EXPECT_THAT(shown, Not(HasSubstr("\x07")));
    EXPECT_THAT(shown, Not(HasSubstr("\xC2\x9B")));
    EXPECT_THAT(shown, HasSubstr("\xC2\xA0"));  // a no-break space is text
    EXPECT_TRUE(transformer::IsValidUtf8(shown));
  }
}

TEST(PaintTest, OnlyWithColours) {
  EXPECT_EQ(Paint(Plain(80), Ink::kBold, "x"), "x");
  EXPECT_EQ(Paint(Coloured(80), Ink::kBold, "x"), "\x1b[1mx\x1b[0m");
  EXPECT_EQ(Paint(Coloured(80), Ink::kBold, ""), "");
}

TEST(NumbersTest, AreReadable) {
  EXPECT_EQ(WithCommas(0), "0");
  EXPECT_EQ(WithCommas(999), "999");
  EXPECT_EQ(WithCommas(1000), "1,000");
  EXPECT_EQ(WithCommas(18446744073709551615ull), "18,446,744,073,709,551,615");
  EXPECT_EQ(HumanTime(-1), "0:00");
  EXPECT_EQ(HumanTime(59.6), "1:00");
  EXPECT_EQ(HumanTime(3723), "1:02:03");
}

}  // namespace
}  // namespace footnote::services::cli
