#include "generator/runner/text_output.h"

#include <random>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/generator/byte_tokenizer.h"

namespace footnote::generator {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::vector<int32_t> Ids(const Piece& piece) {
  std::vector<int32_t> ids;
  for (const GeneratedToken& token : piece.tokens) ids.push_back(token.id);
  return ids;
}

Piece PushId(TextOutput* output, int32_t id) {
  GeneratedToken token;
  token.id = id;
  return output->Push(std::move(token));
}

TEST(TextOutputTest, ATokenIsOutWithTheLastOfItsText) {
  const ByteTokenizer tokenizer;
  TextOutput output(&tokenizer, {}, std::vector<std::string>{"ab"});
  Piece piece = PushId(&output, 'x');
  EXPECT_EQ(piece.text, "x");
  EXPECT_THAT(Ids(piece), ElementsAre('x'));
  piece = PushId(&output, 'a');  // may begin the stop string
  EXPECT_EQ(piece.text, "");
  EXPECT_THAT(Ids(piece), IsEmpty());
  piece = PushId(&output, 'c');
  EXPECT_EQ(piece.text, "ac");
  EXPECT_THAT(Ids(piece), ElementsAre('a', 'c'));
}

TEST(TextOutputTest, NothingOfAStopStringGetsOut) {
  const ByteTokenizer tokenizer({"ya", "bz"});
  TextOutput output(&tokenizer, {}, std::vector<std::string>{"ab"});
  EXPECT_EQ(PushId(&output, ByteTokenizer::kFirstPiece).text, "y");
  const Piece piece = PushId(&output, ByteTokenizer::kFirstPiece + 1);
  EXPECT_EQ(piece.text, "");
  EXPECT_THAT(piece.tokens, IsEmpty());
  ASSERT_NE(output.stop(), nullptr);
  EXPECT_EQ(*output.stop(), "ab");
  EXPECT_EQ(output.Finish().text, "");
  EXPECT_THAT(output.Finish().tokens, IsEmpty());
}

TEST(TextOutputTest, PiecesAreWholeCharacters) {
  const ByteTokenizer tokenizer;
  TextOutput output(&tokenizer, {}, {});
  EXPECT_EQ(PushId(&output, 0xE2).text, "");
  EXPECT_THAT(PushId(&output, 0x82).tokens, IsEmpty());
  const Piece piece = PushId(&output, 0xAC);
  EXPECT_EQ(piece.text, "\u20AC");
  EXPECT_THAT(Ids(piece), ElementsAre(0xE2, 0x82, 0xAC));
  EXPECT_EQ(PushId(&output, 0xE2).text, "");
  EXPECT_EQ(output.Finish().text, "\uFFFD");  // the text ended within a character
}

TEST(TextOutputTest, AllTextAndTokensComeOutOnceInOrder) {
  const ByteTokenizer tokenizer({"ab", "ba", "abc", "\u20AC"});
  std::mt19937 random(23);
  for (int round = 0; round < 2000; ++round) {
    const std::vector<std::string> stops = {"bab", "cc"};
    TextOutput output(&tokenizer, {}, stops);
    std::vector<int32_t> given;
    std::vector<int32_t> got;
    std::string text;
    const auto take = [&](const Piece& piece) {
      text += piece.text;
      for (const int32_t id : Ids(piece)) got.push_back(id);
    };
    for (int i = 0; i < 12 && output.stop() == nullptr; ++i) {
      const auto choice = static_cast<int32_t>(random() % 7);
      given.push_back(choice < 3 ? 'a' + choice : ByteTokenizer::kFirstPiece + choice - 3);
      take(PushId(&output, given.back()));
    }
    take(output.Finish());
    const std::string whole = tokenizer.Decode(given, true);
    ASSERT_EQ(text, whole.substr(0, text.size()));
    ASSERT_EQ(std::vector<int32_t>(given.begin(), given.begin() + got.size()), got);
    if (output.stop() == nullptr) {
      ASSERT_EQ(text, whole);
      ASSERT_EQ(got, given);
    } else {
      ASSERT_EQ(whole.compare(text.size(), output.stop()->size(), *output.stop()), 0) << whole;
    }
  }
}

}  // namespace
}  // namespace footnote::generator
