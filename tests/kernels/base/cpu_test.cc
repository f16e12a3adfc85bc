#include "kernels/base/cpu.h"

#include <cstdlib>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace footnote::kernels {
namespace {

using testing::HasSubstr;

TEST(CpuLevelTest, NamesRoundTrip) {
  for (const char* name : {"portable", "avx2", "avx512", "avx512_vnni", "avx512_bf16"}) {
    const auto level = ParseCpuLevel(name);
    ASSERT_TRUE(level.ok()) << level.status();
    EXPECT_EQ(CpuLevelName(*level), name);
  }
}

TEST(CpuLevelTest, WrongNameListsTheRightOnes) {
  const auto level = ParseCpuLevel("AVX2");
  EXPECT_EQ(level.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(level.status().message()), HasSubstr("portable, avx2, avx512"));
}

TEST(CpuLevelTest, ChoosesTheMachinesLevelUnlessALowerOneIsWanted) {
  EXPECT_EQ(*ChooseCpuLevel("", CpuLevel::kAvx512), CpuLevel::kAvx512);
  EXPECT_EQ(*ChooseCpuLevel("avx2", CpuLevel::kAvx512), CpuLevel::kAvx2);
  EXPECT_EQ(*ChooseCpuLevel("avx512", CpuLevel::kAvx512), CpuLevel::kAvx512);
  const auto above = ChooseCpuLevel("avx512", CpuLevel::kAvx2);
  EXPECT_EQ(above.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(above.status().message()), HasSubstr("its level is avx2"));
}

TEST(CpuLevelTest, SupportedLevelsEndAtTheActiveOne) {
  const auto levels = SupportedCpuLevels();
  EXPECT_EQ(levels.front(), CpuLevel::kPortable);
  EXPECT_EQ(levels.back(), ActiveCpuLevel());
}

// Each runs in a fresh process, because a process chooses its level once.
class ForcedLevelDeathTest : public testing::Test {
 protected:
  void SetUp() override { testing::FLAGS_gtest_death_test_style = "threadsafe"; }
};

[[noreturn]] void ExitWithLevelUnder(const char* wanted) {
  setenv("FOOTNOTE_CPU", wanted, 1);
  std::exit(static_cast<int>(ActiveCpuLevel()) + 10);
}

TEST_F(ForcedLevelDeathTest, EnvironmentTakesEffect) {
  for (const char* name : {"portable", "avx2", "avx512", "avx512_vnni", "avx512_bf16"}) {
    const CpuLevel level = *ParseCpuLevel(name);
    if (level > DetectedCpuLevel()) {
      EXPECT_EXIT(ExitWithLevelUnder(name), testing::ExitedWithCode(2), "this machine has no");
    } else {
      EXPECT_EXIT(ExitWithLevelUnder(name), testing::ExitedWithCode(static_cast<int>(level) + 10),
                  "");
    }
  }
}

TEST_F(ForcedLevelDeathTest, WrongNameEndsTheProcess) {
  EXPECT_EXIT(ExitWithLevelUnder("sse9"), testing::ExitedWithCode(2), "FOOTNOTE_CPU.*sse9");
}

}  // namespace
}  // namespace footnote::kernels
