#include "kernels/bandwidth.h"

#include "gtest/gtest.h"

namespace footnote::kernels {
namespace {

TEST(BandwidthTest, IsThatOfSomeMachine) {
  for (const int threads : {1, 2}) {
    ThreadTeam team(threads);
    const auto rate = MeasureReadBandwidth(team, {.bytes = size_t{4} << 20, .passes = 2});
    ASSERT_TRUE(rate.ok()) << rate.status();
    EXPECT_GT(rate->median, 1e6);
    EXPECT_GE(rate->best, rate->median);
    EXPECT_LT(rate->best, 1e14);
  }
}

TEST(BandwidthTest, SaysThatThereIsNoMemory) {
  ThreadTeam team(1);
  const auto rate = MeasureReadBandwidth(team, {.bytes = size_t{1} << 62});
  EXPECT_EQ(rate.status().code(), absl::StatusCode::kResourceExhausted);
}

}  // namespace
}  // namespace footnote::kernels
