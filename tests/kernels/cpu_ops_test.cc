#include "kernels/cpu_ops.h"

#include <unistd.h>

#include <cmath>
#include <cstring>
#include <fstream>
#include <random>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace footnote::kernels {
namespace {

std::vector<float> Normal(size_t n, unsigned seed) {
  std::mt19937 rng(seed);
  std::normal_distribution<float> normal(0, 1);
  std::vector<float> x(n);
  for (float& v : x) v = normal(rng);
  return x;
}

// Bytes of this process's memory that exist.
int64_t ResidentBytes() {
  std::ifstream in("/proc/self/statm");
  int64_t size = 0, resident = 0;
  in >> size >> resident;
  return resident * sysconf(_SC_PAGESIZE);
}

TEST(CpuOpsTest, SaysWhatItIs) {
  EXPECT_EQ(MakeCpuOpsAt(CpuLevel::kPortable, {1})->name(), "cpu (portable, 1 thread)");
  EXPECT_EQ(MakeCpuOpsAt(CpuLevel::kPortable, {3})->name(), "cpu (portable, 3 threads)");
  EXPECT_THAT(std::string(MakeCpuOps({})->name()),
              testing::HasSubstr(std::string(CpuLevelName(ActiveCpuLevel()))));
}

TEST(CpuOpsTest, MemoryIsZeroAndCostsNothingUntilItIsWritten) {
  const auto ops = MakeCpuOps({1});
  const int64_t before = ResidentBytes();
  const auto memory = ops->Allocate(size_t{1} << 30);
  ASSERT_TRUE(memory.ok()) << memory.status();
  float* data = static_cast<float*>(memory->get());
  EXPECT_EQ(data[0], 0);
  EXPECT_EQ(data[(1 << 28) - 1], 0);
  EXPECT_LT(ResidentBytes() - before, 32 << 20);
  const auto none = ops->Allocate(0);
  EXPECT_TRUE(none.ok());
}

TEST(CpuOpsTest, TooMuchMemoryIsAnError) {
  const auto ops = MakeCpuOps({1});
  EXPECT_EQ(ops->Allocate(size_t{1} << 62).status().code(), absl::StatusCode::kResourceExhausted);
}

TEST(CpuOpsTest, CopiesGoThereAndBack) {
  const auto ops = MakeCpuOps({1});
  const auto memory = ops->Allocate(400);
  ASSERT_TRUE(memory.ok());
  const std::vector<float> x = Normal(100, 1);
  std::vector<float> y(100);
  ops->CopyIn(x.data(), 400, memory->get());
  ASSERT_TRUE(ops->CopyOut(memory->get(), 400, y.data()).ok());
  EXPECT_EQ(x, y);
  EXPECT_TRUE(ops->Synchronize().ok());
}

TEST(CpuOpsTest, GatherRowsTakesRowsInAnyOrder) {
  const auto ops = MakeCpuOps({2});
  const std::vector<float> x = Normal(40, 2);
  std::vector<float> y(4 * 7, -1);
  const int32_t rows[] = {3, 0, 3, 2};
  ops->GatherRows(x.data(), 10, 5, rows, y.data(), 7);
  for (int64_t r = 0; r < 4; ++r) {
    for (int64_t i = 0; i < 5; ++i) EXPECT_EQ(y[r * 7 + i], x[rows[r] * 10 + i]);
    EXPECT_EQ(y[r * 7 + 5], -1);
  }
}

// Sizes below and above those that are split over threads; one thread is right
// by the tests of the ops themselves.
class SplitTest : public testing::TestWithParam<CpuLevel> {
 protected:
  template <class Run>
  void ExpectSame(int64_t values, const Run& run) {
    const auto one = MakeCpuOpsAt(GetParam(), {1}), three = MakeCpuOpsAt(GetParam(), {3});
    std::vector<float> a(values, 0.5f), b(values, 0.5f);
    run(*one, a.data());
    run(*three, b.data());
    EXPECT_EQ(std::memcmp(a.data(), b.data(), values * sizeof(float)), 0);
  }
};

TEST_P(SplitTest, RowOpsDontDependOnThreads) {
  for (const auto& [rows, dim] :
       {std::pair<int64_t, int64_t>{1, 64}, {1, 70001}, {3, 30011}, {501, 129}, {2, 5}}) {
    const int64_t ld = 2 * dim + 3, values = rows * ld;
    const std::vector<float> x = Normal(values, static_cast<unsigned>(dim));
    ExpectSame(values, [&, rows = rows, dim = dim](Ops& ops, float* y) {
      NormArgs args{NormKind::kLayer, x.data(), ld, rows, 2, dim};
      args.eps = 1e-5f;
      args.y = y;
      args.ldy = ld;
      ops.Norm(args);
    });
    ExpectSame(values, [&, rows = rows, dim = dim](Ops& ops, float* y) {
      ops.Activate(Unary::kGelu, x.data(), ld, rows, dim, y, ld);
    });
    ExpectSame(values, [&, rows = rows, dim = dim](Ops& ops, float* y) {
      ops.GatedActivate(Unary::kSilu, x.data(), ld, rows, dim, y, ld);
      EXPECT_NEAR(y[0], x[0] / (1 + std::exp(-x[0])) * x[dim], 1e-5);
    });
    ExpectSame(values, [&, rows = rows, dim = dim](Ops& ops, float* y) {
      ops.Combine(2, x.data(), ld, 0.25f, y, ld, rows, dim);
      ops.SoftCap(3, y, ld, rows, dim);
      EXPECT_EQ(y[dim], 0.5f);
    });
  }
}

TEST_P(SplitTest, AttentionWithItsStep) {
  const int64_t heads = 4, dim = 64, rows = 300, width = heads * dim;
  const std::vector<float> qkv = Normal(rows * 3 * width, 5);
  ExpectSame(rows * width, [&](Ops& ops, float* out) {
    const auto cache = ops.Allocate(10 * KvBlockBytes(KvFormat::kBf16, heads, dim));
    ASSERT_TRUE(cache.ok());
    const KvLayer layer = {KvFormat::kBf16, heads, dim, cache->get()};
    std::vector<int32_t> positions(rows);
    for (int32_t i = 0; i < rows; ++i) positions[i] = i;
    const int32_t first_row[] = {0, rows}, kv_length[] = {rows};
    const int32_t blocks[] = {9, 8, 7, 6, 5, 4, 3, 2, 1, 0};
    const auto step = ops.NewStep();
    ops.Upload({positions, first_row, kv_length, blocks, 10}, step.get());
    ops.StoreKv(*step, layer, &qkv[width], 3 * width, &qkv[2 * width], 3 * width);
    AttendArgs args;
    args.step = step.get();
    args.cache = layer;
    args.q = qkv.data();
    args.ldq = 3 * width;
    args.heads = heads;
    args.scale = 0.125f;
    args.out = out;
    args.ldo = width;
    ops.Attend(args);
    // The first token sees itself alone.
    for (int64_t i = 0; i < width; ++i) EXPECT_NEAR(out[i], qkv[2 * width + i], 0.02);
  });
}

INSTANTIATE_TEST_SUITE_P(Levels, SplitTest, testing::ValuesIn(SupportedCpuLevels()),
                         [](const auto& info) { return std::string(CpuLevelName(info.param)); });

TEST(CudaOpsTest, SaysWhyThereIsNone) {
  const auto ops = MakeCudaOps(1 << 20);
  EXPECT_EQ(ops.status().code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(std::string(ops.status().message()), testing::Not(testing::IsEmpty()));
}

}  // namespace
}  // namespace footnote::kernels
