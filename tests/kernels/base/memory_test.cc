#include "kernels/base/memory.h"

#include <filesystem>
#include <fstream>
#include <string>

#include "gtest/gtest.h"

namespace footnote::kernels {
namespace {

// A made-up root folder of a machine with 8,000 kB available.
class MemoryTest : public testing::Test {
 protected:
  void SetUp() override {
    root_ = testing::TempDir() + "/" +
            testing::UnitTest::GetInstance()->current_test_info()->name() + "/";
    std::filesystem::remove_all(root_);
    Write("proc/meminfo", "MemTotal:       16000 kB\nMemFree: 100 kB\nMemAvailable:    8000 kB\n");
  }
  void TearDown() override { std::filesystem::remove_all(root_); }

  void Write(const std::string& path, const std::string& text) const {
    std::filesystem::create_directories(std::filesystem::path(root_ + path).parent_path());
    std::ofstream(root_ + path) << text;
  }
  // A cgroup of version 2: what it may take, what it holds, and how much of that
  // is pages of files that weren't used lately.
  void Group2(const std::string& group, const std::string& limit, uint64_t used,
              uint64_t inactive) const {
    const std::string dir = "sys/fs/cgroup" + group;
    Write(dir + "/memory.max", limit + "\n");
    Write(dir + "/memory.current", std::to_string(used) + "\n");
    Write(dir + "/memory.stat", "anon 1\ninactive_anon 3\ninactive_file " +
                                    std::to_string(inactive) + "\nactive_file 7\n");
  }
  uint64_t Available() const { return AvailableMemoryUnder(root_); }

  static constexpr uint64_t kMachine = 8000 * 1024;
  std::string root_;
};

TEST_F(MemoryTest, TheSystemsNumberIsInKibibytes) { EXPECT_EQ(Available(), kMachine); }

TEST_F(MemoryTest, WithoutTheSystemsNumberThereIsNone) {
  Write("proc/meminfo", "MemTotal: 16000 kB\nMemFree: 100 kB\n");
  EXPECT_EQ(Available(), 0u);
  std::filesystem::remove(root_ + "proc/meminfo");
  EXPECT_EQ(Available(), 0u);
}

TEST_F(MemoryTest, ACgroupsLimitCountsIfItLeavesLess) {
  Write("proc/self/cgroup", "0::/box\n");
  Group2("/box", "1000000", 300000, 0);
  EXPECT_EQ(Available(), 700000u);
  Group2("/box", "1000000000", 300000, 0);
  EXPECT_EQ(Available(), kMachine);
  Group2("/box", "max", 300000, 0);
  EXPECT_EQ(Available(), kMachine);
}

TEST_F(MemoryTest, PagesThatCanBeDroppedAreNoUse) {
  Write("proc/self/cgroup", "0::/box\n");
  Group2("/box", "1000000", 900000, 600000);
  EXPECT_EQ(Available(), 700000u);
  // The counts are read one after the other and may contradict each other.
  Group2("/box", "1000000", 100000, 600000);
  EXPECT_EQ(Available(), 1000000u);
  Group2("/box", "1000000", 2000000, 0);
  EXPECT_EQ(Available(), 0u);
}

TEST_F(MemoryTest, EveryGroupAboveCounts) {
  Write("proc/self/cgroup", "0::/a/b/c\n");
  Group2("/a/b/c", "max", 0, 0);
  Group2("/a", "500000", 100000, 0);
  EXPECT_EQ(Available(), 400000u);
  Group2("/a/b", "200000", 50000, 0);
  EXPECT_EQ(Available(), 150000u);
  Group2("", "90000", 0, 0);
  EXPECT_EQ(Available(), 90000u);
  // A neighbour doesn't.
  Group2("/a/x", "1", 0, 0);
  EXPECT_EQ(Available(), 90000u);
}

TEST_F(MemoryTest, TheRootGroupIsTheMountItself) {
  Write("proc/self/cgroup", "0::/\n");
  Group2("", "90000", 10000, 0);
  EXPECT_EQ(Available(), 80000u);
}

TEST_F(MemoryTest, TheFirstVersionHasItsOwnFiles) {
  Write("proc/self/cgroup", "12:cpu,cpuacct:/box\n7:memory:/box\n0::/other\n");
  Write("sys/fs/cgroup/memory/box/memory.limit_in_bytes", "600000\n");
  Write("sys/fs/cgroup/memory/box/memory.usage_in_bytes", "500000\n");
  Write("sys/fs/cgroup/memory/box/memory.stat", "inactive_file 9\ntotal_inactive_file 100000\n");
  EXPECT_EQ(Available(), 200000u);
  // "No limit" is a number near 2^63 there.
  Write("sys/fs/cgroup/memory/box/memory.limit_in_bytes", "9223372036854771712\n");
  EXPECT_EQ(Available(), kMachine);
  // Another controller's group is none of memory.
  Group2("/box", "1", 0, 0);
  EXPECT_EQ(Available(), kMachine);
}

TEST_F(MemoryTest, LinesOfOtherShapesAreSkipped) {
  Group2("", "5", 0, 0);
  Write("proc/self/cgroup", "\nnonsense\n0:\n0::\n0::relative\n::\n");
  EXPECT_EQ(Available(), kMachine);
}

TEST(AvailableMemoryTest, ThisMachineHasSome) { EXPECT_GT(AvailableMemory(), 0u); }

}  // namespace
}  // namespace footnote::kernels
