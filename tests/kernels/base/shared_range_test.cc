#include "kernels/base/shared_range.h"

#include <cstdint>
#include <vector>

#include "gtest/gtest.h"
#include "kernels/base/thread_team.h"

namespace footnote::kernels {
namespace {

TEST(SharedRangeTest, EveryNumberIsTakenOnce) {
  for (const int members : {1, 2, 3, 7}) {
    ThreadTeam team(members);
    SharedRange range;
    for (const int64_t n : {0, 1, 2, 6, 100, 99999}) {
      for (const int64_t least : {1, 5, 1000}) {
        range.Reset(team.size(), n);
        std::vector<uint8_t> taken(static_cast<size_t>(n));  // a byte is written by one member
        team.Run([&](int member) {
          int64_t first = 0, last = 0;
          while (range.Take(member, least, &first, &last)) {
            for (int64_t i = first; i < last; ++i) ++taken[static_cast<size_t>(i)];
          }
        });
        EXPECT_EQ(taken, std::vector<uint8_t>(static_cast<size_t>(n), 1)) << n << " " << members;
      }
    }
  }
}

// What a member takes of its own part lies in one row, ever shorter; then it takes
// from the back of the others'.
TEST(SharedRangeTest, OwnPartFirstThenTheBackOfOthers) {
  SharedRange range;
  range.Reset(2, 64);
  int64_t first = 0, last = 0, next = 32;
  for (const int64_t count : {16, 8, 4, 4}) {
    ASSERT_TRUE(range.Take(1, 4, &first, &last));
    EXPECT_EQ(first, next);
    EXPECT_EQ(last - first, count);
    next = last;
  }
  ASSERT_TRUE(range.Take(1, 4, &first, &last));
  EXPECT_EQ(last, 32);
  EXPECT_EQ(first, 16);
  ASSERT_TRUE(range.Take(0, 100, &first, &last));
  EXPECT_EQ(first, 0);
  EXPECT_EQ(last, 16);
  EXPECT_FALSE(range.Take(0, 1, &first, &last));
  EXPECT_FALSE(range.Take(1, 1, &first, &last));
}

}  // namespace
}  // namespace footnote::kernels
