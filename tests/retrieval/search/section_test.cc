#include "retrieval/search/section.h"

#include <random>
#include <vector>

#include "gtest/gtest.h"

namespace footnote::retrieval {
namespace {

using Range = std::pair<uint32_t, uint32_t>;

TEST(SectionAtTest, EndsAtTheNextHeadingOfItsLevelOrAbove) {
  const std::vector<Block> blocks = {
      {BlockKind::kParagraph, 0, 0, 5, ""},   {BlockKind::kHeading, 1, 10, 15, ""},
      {BlockKind::kParagraph, 0, 15, 20, ""}, {BlockKind::kHeading, 2, 20, 25, ""},
      {BlockKind::kParagraph, 0, 25, 30, ""}, {BlockKind::kHeading, 3, 30, 35, ""},
      {BlockKind::kParagraph, 0, 35, 40, ""}, {BlockKind::kHeading, 2, 40, 45, ""},
      {BlockKind::kParagraph, 0, 45, 50, ""}, {BlockKind::kHeading, 1, 50, 55, ""},
      {BlockKind::kParagraph, 0, 55, 60, ""}};
  EXPECT_EQ(SectionAt(blocks, 2, 60), Range(0, 10));
  EXPECT_EQ(SectionAt(blocks, 16, 60), Range(10, 50));
  EXPECT_EQ(SectionAt(blocks, 26, 60), Range(20, 40));
  EXPECT_EQ(SectionAt(blocks, 36, 60), Range(30, 40));
  EXPECT_EQ(SectionAt(blocks, 46, 60), Range(40, 50));
  EXPECT_EQ(SectionAt(blocks, 56, 60), Range(50, 60));
  EXPECT_EQ(SectionAt(blocks, 20, 60), Range(20, 40));  // the heading itself
  EXPECT_EQ(SectionAt({}, 7, 60), Range(0, 60));
}

TEST(SectionAtTest, HoldsItsByteAndNoHeadingOfItsLevel) {
  std::mt19937_64 random(3);
  for (int round = 0; round < 1000; ++round) {
    std::vector<Block> blocks;
    uint32_t at = 0;
    for (size_t i = random() % 12; i > 0; --i) {
      const bool heading = random() % 2 == 0;
      blocks.push_back({heading ? BlockKind::kHeading : BlockKind::kParagraph,
                        static_cast<uint8_t>(heading ? 1 + random() % 4 : 0), at, at + 3, ""});
      at += 4;
    }
    const uint32_t size = at + 1, pos = static_cast<uint32_t>(random() % size);
    const auto [begin, end] = SectionAt(blocks, pos, size);
    ASSERT_LE(begin, pos);
    ASSERT_LT(pos, end);
    ASSERT_LE(end, size);
    const Block* own = nullptr;
    for (const Block& b : blocks) {
      if (b.kind == BlockKind::kHeading && b.begin == begin) own = &b;
    }
    for (const Block& b : blocks) {
      if (b.kind != BlockKind::kHeading || b.begin <= begin || b.begin >= end) continue;
      ASSERT_NE(own, nullptr) << round;
      ASSERT_GT(b.level, own->level) << round;
    }
  }
}

}  // namespace
}  // namespace footnote::retrieval
