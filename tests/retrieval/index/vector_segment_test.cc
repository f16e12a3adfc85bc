#include "retrieval/index/vector_segment.h"

#include <algorithm>
#include <random>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "retrieval/index/collection_state.h"
#include "retrieval/search/dense.h"

namespace footnote::retrieval {
namespace {

const std::atomic<bool> kGoOn{false};

constexpr int kDim = 12;

CollectionState Filled(size_t rows, uint64_t seed, bool coarse) {
  CollectionRecord record;
  record.dim = kDim;
  CollectionState state("c", record);
  std::mt19937_64 random(seed);
  std::normal_distribution<float> normal;
  const std::vector<uint32_t> terms(1, 1);
  std::vector<float> vector(kDim);
  for (uint64_t d = 1; d <= rows; ++d) {
    // Coarse: few different ones, and so many equal scores.
    for (float& x : vector) x = coarse ? static_cast<float>(random() % 3) : normal(random);
    state.Add({d, absl::StrCat("d", d), {}, "", "", {}}, terms, vector.data());
  }
  return state;
}

std::vector<std::pair<float, uint32_t>> Sorted(const std::vector<DenseMatch>& found) {
  std::vector<std::pair<float, uint32_t>> out;
  for (const DenseMatch& m : found) out.emplace_back(-m.score, m.row);
  std::sort(out.begin(), out.end());
  return out;
}

// Segments change no byte of a search that is meant to be exact.
TEST(SearchDenseTest, CodesGiveWhatVectorsGive) {
  std::mt19937_64 random(9);
  std::normal_distribution<float> normal;
  for (const bool coarse : {false, true}) {
    CollectionState state = Filled(3000, 8, coarse);
    state.SetSegment(BuildFlat(state.vectors(), 0, 1000, kGoOn));
    state.SetSegment(BuildFlat(state.vectors(), 1000, 1001, kGoOn));
    state.SetSegment(BuildFlat(state.vectors(), 1001, 2500, kGoOn));
    ASSERT_EQ(state.segments().size(), 3u);
    for (int round = 0; round < 10; ++round) {
      std::vector<float> query(kDim);
      for (float& x : query) x = coarse ? static_cast<float>(random() % 5) : normal(random);
      for (const size_t part : {1, 2, 50, 4000}) {
        Bitmap selected;
        for (size_t row = 0; row < state.rows(); ++row) selected.Append(1, random() % part == 0);
        const size_t count = selected.Count();
        for (const size_t wanted : {1, 10, 700, 5000}) {
          const auto exact = SearchDense(state, query, selected, count, wanted, DensePlan::kExact);
          const auto codes = SearchDense(state, query, selected, count, wanted, DensePlan::kCodes);
          EXPECT_EQ(Sorted(exact), Sorted(codes)) << part << " " << wanted;
        }
      }
    }
  }
}

// A walk's result is of selected rows with their exact scores, and nearly complete;
// where it would be long or find too few, a scan takes its place.
TEST(SearchDenseTest, AGraphFindsNearlyAll) {
  CollectionState state = Filled(8000, 10, false);
  const std::atomic<bool> stop{false};
  const auto flat = BuildFlat(state.vectors(), 0, 7000, kGoOn);
  state.SetSegment(WithGraph(*flat, HnswOptions(), stop));
  ASSERT_NE(state.segments()[0]->graph, nullptr);
  std::mt19937_64 random(11);
  std::normal_distribution<float> normal;
  for (const size_t part : {1, 2, 10, 100, 9000}) {
    Bitmap selected;
    for (size_t row = 0; row < state.rows(); ++row) selected.Append(1, random() % part == 0);
    const size_t count = selected.Count();
    size_t right = 0, wanted = 0;
    for (int q = 0; q < 30; ++q) {
      std::vector<float> query(kDim);
      for (float& x : query) x = normal(random);
      const auto exact = Sorted(SearchDense(state, query, selected, count, 10, DensePlan::kExact));
      const auto found = Sorted(SearchDense(state, query, selected, count, 10, DensePlan::kGraph));
      ASSERT_EQ(found.size(), exact.size());
      wanted += exact.size();
      for (const auto& match : exact) {
        right += std::binary_search(found.begin(), found.end(), match);
      }
    }
    EXPECT_GE(static_cast<double>(right), 0.99 * static_cast<double>(wanted)) << "1 of " << part;
  }
}

// Applies steps as they are due while rows come; returns how many rows were built.
TEST(NextStepTest, SegmentsStayFewAndRowsAreBuiltSeldom) {
  VectorIndexOptions options;
  options.seal_rows = 10;
  options.graph_rows = 100;
  CollectionState state = Filled(0, 1, false);
  const std::vector<uint32_t> terms(1, 1);
  const std::vector<float> vector(kDim, 1);
  const std::atomic<bool> stop{false};
  size_t coded = 0;
  for (uint64_t d = 1; d <= 1000; ++d) {
    state.Add({d, absl::StrCat("d", d), {}, "", "", {}}, terms, vector.data());
    while (const auto step = NextStep(state.segments(), state.rows(), options)) {
      if (step->graph) {
        for (const auto& segment : state.segments()) {
          if (segment->first != step->first) continue;
          ASSERT_GE(segment->codes->rows(), options.graph_rows);
          state.SetSegment(WithGraph(*segment, options.graph, stop));
          break;
        }
      } else {
        coded += step->end - step->first;
        state.SetSegment(BuildFlat(state.vectors(), step->first, step->end, kGoOn));
      }
    }
    size_t end = 0;
    for (const auto& segment : state.segments()) {
      ASSERT_EQ(segment->first, end);
      end = segment->end();
      ASSERT_EQ(segment->graph != nullptr, segment->codes->rows() >= options.graph_rows);
    }
    ASSERT_LT(state.rows() - end, options.seal_rows);
    ASSERT_LE(state.segments().size(), 8u);
  }
  EXPECT_LE(coded, 1000u * 8);
}

TEST(CollectionStateTest, CompactingDropsSegmentsAndTheLineage) {
  CollectionState state = Filled(100, 3, false);
  state.SetSegment(BuildFlat(state.vectors(), 0, 100, kGoOn));
  const CollectionState copy(state);
  EXPECT_EQ(copy.lineage(), state.lineage());
  EXPECT_EQ(copy.segments().size(), 1u);
  EXPECT_GT(copy.MemoryBytes(), Filled(100, 3, false).MemoryBytes());
  const auto compacted = state.Compacted();
  EXPECT_NE(compacted->lineage(), state.lineage());
  EXPECT_TRUE(compacted->segments().empty());
}

}  // namespace
}  // namespace footnote::retrieval
