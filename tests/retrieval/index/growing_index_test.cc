#include "retrieval/index/growing_index.h"

#include <algorithm>
#include <numeric>
#include <random>
#include <vector>

#include "gtest/gtest.h"

namespace footnote::retrieval {
namespace {

using faiss::Index;

// Small whole numbers, so that sums are exact in any order.
std::vector<float> Rows(int n, int dim, uint64_t seed) {
  std::mt19937_64 random(seed);
  std::vector<float> out(static_cast<size_t>(n) * dim);
  for (float& x : out) x = static_cast<float>(static_cast<int>(random() % 7) - 3);
  return out;
}

struct Shape {
  int rows, dim, k;
};

class GrowingIndexTest : public testing::TestWithParam<Shape> {};

TEST_P(GrowingIndexTest, EqualsBruteForce) {
  const auto [rows, dim, k] = GetParam();
  const std::vector<float> data = Rows(rows, dim, 1), query = Rows(2, dim, 2);
  GrowingIndex index(dim);
  for (int done = 0; done < rows; done += 37) {
    index.add(std::min(37, rows - done), data.data() + static_cast<size_t>(done) * dim);
  }
  ASSERT_EQ(index.ntotal, rows);
  Bitmap bits;
  bits.Append(static_cast<size_t>(rows), true);
  for (int r = 0; r < rows; r += 3) bits.SetRange(static_cast<size_t>(r), 1, false);
  BitmapSelector selector(&bits);
  faiss::SearchParameters parameters;
  for (const bool filtered : {false, true}) {
    parameters.sel = filtered ? &selector : nullptr;
    std::vector<float> distances(2 * k);
    std::vector<Index::idx_t> labels(2 * k);
    index.search(2, query.data(), k, distances.data(), labels.data(), &parameters);
    for (int q = 0; q < 2; ++q) {
      std::vector<std::pair<float, Index::idx_t>> expected;
      for (int r = 0; r < rows; ++r) {
        if (filtered && r % 3 == 0) continue;
        const float* a = query.data() + static_cast<size_t>(q) * dim;
        expected.emplace_back(
            -std::inner_product(a, a + dim, data.data() + static_cast<size_t>(r) * dim, 0.0f), r);
      }
      std::sort(expected.begin(), expected.end());
      for (int i = 0; i < k; ++i) {
        if (i < static_cast<int>(expected.size())) {
          EXPECT_EQ(labels[q * k + i], expected[i].second);
          EXPECT_EQ(distances[q * k + i], -expected[i].first);
        } else {
          EXPECT_EQ(labels[q * k + i], -1);
        }
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Shapes, GrowingIndexTest,
                         testing::Values(Shape{0, 4, 3}, Shape{1, 1, 1}, Shape{10, 3, 20},
                                         Shape{1023, 8, 5}, Shape{1024, 8, 5}, Shape{1025, 8, 5},
                                         Shape{3000, 17, 1500}));

TEST(GrowingIndexTest, AnOlderCopyKeepsItsRows) {
  const std::vector<float> data = Rows(2000, 4, 3);
  GrowingIndex index(4);
  index.add(1000, data.data());
  const GrowingIndex older(index);
  index.add(1000, data.data() + 4000);
  EXPECT_EQ(older.ntotal, 1000);
  EXPECT_EQ(index.ntotal, 2000);
  std::vector<float> row(4);
  older.reconstruct(999, row.data());
  EXPECT_EQ(row, std::vector<float>(data.begin() + 3996, data.begin() + 4000));
  index.reconstruct(1999, row.data());
  EXPECT_EQ(row, std::vector<float>(data.end() - 4, data.end()));
  EXPECT_THROW(older.reconstruct(1000, row.data()), std::exception);
}

}  // namespace
}  // namespace footnote::retrieval
