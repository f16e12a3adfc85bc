#include "kernels/dot.h"

#include <cmath>
#include <random>
#include <vector>

#include "gtest/gtest.h"

namespace footnote::kernels {
namespace {

class DotRowsTest : public testing::TestWithParam<CpuLevel> {};

// Small integers: every partial sum is exact, so equality must be.
TEST_P(DotRowsTest, IntegersAreExactAroundBlockEdges) {
  std::mt19937 rng(1);
  std::uniform_int_distribution<int> small(-8, 8);
  for (const int64_t dim : {0, 1, 7, 8, 9, 15, 16, 17, 31, 32, 33, 63, 64, 65, 128, 383, 384}) {
    for (const int64_t n : {0, 1, 2, 5}) {
      std::vector<float> query(dim), rows(n * dim), scores(n, -1);
      for (float& v : query) v = small(rng);
      for (float& v : rows) v = small(rng);
      DotRowsAt(GetParam(), query.data(), rows.data(), n, dim, scores.data());
      for (int64_t r = 0; r < n; ++r) {
        double want = 0;
        for (int64_t i = 0; i < dim; ++i) want += query[i] * rows[r * dim + i];
        EXPECT_EQ(scores[r], want) << "dim " << dim << " row " << r;
      }
    }
  }
}

TEST_P(DotRowsTest, ErrorIsWithinTheStatedBound) {
  std::mt19937 rng(2);
  std::normal_distribution<float> normal;
  for (const int64_t dim : {384, 1023, 4096}) {
    const int64_t n = 50;
    std::vector<float> query(dim), rows(n * dim), scores(n);
    for (float& v : query) v = normal(rng);
    for (float& v : rows) v = normal(rng);
    DotRowsAt(GetParam(), query.data(), rows.data(), n, dim, scores.data());
    for (int64_t r = 0; r < n; ++r) {
      double want = 0, q2 = 0, r2 = 0;
      for (int64_t i = 0; i < dim; ++i) {
        const double a = query[i], b = rows[r * dim + i];
        want += a * b;
        q2 += a * a;
        r2 += b * b;
      }
      EXPECT_NEAR(scores[r], want, 4e-7 * std::sqrt(static_cast<double>(dim) * q2 * r2));
    }
  }
}

TEST_P(DotRowsTest, AScoreDoesNotDependOnItsNeighbours) {
  std::mt19937 rng(3);
  std::normal_distribution<float> normal;
  const int64_t n = 9, dim = 100;
  std::vector<float> query(dim), rows(n * dim), all(n);
  for (float& v : query) v = normal(rng);
  for (float& v : rows) v = normal(rng);
  DotRowsAt(GetParam(), query.data(), rows.data(), n, dim, all.data());
  for (int64_t r = 0; r < n; ++r) {
    float one = 0;
    DotRowsAt(GetParam(), query.data(), &rows[r * dim], 1, dim, &one);
    EXPECT_EQ(one, all[r]);
  }
}

INSTANTIATE_TEST_SUITE_P(Levels, DotRowsTest, testing::ValuesIn(SupportedCpuLevels()),
                         [](const auto& info) { return std::string(CpuLevelName(info.param)); });

}  // namespace
}  // namespace footnote::kernels
