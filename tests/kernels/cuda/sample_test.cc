// The sampling kernel against sorting on the host.
#include <algorithm>
#include <numeric>
#include <set>

#include "tests/kernels/cuda/testing.h"

namespace footnote::kernels::cuda {
namespace {

// The ids that may be chosen, by SampleRow's description.
std::vector<int32_t> Kept(const std::vector<float>& logits, const SampleRow& s) {
  const auto vocab = static_cast<int32_t>(logits.size());
  std::vector<int32_t> order(vocab);
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(),
                   [&](int32_t a, int32_t b) { return logits[a] > logits[b]; });
  auto p = [&](int32_t id) {
    return std::exp((static_cast<double>(logits[id]) - logits[order[0]]) / s.temperature);
  };
  size_t count = order.size();
  auto with_equals = [&](size_t n) {
    while (n < count && logits[order[n]] == logits[order[n - 1]]) ++n;
    return n;
  };
  if (s.top_k > 0 && s.top_k < vocab) count = with_equals(s.top_k);
  if (s.top_p < 1) {
    double total = 0;
    for (size_t i = 0; i < count; ++i) total += p(order[i]);
    double sum = 0;
    size_t n = 0;
    while (n < count && sum < s.top_p * total) sum += p(order[n++]);
    count = with_equals(std::max<size_t>(n, 1));
  }
  std::vector<int32_t> kept;
  for (size_t i = 0; i < count; ++i) {
    if (p(order[i]) >= s.min_p) kept.push_back(order[i]);
  }
  std::sort(kept.begin(), kept.end());
  return kept;
}

std::vector<int32_t> Sample(CudaOps& ops, const std::vector<float>& logits, int64_t vocab,
                            const std::vector<SampleRow>& settings) {
  const OnDevice device(ops, logits);
  const auto tokens = ops.Allocate(settings.size() * sizeof(int32_t));
  EXPECT_TRUE(tokens.ok());
  std::vector<int32_t> out(settings.size());
  auto* at = static_cast<int32_t*>(tokens->get());
  ops.Sample(device.data(), static_cast<int64_t>(logits.size() / settings.size()), vocab, settings,
             at);
  EXPECT_TRUE(ops.CopyOut(at, out.size() * sizeof(int32_t), out.data()).ok());
  return out;
}

class SampleTest : public testing::TestWithParam<int64_t> {};

TEST_P(SampleTest, ChoosesByCumulativeProbability) {
  const int64_t vocab = GetParam();
  const auto ops = NewOps();
  ASSERT_NE(ops, nullptr);
  std::vector<SampleRow> settings;
  for (const float temperature : {0.f, 0.5f, 1.3f}) {
    for (const int32_t top_k : {0, 1, 5, 40}) {
      for (const float top_p : {1.f, 0.9f, 0.3f}) {
        settings.push_back({temperature, top_k, top_p, 0.f, 0.37f});
      }
    }
    settings.push_back({temperature, 0, 1.f, 0.2f, 0.99f});
    settings.push_back({temperature, 20, 0.95f, 0.05f, 0.f});
  }
  const int64_t ld = vocab + 3;
  std::vector<float> logits = Normal(settings.size() * ld, 5, 2);
  for (float& v : logits) v = std::nearbyint(v * 4) / 4;  // many equals
  const std::vector<int32_t> tokens = Sample(*ops, logits, vocab, settings);
  for (size_t r = 0; r < settings.size(); ++r) {
    const std::vector<float> row(logits.begin() + static_cast<int64_t>(r) * ld,
                                 logits.begin() + static_cast<int64_t>(r) * ld + vocab);
    const SampleRow& s = settings[r];
    const auto largest = std::max_element(row.begin(), row.end());
    if (s.temperature == 0) {
      EXPECT_EQ(tokens[r], largest - row.begin());
      continue;
    }
    const std::vector<int32_t> kept = Kept(row, s);
    EXPECT_TRUE(std::binary_search(kept.begin(), kept.end(), tokens[r])) << r;
    double total = 0;
    double before = 0;
    double at = 0;
    for (const int32_t id : kept) {
      const double p = std::exp((static_cast<double>(row[id]) - *largest) / s.temperature);
      total += p;
      if (id < tokens[r]) before += p;
      if (id == tokens[r]) at = p;
    }
    EXPECT_LE(before, (s.uniform + 1e-5) * total) << r;
    EXPECT_GE(before + at, (s.uniform - 1e-5) * total) << r;
  }
}

INSTANTIATE_TEST_SUITE_P(Vocabularies, SampleTest, testing::Values(1, 2, 511, 513, 3000));

TEST(Sample, EqualDrawsCoverTheDistribution) {
  const auto ops = NewOps();
  ASSERT_NE(ops, nullptr);
  const std::vector<float> row = {0.f, std::log(2.f), std::log(5.f)};
  const int64_t draws = 80;
  std::vector<float> logits;
  std::vector<SampleRow> settings;
  for (int64_t i = 0; i < draws; ++i) {
    logits.insert(logits.end(), row.begin(), row.end());
    const float uniform = (static_cast<float>(i) + 0.5f) / static_cast<float>(draws);
    settings.push_back({1.f, 0, 1.f, 0.f, uniform});
  }
  int counts[3] = {};
  for (const int32_t token : Sample(*ops, logits, 3, settings)) ++counts[token];
  EXPECT_EQ(counts[0], 10);
  EXPECT_EQ(counts[1], 20);
  EXPECT_EQ(counts[2], 50);
}

TEST(Sample, RowsThatAreNotFinite) {
  const auto ops = NewOps();
  ASSERT_NE(ops, nullptr);
  const std::vector<float> logits = {NAN, NAN, -INFINITY, -INFINITY, INFINITY,
                                     0.f, NAN, 1.f,       -INFINITY, 1.f};
  const std::vector<SampleRow> settings = {
      {0}, {1, 0, 0.5f, 0, 0.5f}, {1, 0, 1, 0, 0.5f}, {1, 0, 0.5f, 0, 0.9f}, {1, 1, 1, 0, 0.9f}};
  EXPECT_EQ(Sample(*ops, logits, 2, settings), (std::vector<int32_t>{-1, -1, -1, 1, 1}));
}

}  // namespace
}  // namespace footnote::kernels::cuda
