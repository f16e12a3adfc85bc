// Patterns: the hand-written scanners against ICU's engine over many texts, and
// regular expressions that would take a search down.
#include "transformer/tokenizer/pattern.h"

#include <fstream>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"
#include "tests/transformer/tokenizer/golden_texts.h"
#include "transformer/text/utf8.h"

namespace footnote::transformer {
namespace {

using testing::HasSubstr;

std::vector<std::string> Parts(const Pattern& pattern, const std::string& text) {
  std::vector<PatternSpan> spans;
  pattern.Find(text, &spans);
  std::vector<std::string> parts;
  size_t end = 0;
  for (const PatternSpan& span : spans) {
    EXPECT_EQ(span.begin, end) << text;
    end = span.end;
    parts.push_back((span.match ? "+" : "-") + text.substr(span.begin, span.end - span.begin));
  }
  EXPECT_EQ(end, text.size()) << text;
  return parts;
}

// `text` with U+FFFD in place of what is no UTF-8, as a tokenizer's input is.
std::string Valid(const std::string& text) {
  std::string out;
  for (size_t pos = 0; pos < text.size();) AppendUtf8(DecodeUtf8(text, &pos), &out);
  return out;
}

struct Known {
  std::string name;
  std::string regex;
};

class KnownPatternTest : public testing::TestWithParam<Known> {
 protected:
  void SetUp() override {
    known_ = FindKnownPattern(GetParam().regex);
    ASSERT_NE(known_, nullptr);
    auto icu = MakeIcuPattern(GetParam().regex);
    ASSERT_TRUE(icu.ok()) << icu.status();
    icu_ = *std::move(icu);
  }

  std::unique_ptr<const Pattern> known_, icu_;
};

// What the expressions tell apart, in every order that a few thousand draws give.
TEST_P(KnownPatternTest, PiecesOfTheExpressionsInAnyOrder) {
  const std::vector<std::string> pieces = {
      "'",  "'s", "'S",     "'ll",    "'LL",    "'lL",    "'re",    "'v",     "'vE",    "'\u017F",
      "s",  "re", "a",      "Z",      "é",      "中",     "ſ",      "ᾳ",      "1",      "23",
      "४",  "Ⅳ",  "²",      "½",      " ",      "  ",     "\t",     "\n",     "\r",     "\r\n",
      "\v", "\f", "\u0085", "\u00A0", "\u2003", "\u2028", "\u3000", "\u200B", "\uFEFF", ".",
      "!?", "-",  "_",      "€",      "\u0301", "\u0903", "😀",      "\x01",   "\x7F",   "\u00AD"};
  uint64_t state = 1;
  for (int i = 0; i < 20'000; ++i) {
    std::string text;
    for (int k = 0; k < 1 + i % 12; ++k) {
      state = state * 6364136223846793005u + 1442695040888963407u;
      text += pieces[(state >> 33) % pieces.size()];
    }
    ASSERT_EQ(Parts(*known_, text), Parts(*icu_, text)) << testing::PrintToString(text);
  }
}

TEST_P(KnownPatternTest, TextsOfManyScripts) {
  std::ifstream in(FOOTNOTE_TESTDATA "/golden/tokenizers.json");
  const GoldenTexts texts(nlohmann::json::parse(in));
  for (uint64_t i = 0; i < 20'000; ++i) {
    const std::string text = Valid(texts.Text(i));
    ASSERT_EQ(Parts(*known_, text), Parts(*icu_, text)) << testing::PrintToString(text);
  }
}

// Every character by itself, between letters and after a space.
TEST_P(KnownPatternTest, EveryCharacter) {
  for (char32_t first = 0; first < 0x110000; first += 64) {
    if (first >= 0xD800 && first < 0xE000) continue;
    std::string text;
    for (char32_t c = first; c < first + 64; ++c) {
      text += "a";
      AppendUtf8(c, &text);
      text += "b ";
      AppendUtf8(c, &text);
      AppendUtf8(c, &text);
    }
    ASSERT_EQ(Parts(*known_, text), Parts(*icu_, text))
        << "from " << std::hex << static_cast<uint32_t>(first);
  }
}

INSTANTIATE_TEST_SUITE_P(All, KnownPatternTest,
                         testing::Values(Known{"Gpt2", kGpt2Regex}, Known{"Llama3", kLlama3Regex},
                                         Known{"Qwen2", kQwen2Regex}),
                         [](const auto& info) { return info.param.name; });

TEST(KnownPatternsTest, AnyOtherExpressionIsNone) {
  EXPECT_EQ(FindKnownPattern(std::string(kGpt2Regex) + " "), nullptr);
  EXPECT_EQ(FindKnownPattern(""), nullptr);
}

// A search that would take exponential time ends within the engine's limits, and
// what it had not reached is no match (llama.cpp #25308).
TEST(RegexPatternTest, AnEndlessSearchIsCut) {
  const auto pattern = MakeRegexPattern("(a+)+$");
  ASSERT_TRUE(pattern.ok()) << pattern.status();
  const std::string text = std::string(40, 'a') + "b";
  EXPECT_EQ(Parts(**pattern, text), std::vector<std::string>{"-" + text});
}

// A search that would need a deep stack, likewise.
TEST(RegexPatternTest, ADeepSearchIsCut) {
  const auto pattern = MakeRegexPattern("(?:(a)|(b))*c");
  ASSERT_TRUE(pattern.ok()) << pattern.status();
  std::string text(4'000'000, 'a');
  EXPECT_EQ(Parts(**pattern, text).size(), 1u);
}

TEST(RegexPatternTest, ExpressionsThatAreNoneAreRefused) {
  std::string deep;
  for (int i = 0; i < 20'000; ++i) deep += '(';
  for (const std::string& regex :
       {std::string("("), std::string("[a"), std::string("a{2,1}"), std::string("(?<n"),
        std::string("\\"), std::string("\\p{Nope}"), std::string("*"), std::string("(?<=a*)b"),
        std::string("a{99999999999}"), deep, deep + std::string(20'000, ')'),
        std::string(65'537, 'a')}) {
    const auto pattern = MakeRegexPattern(regex);
    EXPECT_EQ(pattern.status().code(), absl::StatusCode::kDataLoss) << regex.substr(0, 40);
  }
  const auto foreign = MakeRegexPattern(R"(\h+)");
  EXPECT_EQ(foreign.status().code(), absl::StatusCode::kUnimplemented);
  EXPECT_THAT(std::string(foreign.status().message()), HasSubstr(R"(\h)"));
}

TEST(LiteralPatternTest, AnEmptyOneNeverMatches) {
  EXPECT_EQ(Parts(*MakeLiteralPattern(""), "ab"), std::vector<std::string>{"-ab"});
  EXPECT_EQ(Parts(*MakeLiteralPattern("ab"), "abxab"),
            (std::vector<std::string>{"+ab", "-x", "+ab"}));
}

}  // namespace
}  // namespace footnote::transformer
