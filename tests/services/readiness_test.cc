#include "services/readiness.h"

#include <atomic>
#include <string>

#include "absl/time/clock.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace footnote::services {
namespace {

using ::testing::HasSubstr;

constexpr Readiness::Options kFast = {absl::Milliseconds(5), absl::Milliseconds(100)};

void WaitUntil(const std::function<bool()>& condition) {
  while (!condition()) absl::SleepFor(absl::Milliseconds(2));
}

TEST(ReadinessTest, FollowsTheProbe) {
  std::atomic<bool> good{true};
  const Readiness readiness(
      kFast, [&] { return good ? absl::OkStatus() : absl::InternalError("broken disk"); });
  WaitUntil([&] { return readiness.Check().ok(); });
  good = false;
  WaitUntil([&] { return !readiness.Check().ok(); });
  EXPECT_THAT(std::string(readiness.Check().message()), HasSubstr("broken disk"));
  good = true;
  WaitUntil([&] { return readiness.Check().ok(); });
}

TEST(ReadinessTest, AProbeThatHangsIsNotReady) {
  std::atomic<bool> hang{false};
  std::atomic<bool> release{false};
  const Readiness readiness(kFast, [&] {
    while (hang && !release) absl::SleepFor(absl::Milliseconds(1));
    return absl::OkStatus();
  });
  WaitUntil([&] { return readiness.Check().ok(); });
  hang = true;
  WaitUntil([&] { return !readiness.Check().ok(); });
  EXPECT_THAT(std::string(readiness.Check().message()), HasSubstr("no progress"));
  release = true;
}

TEST(ReadinessTest, NotReadyBeforeTheFirstProbeAndAfterStop) {
  std::atomic<bool> release{false};
  Readiness readiness(kFast, [&] {
    while (!release) absl::SleepFor(absl::Milliseconds(1));
    return absl::OkStatus();
  });
  EXPECT_FALSE(readiness.Check().ok());
  release = true;
  WaitUntil([&] { return readiness.Check().ok(); });
  readiness.Stop();
  EXPECT_THAT(std::string(readiness.Check().message()), HasSubstr("stopping"));
}

}  // namespace
}  // namespace footnote::services
