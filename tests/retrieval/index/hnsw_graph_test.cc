#include "retrieval/index/hnsw_graph.h"

#include <algorithm>
#include <cmath>
#include <random>
#include <set>
#include <vector>

#include "gtest/gtest.h"

namespace footnote::retrieval {
namespace {

const std::atomic<bool> kGoOn{false};

// Unit vectors in clusters.
GrowingIndex Clustered(size_t rows, int dim, int clusters, uint64_t seed) {
  std::mt19937_64 random(seed);
  std::normal_distribution<float> normal;
  std::vector<float> centers(static_cast<size_t>(clusters) * dim);
  for (float& c : centers) c = normal(random);
  GrowingIndex out(dim);
  std::vector<float> row(dim);
  for (size_t r = 0; r < rows; ++r) {
    const float* center = centers.data() + random() % clusters * dim;
    double norm = 0;
    for (int i = 0; i < dim; ++i) {
      row[i] = center[i] + normal(random);
      norm += double{row[i]} * row[i];
    }
    for (float& x : row) x = static_cast<float>(x / std::sqrt(norm));
    out.add(1, row.data());
  }
  return out;
}

std::unique_ptr<const HnswGraph> Built(const GrowingIndex& vectors, const HnswOptions& options) {
  return HnswGraph::Build(RowCodes::Build(vectors, 0, static_cast<size_t>(vectors.ntotal), kGoOn),
                          options, kGoOn);
}

// The rows that a scan of the codes finds best among those that `selects`.
std::set<uint32_t> Best(const RowCodes& codes, const QueryCodes& query, size_t k,
                        HnswGraph::Selects selects) {
  std::vector<float> scores(codes.rows()), errors(codes.rows());
  codes.Estimate(query, RowCodes::Part::kBoth, nullptr, 0, codes.rows(), scores.data(),
                 errors.data());
  std::vector<std::pair<float, uint32_t>> order;
  for (uint32_t row = 0; row < codes.rows(); ++row) {
    if (selects(row)) order.emplace_back(-scores[row], row);
  }
  std::sort(order.begin(), order.end());
  std::set<uint32_t> out;
  for (size_t i = 0; i < std::min(k, order.size()); ++i) out.insert(order[i].second);
  return out;
}

class HnswGraphTest : public testing::TestWithParam<int> {};

TEST_P(HnswGraphTest, FindsNearlyAllWithAndWithoutFilters) {
  constexpr size_t kRows = 6000, kQueries = 40, kNearest = 10;
  constexpr int kDim = 24;
  const GrowingIndex vectors = Clustered(kRows, kDim, 60, 1);
  const GrowingIndex queries = Clustered(kQueries, kDim, 60, 1);
  HnswOptions options;
  options.threads = GetParam();
  const auto graph = Built(vectors, options);
  EXPECT_EQ(graph->CountReachable(), kRows);
  EXPECT_GT(graph->MemoryBytes(), kRows * 2 * options.links * sizeof(uint32_t));
  for (const uint32_t part : {1, 2, 10}) {
    const auto passes = [part](uint32_t row) { return row % part == 0; };
    const HnswGraph::Selects selects = passes;
    size_t right = 0;
    for (size_t q = 0; q < kQueries; ++q) {
      const QueryCodes query(queries.row(static_cast<faiss::Index::idx_t>(q)), kDim,
                             graph->codes().stride());
      const auto found = graph->Search(query, 100, kRows * 10, part == 1 ? nullptr : &selects);
      ASSERT_TRUE(found.has_value());
      ASSERT_GE(found->size(), kNearest);
      std::set<uint32_t> rows;
      for (size_t i = 0; i < found->size(); ++i) {
        EXPECT_TRUE(passes((*found)[i].row));
        EXPECT_TRUE(rows.insert((*found)[i].row).second) << "twice";
        if (i > 0) {
          EXPECT_LE((*found)[i].score, (*found)[i - 1].score);
        }
      }
      for (const uint32_t row : Best(graph->codes(), query, kNearest, selects)) {
        right += rows.count(row);
      }
    }
    EXPECT_GE(static_cast<double>(right), 0.99 * kQueries * kNearest) << "1 of " << part;
  }
}

INSTANTIATE_TEST_SUITE_P(Threads, HnswGraphTest, testing::Values(1, 3));

TEST(HnswGraphTest, AThousandCopiesAreNoIsland) {
  constexpr int kDim = 16;
  GrowingIndex vectors = Clustered(500, kDim, 10, 2);
  const std::vector<float> copied(vectors.row(7), vectors.row(7) + kDim);
  for (int i = 0; i < 1000; ++i) vectors.add(1, copied.data());
  const GrowingIndex more = Clustered(500, kDim, 10, 3);
  for (int i = 0; i < 500; ++i) vectors.add(1, more.row(i));
  const auto graph = Built(vectors, HnswOptions());
  EXPECT_EQ(graph->CountReachable(), 2000u);
  const QueryCodes query(copied.data(), kDim, graph->codes().stride());
  const auto all = graph->Search(query, 10, 10000, nullptr);
  ASSERT_TRUE(all.has_value());
  // Every copy, since none is better than another; and what follows.
  EXPECT_EQ(all->size(), 1010u);
  // A copy is found where the row that stands for it isn't selected.
  const auto odd = [](uint32_t row) { return row == 1234 || row == 3; };
  const HnswGraph::Selects selects = odd;
  const auto one = graph->Search(query, 10, 10000, &selects);
  ASSERT_TRUE(one.has_value());
  ASSERT_EQ(one->size(), 2u);
  EXPECT_EQ((*one)[0].row, 1234u);
  EXPECT_EQ((*one)[1].row, 3u);
}

TEST(HnswGraphTest, OneThreadBuildsTheSameEachTime) {
  const GrowingIndex vectors = Clustered(2000, 8, 20, 4);
  const auto a = Built(vectors, HnswOptions()), b = Built(vectors, HnswOptions());
  const QueryCodes query(vectors.row(77), 8, a->codes().stride());
  const auto found_a = a->Search(query, 50, 100000, nullptr);
  const auto found_b = b->Search(query, 50, 100000, nullptr);
  ASSERT_EQ(found_a->size(), found_b->size());
  for (size_t i = 0; i < found_a->size(); ++i) {
    EXPECT_EQ((*found_a)[i].row, (*found_b)[i].row);
    EXPECT_EQ((*found_a)[i].score, (*found_b)[i].score);
  }
}

TEST(HnswGraphTest, FewRows) {
  for (const size_t rows : {0, 1, 2, 5}) {
    const GrowingIndex vectors = Clustered(rows, 4, 2, 5);
    const auto graph = Built(vectors, HnswOptions());
    EXPECT_EQ(graph->CountReachable(), rows);
    const std::vector<float> vector(4, 0.5f);
    const QueryCodes query(vector.data(), 4, graph->codes().stride());
    EXPECT_EQ(graph->Search(query, 10, 100, nullptr)->size(), rows);
    const auto none = [](uint32_t) { return false; };
    const HnswGraph::Selects selects = none;
    EXPECT_EQ(graph->Search(query, 10, 100, &selects)->size(), 0u);
  }
}

TEST(HnswGraphTest, AWalkThatIsLongerThanAScanEnds) {
  const GrowingIndex vectors = Clustered(3000, 8, 20, 6);
  const auto graph = Built(vectors, HnswOptions());
  const QueryCodes query(vectors.row(0), 8, graph->codes().stride());
  const auto one = [](uint32_t row) { return row == 2999; };
  const HnswGraph::Selects selects = one;
  EXPECT_FALSE(graph->Search(query, 10, 100, &selects).has_value());
  EXPECT_EQ(graph->Search(query, 10, 100000, &selects)->size(), 1u);
}

TEST(HnswGraphTest, BuildingStops) {
  const GrowingIndex vectors = Clustered(3000, 8, 20, 6);
  const std::atomic<bool> stop{true};
  EXPECT_EQ(HnswGraph::Build(RowCodes::Build(vectors, 0, 3000, kGoOn), HnswOptions(), stop),
            nullptr);
}

}  // namespace
}  // namespace footnote::retrieval
