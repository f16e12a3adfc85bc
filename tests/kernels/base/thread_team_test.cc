#include "kernels/base/thread_team.h"

#include <atomic>
#include <chrono>
#include <cstdint>
#include <ctime>
#include <thread>
#include <vector>

#include "gtest/gtest.h"
#include "kernels/base/thread_pool.h"

namespace footnote::kernels {
namespace {

TEST(ThreadTeamTest, SizeCountsTheCaller) {
  EXPECT_EQ(ThreadTeam(1).size(), 1);
  EXPECT_EQ(ThreadTeam(3).size(), 3);
  EXPECT_EQ(ThreadTeam(0).size(), AvailableCpus());
  EXPECT_EQ(ThreadTeam(-1).size(), AvailableCpus());
}

TEST(ThreadTeamTest, EachMemberRunsOncePerCallAndTheCallerIsTheFirst) {
  for (const int size : {1, 2, 3, 7}) {
    ThreadTeam team(size);
    std::vector<int> calls(size);  // plain: Run orders the writes
    std::thread::id first;
    for (int round = 1; round <= 2000; ++round) {
      team.Run([&](int member) {
        ++calls[member];
        if (member == 0) first = std::this_thread::get_id();
      });
      for (int c : calls) ASSERT_EQ(c, round);
    }
    EXPECT_EQ(first, std::this_thread::get_id());
  }
}

TEST(ThreadTeamTest, WorksAfterMembersWentToSleep) {
  ThreadTeam team(2);
  int64_t sum = 0;
  std::atomic<int> other{0};
  for (int round = 0; round < 20; ++round) {
    team.Run([&](int member) { member == 0 ? ++sum : ++other; });
    std::this_thread::sleep_for(std::chrono::microseconds(round * 20));
  }
  EXPECT_EQ(sum, 20);
  EXPECT_EQ(other, 20);
}

TEST(ThreadTeamTest, TheCallerSleepsWhileAMemberWorksLong) {
  ThreadTeam team(2);
  bool done = false;
  team.Run([&](int member) {
    if (member == 0) return;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
    done = true;
  });
  EXPECT_TRUE(done);
}

TEST(ThreadTeamTest, CallsFromSeveralThreadsRunOneAfterAnother) {
  ThreadTeam team(2);
  int64_t total[2] = {0, 0};  // plain: the calls must not overlap
  std::vector<std::thread> callers;
  callers.reserve(4);
  for (int i = 0; i < 4; ++i) {
    callers.emplace_back([&] {
      for (int round = 0; round < 500; ++round) {
        team.Run([&](int member) { ++total[member]; });
      }
    });
  }
  for (std::thread& t : callers) t.join();
  EXPECT_EQ(total[0], 2000);
  EXPECT_EQ(total[1], 2000);
}

// An idle team must not use the CPU that a server's other work needs.
TEST(ThreadTeamTest, AnIdleTeamUsesNoCpu) {
  ThreadTeam team(2);
  team.Run([](int) {});
  std::this_thread::sleep_for(std::chrono::milliseconds(20));
  const std::clock_t before = std::clock();
  std::this_thread::sleep_for(std::chrono::milliseconds(200));
  const double used = static_cast<double>(std::clock() - before) / CLOCKS_PER_SEC;
  EXPECT_LT(used, 0.05);
}

}  // namespace
}  // namespace footnote::kernels
