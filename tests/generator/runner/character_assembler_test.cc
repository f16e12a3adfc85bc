#include "generator/runner/character_assembler.h"

#include <random>

#include "gtest/gtest.h"
#include "transformer/text/utf8.h"

namespace footnote::generator {
namespace {

TEST(CharacterAssemblerTest, WaitsForTheRestOfACharacter) {
  CharacterAssembler assembler;
  EXPECT_EQ(assembler.Push("a\xE2"), "a");
  EXPECT_EQ(assembler.Push("\x82"), "");
  EXPECT_EQ(assembler.Push("\xACz"), "\u20ACz");
  EXPECT_EQ(assembler.Push("\xF0\x9F\x98"), "");
  EXPECT_EQ(assembler.Push("x"), "\uFFFDx");
  EXPECT_EQ(assembler.Push("\xC3"), "");
  EXPECT_EQ(assembler.Finish(), "\uFFFD");
  EXPECT_EQ(assembler.Finish(), "");
}

TEST(CharacterAssemblerTest, HoldsBackOnlyWhatCanBecomeACharacter) {
  for (const char* hopeless : {"\x80", "\xC0", "\xC1", "\xF5", "\xFF", "\xED\xA0", "\xE0\x80",
                               "\xF0\x80", "\xF4\x90", "\xE2\x41"}) {
    CharacterAssembler assembler;
    EXPECT_EQ(assembler.Push(hopeless), transformer::ReplaceInvalidUtf8(hopeless));
    EXPECT_EQ(assembler.Finish(), "");
  }
}

TEST(CharacterAssemblerTest, TheTextDoesntDependOnThePieces) {
  std::mt19937 random(29);
  const char* const parts[] = {"a",    "\u00E9", "\u20AC",   "\U0001F600", "\x80",     "\xE2",
                               "\xF0", "\x9F",   "\xE2\x82", "\xED\xA0",   "\xF4\x8F", "\xFF"};
  for (int round = 0; round < 5000; ++round) {
    std::string bytes;
    for (size_t n = random() % 12; n > 0; --n) bytes += parts[random() % std::size(parts)];
    CharacterAssembler assembler;
    std::string text;
    for (size_t at = 0; at < bytes.size();) {
      const std::string piece = bytes.substr(at, 1 + random() % 3);
      at += piece.size();
      const std::string out = assembler.Push(piece);
      ASSERT_TRUE(transformer::IsValidUtf8(out));
      text += out;
    }
    text += assembler.Finish();
    ASSERT_EQ(text, transformer::ReplaceInvalidUtf8(bytes));
  }
}

}  // namespace
}  // namespace footnote::generator
