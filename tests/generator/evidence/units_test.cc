#include "generator/evidence/units.h"

#include <random>
#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "transformer/text/utf8.h"

namespace footnote::generator {
namespace {

using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

std::vector<std::string> Texts(absl::string_view text) {
  std::vector<std::string> texts;
  for (const Unit& unit : SplitUnits(text)) {
    texts.emplace_back(text.substr(unit.span.begin, unit.span.size()));
  }
  return texts;
}

std::vector<UnitKind> Kinds(absl::string_view text) {
  std::vector<UnitKind> kinds;
  for (const Unit& unit : SplitUnits(text)) kinds.push_back(unit.kind);
  return kinds;
}

TEST(UnitsTest, NothingInNothing) {
  EXPECT_THAT(SplitUnits(""), IsEmpty());
  EXPECT_THAT(SplitUnits(" \n\n\t\n"), IsEmpty());
}

TEST(UnitsTest, ProseIsSplitIntoSentences) {
  EXPECT_THAT(Texts("One boat. Two boats!\n\nA third\nparagraph line. Done."),
              ElementsAre("One boat.", "Two boats!", "A third\nparagraph line.", "Done."));
  EXPECT_THAT(Kinds("One boat. Two boats!"), Each(UnitKind::kSentence));
}

TEST(UnitsTest, ATableIsSplitIntoRows) {
  const char* table = "Boat | Length\nAnna | 12 m. Old.\nMaria | 9 m";
  EXPECT_THAT(Texts(table), ElementsAre("Boat | Length", "Anna | 12 m. Old.", "Maria | 9 m"));
  EXPECT_THAT(Kinds(table), Each(UnitKind::kTableRow));
}

TEST(UnitsTest, ShortCodeStaysTogether) {
  const char* code = "BEGIN;\n  UPDATE boats\n  SET name = 'x';\nCOMMIT;";
  EXPECT_THAT(Texts(code), ElementsAre(code));
  EXPECT_THAT(Kinds(code), ElementsAre(UnitKind::kCode));
}

TEST(UnitsTest, OneLineIsCodeUnlessItEndsLikeProse) {
  EXPECT_THAT(Kinds("$ boat --go fast > log"), ElementsAre(UnitKind::kCode));
  EXPECT_THAT(Kinds("SELECT * FROM boats;"), ElementsAre(UnitKind::kCode));
  EXPECT_THAT(Kinds("With x = 1 it floats. It sinks otherwise."),
              ElementsAre(UnitKind::kSentence, UnitKind::kSentence));
}

TEST(UnitsTest, LongCodeIsCutAtLines) {
  std::string code;
  for (int i = 0; i < 40; ++i) absl::StrAppend(&code, "call_number_", i, "();\n");
  const auto texts = Texts(code);
  EXPECT_GT(texts.size(), 1);
  for (const std::string& text : texts) {
    EXPECT_LE(text.size(), 300);
    EXPECT_EQ(text.back(), ';');
  }
}

TEST(UnitsTest, AShortLineLeadsWhatFollows) {
  const auto units = SplitUnits(
      "Intro.\n\n-l length\n--length=length\n\nThe length. In metres.\n\nMore.\n\nmast\n\nOf wood."
      "\n\nlast");
  ASSERT_THAT(units, SizeIs(8));
  EXPECT_EQ(units[0].lead, -1);
  EXPECT_EQ(units[1].kind, UnitKind::kTerm);
  EXPECT_EQ(units[1].lead, -1);
  EXPECT_EQ(units[2].lead, 1);
  EXPECT_EQ(units[3].lead, 1);
  EXPECT_EQ(units[4].lead, 1);
  EXPECT_EQ(units[5].kind, UnitKind::kTerm);
  EXPECT_EQ(units[6].lead, 5);
  EXPECT_EQ(units[7].kind, UnitKind::kSentence);  // nothing follows it
}

TEST(UnitsTest, BlocksAreNumbered) {
  const auto units = SplitUnits("One. Two.\n\nThree.\n\n\n\nFour.");
  ASSERT_THAT(units, SizeIs(4));
  EXPECT_EQ(units[0].block, 0);
  EXPECT_EQ(units[1].block, 0);
  EXPECT_EQ(units[2].block, 1);
  EXPECT_EQ(units[3].block, 2);
}

TEST(UnitsTest, AnEndlessSentenceIsCutAtItsBestPlace) {
  std::string text;
  for (int i = 0; i < 300; ++i) absl::StrAppend(&text, "clause ", i, ", ");
  for (const std::string& piece : Texts(text)) {
    EXPECT_LE(piece.size(), kMaxUnitBytes);
    EXPECT_EQ(piece.back(), ',');
  }
}

TEST(UnitsTest, AWordWithoutEndIsCutBetweenCharacters) {
  std::string text;
  for (int i = 0; i < 1000; ++i) text += "é";
  const auto texts = Texts(text);
  std::string joined;
  for (const std::string& piece : texts) {
    EXPECT_LE(piece.size(), kMaxUnitBytes);
    EXPECT_TRUE(transformer::IsValidUtf8(piece));
    joined += piece;
  }
  EXPECT_EQ(joined, text);
}

// What every caller counts on, on texts of random pieces.
TEST(UnitsTest, SpansAreOrderedTrimmedAndWhole) {
  const std::vector<std::string> pieces = {
      "Boats",           " ",    ".",  ". ",  "\n",  "\n\n", "é",  "日本。", "😀",
      "e.g. ",           " | ",  "\t", "  x", ";\n", "()\n", "$ ", "3.14",   "\"Quoted.\" ",
      "word word word ", "--a\n"};
  std::mt19937 rng(2026);
  for (int round = 0; round < 500; ++round) {
    std::string text;
    const int count = rng() % 400;
    for (int i = 0; i < count; ++i) text += pieces[rng() % pieces.size()];
    size_t end = 0;
    size_t kept = 0;
    for (const Unit& unit : SplitUnits(text)) {
      ASSERT_LE(end, unit.span.begin);
      ASSERT_LT(unit.span.begin, unit.span.end);
      ASSERT_LE(unit.span.end, text.size());
      ASSERT_LE(unit.span.size(), kMaxUnitBytes);
      const std::string piece = text.substr(unit.span.begin, unit.span.size());
      ASSERT_TRUE(transformer::IsValidUtf8(piece));
      ASSERT_EQ(piece, std::string(absl::StripAsciiWhitespace(piece)));
      end = unit.span.end;
      for (const char c : piece) kept += !absl::ascii_isspace(c);
    }
    size_t all = 0;
    for (const char c : text) all += !absl::ascii_isspace(c);
    ASSERT_EQ(kept, all) << "characters were lost in: " << text;
  }
}

}  // namespace
}  // namespace footnote::generator
