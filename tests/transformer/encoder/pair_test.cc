#include "transformer/encoder/pair.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace footnote::transformer {
namespace {

using testing::ElementsAre;

// The rule one token at a time: the longer text loses its last one; of two equal
// ones, and once both are within half of the room, the shares are even.
PairLengths Slowly(size_t first, size_t second, size_t room) {
  const bool swap = first > second;
  if (swap) std::swap(first, second);
  while (first + second > room && second > first) --second;
  if (first + second > room) {
    first = room / 2;
    second = room - first;
  }
  return swap ? PairLengths{second, first} : PairLengths{first, second};
}

TEST(FitPairTest, AllSmallLengths) {
  for (size_t first = 0; first < 14; ++first) {
    for (size_t second = 0; second < 14; ++second) {
      for (size_t room = 1; room < 16; ++room) {
        const PairLengths got = FitPair(first, second, room);
        const PairLengths want = Slowly(first, second, room);
        EXPECT_EQ(got.first, want.first) << first << ' ' << second << ' ' << room;
        EXPECT_EQ(got.second, want.second) << first << ' ' << second << ' ' << room;
        EXPECT_LE(got.first, first);
        EXPECT_LE(got.second, second);
        EXPECT_EQ(got.first + got.second, std::min(first + second, room));
      }
    }
  }
}

SpecialTokens Special() {
  SpecialTokens special;
  special.cls = 100;
  special.sep = 101;
  return special;
}

TEST(JoinPairTest, BertHasOneSeparatorAndTypes) {
  const EncoderInput input = JoinPair(kBertFamily, Special(), {1, 2}, {3, 4, 5}, 64);
  EXPECT_THAT(input.ids, ElementsAre(100, 1, 2, 101, 3, 4, 5, 101));
  EXPECT_EQ(input.second_begins, 4);
}

TEST(JoinPairTest, RobertaHasTwoSeparatorsAndNoTypes) {
  const EncoderInput input = JoinPair(kXlmRobertaFamily, Special(), {1, 2}, {3}, 64);
  EXPECT_THAT(input.ids, ElementsAre(100, 1, 2, 101, 101, 3, 101));
  EXPECT_EQ(input.second_begins, 7);
}

TEST(JoinPairTest, TheLongerTextIsCut) {
  const EncoderInput input = JoinPair(kBertFamily, Special(), {1}, {3, 4, 5, 6}, 6);
  EXPECT_THAT(input.ids, ElementsAre(100, 1, 101, 3, 4, 101));
}

TEST(JoinPairTest, EmptyTexts) {
  const EncoderInput input = JoinPair(kBertFamily, Special(), {}, {}, 8);
  EXPECT_THAT(input.ids, ElementsAre(100, 101, 101));
  EXPECT_EQ(input.second_begins, 2);
}

}  // namespace
}  // namespace footnote::transformer
