#include "kernels/base/pages.h"

#include <cstdint>
#include <cstring>
#include <utility>
#include <vector>

#include "gtest/gtest.h"

namespace footnote::kernels {
namespace {

bool AllZero(const Pages& pages) {
  for (size_t i = 0; i < pages.size(); i += 61) {
    if (pages.data()[i] != 0) return false;
  }
  return true;
}

TEST(PagesTest, AreZeroAlignedAndMovable) {
  for (const size_t bytes : {size_t{1}, size_t{4096}, size_t{5} << 20}) {
    Pages pages(bytes);
    ASSERT_NE(pages.data(), nullptr);
    EXPECT_EQ(pages.size(), bytes);
    EXPECT_EQ(reinterpret_cast<uintptr_t>(pages.data()) % 64, 0);
    EXPECT_TRUE(AllZero(pages));
    std::memset(pages.data(), 7, bytes);
    Pages moved = std::move(pages);
    EXPECT_EQ(moved.data()[bytes - 1], 7);
    Pages assigned;
    assigned = std::move(moved);
    EXPECT_EQ(assigned.data()[bytes - 1], 7);
  }
}

TEST(PagesTest, NoneOfNoBytesAndOfMoreThanThereIs) {
  EXPECT_EQ(Pages().data(), nullptr);
  EXPECT_EQ(Pages(0).data(), nullptr);
  PageArena arena;
  EXPECT_EQ(arena.Allocate(0).data(), nullptr);
  for (const size_t bytes : {SIZE_MAX, SIZE_MAX - 4096, SIZE_MAX / 2}) {
    EXPECT_EQ(Pages(bytes).data(), nullptr);
    EXPECT_EQ(arena.Allocate(bytes).data(), nullptr);
  }
}

TEST(PageArenaTest, PagesDontOverlapAndOutliveTheArena) {
  std::vector<Pages> all;
  {
    PageArena arena;
    for (int i = 0; i < 40; ++i) {
      all.push_back(arena.Allocate((i % 7 + 1) * 1234567));
      ASSERT_NE(all.back().data(), nullptr);
      EXPECT_EQ(reinterpret_cast<uintptr_t>(all.back().data()) % 64, 0);
      EXPECT_TRUE(AllZero(all.back()));
      std::memset(all.back().data(), i + 1, all.back().size());
    }
    all.push_back(arena.Allocate(size_t{70} << 20));  // larger than a mapping
    ASSERT_NE(all.back().data(), nullptr);
    std::memset(all.back().data(), 41, all.back().size());
  }
  // Releasing some leaves the others as they are.
  for (size_t i = 0; i < all.size(); i += 2) all[i] = Pages();
  for (size_t i = 1; i < all.size(); i += 2) {
    for (size_t j = 0; j < all[i].size(); j += 509) {
      ASSERT_EQ(all[i].data()[j], i + 1);
    }
    ASSERT_EQ(all[i].data()[all[i].size() - 1], i + 1);
  }
}

}  // namespace
}  // namespace footnote::kernels
