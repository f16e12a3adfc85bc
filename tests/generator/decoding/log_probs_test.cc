#include "generator/decoding/log_probs.h"

#include <cmath>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace footnote::generator {
namespace {

TEST(LogProbsTest, AreTheLogSoftmax) {
  const std::vector<float> logits = {1.f, 2.f, 3.f, 2.f};
  const LogProbs log_probs(logits);
  const double sum = std::exp(1.) + 2 * std::exp(2.) + std::exp(3.);
  EXPECT_NEAR(log_probs.Of(0), 1 - std::log(sum), 1e-6);
  EXPECT_NEAR(log_probs.Of(2), 3 - std::log(sum), 1e-6);
  const auto top = log_probs.Top(3);
  ASSERT_EQ(top.size(), 3u);
  EXPECT_EQ(top[0].id, 2);
  EXPECT_EQ(top[1].id, 1);  // before its equal, 3
  EXPECT_EQ(top[2].id, 3);
  EXPECT_EQ(top[0].log_prob, log_probs.Of(2));
  EXPECT_EQ(log_probs.Top(99).size(), 4u);
  EXPECT_TRUE(log_probs.Top(0).empty());
  EXPECT_TRUE(log_probs.Top(-1).empty());
}

TEST(LogProbsTest, GreatLogitsDontOverflow) {
  const std::vector<float> logits = {3e38f, -3e38f, 3e38f};
  const LogProbs log_probs(logits);
  EXPECT_NEAR(log_probs.Of(0), std::log(0.5), 1e-6);
  EXPECT_LT(log_probs.Of(1), -1e38);
}

}  // namespace
}  // namespace footnote::generator
