#include "retrieval/index/row_codes.h"

#include <cmath>
#include <random>
#include <vector>

#include "gtest/gtest.h"
#include "kernels/dot.h"

namespace footnote::retrieval {
namespace {

const std::atomic<bool> kGoOn{false};

// What can go wrong with codes: lengths around the block's edge, one component that
// takes all the steps, rows of zeros, rows of the smallest and of large numbers.
std::vector<float> Rows(size_t n, int dim, std::mt19937_64* random) {
  std::normal_distribution<float> normal;
  std::vector<float> out;
  for (size_t r = 0; r < n; ++r) {
    const float factors[] = {1, 0, 1e-30f, 1e15f};
    for (int i = 0; i < dim; ++i) {
      out.push_back(normal(*random) * factors[r % 4] * (r % 3 == 0 && i == 1 ? 100.0f : 1.0f));
    }
  }
  return out;
}

class RowCodesTest : public testing::TestWithParam<int> {};

TEST_P(RowCodesTest, NoScoreIsFurtherOffThanItsBound) {
  const int dim = GetParam();
  constexpr size_t kRows = 600, kFirst = 5;
  std::mt19937_64 random(static_cast<uint64_t>(dim));
  const std::vector<float> data = Rows(kRows, dim, &random);
  GrowingIndex vectors(dim);
  vectors.add(kRows, data.data());
  const auto built = RowCodes::Build(vectors, kFirst, kRows - kFirst, kGoOn);
  const RowCodes& codes = *built;
  ASSERT_EQ(codes.rows(), kRows - kFirst);
  const std::vector<float> queries = Rows(8, dim, &random);
  for (size_t q = 0; q < 16; ++q) {
    const auto part = q % 2 == 0 ? RowCodes::Part::kBoth : RowCodes::Part::kHigh;
    const float* query = queries.data() + q / 2 * static_cast<size_t>(dim);
    const QueryCodes coded(query, dim, codes.stride());
    std::vector<float> scores(codes.rows()), errors(codes.rows());
    codes.Estimate(coded, part, nullptr, 0, codes.rows(), scores.data(), errors.data());
    for (size_t r = 0; r < codes.rows(); ++r) {
      float exact = 0;
      kernels::DotRows(query, vectors.row(static_cast<faiss::Index::idx_t>(kFirst + r)), 1, dim,
                       &exact);
      EXPECT_LE(std::abs(double{exact} - scores[r]), errors[r]) << "row " << r;
    }
    // One by one, backwards, they are the same to the bit.
    for (size_t r = codes.rows(); r-- > 0;) {
      const auto id = static_cast<uint32_t>(r);
      float score = 0, error = 0;
      codes.Estimate(coded, part, &id, 0, 1, &score, &error);
      EXPECT_EQ(score, scores[r]);
      EXPECT_EQ(error, errors[r]);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Dimensions, RowCodesTest, testing::Values(1, 2, 63, 64, 65, 384, 1000));

// A bound that is wider than need be rules nothing out.
TEST(RowCodesTest, BoundsAreNarrow) {
  constexpr int kDim = 384;
  std::mt19937_64 random(4);
  std::normal_distribution<float> normal(0, 1 / std::sqrt(static_cast<float>(kDim)));
  std::vector<float> data(100 * kDim);
  for (float& x : data) x = normal(random);
  GrowingIndex vectors(kDim);
  vectors.add(100, data.data());
  const auto built = RowCodes::Build(vectors, 0, 100, kGoOn);
  const RowCodes& codes = *built;
  const QueryCodes query(data.data(), kDim, codes.stride());
  std::vector<float> scores(100), errors(100);
  codes.Estimate(query, RowCodes::Part::kBoth, nullptr, 0, 100, scores.data(), errors.data());
  for (const float error : errors) EXPECT_LT(error, 0.012f);
}

TEST(RowCodesTest, NoRows) {
  const GrowingIndex vectors(8);
  const auto built = RowCodes::Build(vectors, 0, 0, kGoOn);
  const RowCodes& codes = *built;
  EXPECT_EQ(codes.rows(), 0u);
  const std::vector<float> query(8, 1);
  codes.Estimate(QueryCodes(query.data(), 8, codes.stride()), RowCodes::Part::kBoth, nullptr, 0, 0,
                 nullptr, nullptr);
}

}  // namespace
}  // namespace footnote::retrieval
