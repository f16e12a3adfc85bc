#include "generator/decoding/sampler.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <numeric>
#include <random>
#include <set>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace footnote::generator {
namespace {

using ::testing::HasSubstr;

constexpr float kInfinity = std::numeric_limits<float>::infinity();

// The filters written down from their definitions, on full sorted
// distributions: the probabilities of what is left, by id.
std::map<int32_t, double> Reference(const std::vector<float>& logits, const SamplingOptions& o) {
  std::vector<std::pair<double, int32_t>> rows;  // probability, -id: sorts as wanted
  double sum = 0;
  for (size_t i = 0; i < logits.size(); ++i) {
    if (!std::isfinite(logits[i])) continue;
    rows.emplace_back(std::exp(logits[i] / o.temperature), -static_cast<int32_t>(i));
    sum += rows.back().first;
  }
  std::sort(rows.rbegin(), rows.rend());
  const auto normalize = [&] {
    double total = 0;
    for (const auto& row : rows) total += row.first;
    for (auto& row : rows) row.first /= total;
  };
  normalize();
  if (o.top_k > 0 && rows.size() > static_cast<size_t>(o.top_k)) rows.resize(o.top_k);
  normalize();
  double better = 0;
  size_t kept = 0;
  while (kept < rows.size() && (kept == 0 || better < o.top_p)) better += rows[kept++].first;
  rows.resize(kept);
  normalize();
  std::erase_if(rows,
                [&, most = rows[0].first](const auto& r) { return r.first < o.min_p * most; });
  normalize();
  std::map<int32_t, double> result;
  for (const auto& row : rows) result[-row.second] = row.first;
  return result;
}

std::vector<float> RandomLogits(int n, std::mt19937* random) {
  std::normal_distribution<float> normal(0, 2);
  std::vector<float> logits(n);
  for (float& x : logits) x = normal(*random);
  return logits;
}

TEST(SamplerTest, GreedyTakesTheGreatestAndTheLowestIdAmongEquals) {
  Sampler sampler;
  EXPECT_EQ(sampler.Choose({1.f, 3.f, 3.f, 2.f}, {}, 0), 1);
  EXPECT_EQ(sampler.Choose({-5.f}, {}, 9), 0);
}

TEST(SamplerTest, NeverChoosesWhatIsNotFinite) {
  Sampler sampler;
  SamplingOptions hot;
  hot.temperature = 100;
  const std::vector<float> logits = {kInfinity, -kInfinity, std::nanf(""), -40.f, -41.f};
  EXPECT_EQ(sampler.Choose(logits, {}, 0), 3);
  for (int i = 0; i < 200; ++i) EXPECT_GE(sampler.Choose(logits, hot, i), 3);
  EXPECT_EQ(sampler.Choose({-kInfinity, std::nanf("")}, hot, 0), -1);
  EXPECT_EQ(sampler.Choose({}, {}, 0), -1);
}

TEST(SamplerTest, FrequenciesAreThoseOfTheDefinition) {
  std::mt19937 random(3);
  Sampler sampler;
  const SamplingOptions cases[] = {
      {1, 0, 1, 0, 1},   {0.7, 0, 1, 0, 2},   {1.5, 5, 1, 0, 3},      {1, 0, 0.8, 0, 4},
      {1, 0, 1, 0.1, 5}, {2, 8, 0.9, 0.2, 6}, {1, 3, 0.5, 0, 7},      {1, 1, 1, 0, 8},
      {1, 0, 0, 0, 9},   {1, 0, 1, 1, 10},    {1, 1000, 0.99, 0, 11}, {0.01, 0, 1, 0, 12},
  };
  for (const SamplingOptions& options : cases) {
    const std::vector<float> logits = RandomLogits(20, &random);
    const std::map<int32_t, double> expected = Reference(logits, options);
    constexpr int kDraws = 20000;
    std::map<int32_t, int> counts;
    for (int i = 0; i < kDraws; ++i) ++counts[sampler.Choose(logits, options, i)];
    for (const auto& [id, count] : counts) {
      EXPECT_TRUE(expected.contains(id)) << "id " << id << ", seed " << options.seed;
    }
    for (const auto& [id, probability] : expected) {
      const double sigma = std::sqrt(kDraws * probability * (1 - probability));
      EXPECT_NEAR(counts[id], kDraws * probability, 5 * sigma + 1)
          << "id " << id << ", seed " << options.seed;
    }
  }
}

TEST(SamplerTest, OnlySurvivorsOfTheFiltersAreChosen) {
  std::mt19937 random(5);
  std::uniform_real_distribution<double> unit(0, 1);
  Sampler sampler;
  for (int round = 0; round < 300; ++round) {
    std::vector<float> logits = RandomLogits(1 + static_cast<int>(random() % 300), &random);
    // Some equal and some forbidden.
    for (size_t i = 0; i + 1 < logits.size(); i += 7) logits[i + 1] = logits[i];
    for (size_t i = 3; i < logits.size(); i += 11) logits[i] = -kInfinity;
    SamplingOptions options;
    options.temperature = 0.1 + 2 * unit(random);
    options.top_k = static_cast<int>(random() % 40);
    options.top_p = unit(random);
    options.min_p = unit(random) * 0.3;
    options.seed = random();
    const auto expected = Reference(logits, options);
    for (int i = 0; i < 20; ++i) {
      ASSERT_TRUE(expected.contains(sampler.Choose(logits, options, i))) << "round " << round;
    }
  }
}

TEST(SamplerTest, AChoiceDependsOnItsArgumentsAlone) {
  std::mt19937 random(11);
  const std::vector<float> logits = RandomLogits(500, &random);
  SamplingOptions options;
  options.temperature = 1;
  options.top_p = 0.95;
  options.seed = 42;
  Sampler used;
  std::vector<int32_t> forward;
  for (int i = 0; i < 50; ++i) forward.push_back(used.Choose(logits, options, i));
  for (int i = 49; i >= 0; --i) EXPECT_EQ(Sampler().Choose(logits, options, i), forward[i]);
  options.seed = 43;
  std::vector<int32_t> other;
  for (int i = 0; i < 50; ++i) other.push_back(used.Choose(logits, options, i));
  EXPECT_NE(other, forward);
}

TEST(SamplerTest, OptionsAreChecked) {
  EXPECT_TRUE(Validate(SamplingOptions()).ok());
  const double bad[] = {-1, std::nan(""), kInfinity, -kInfinity, 1e9};
  for (const double value : bad) {
    for (double SamplingOptions::*field :
         {&SamplingOptions::temperature, &SamplingOptions::top_p, &SamplingOptions::min_p}) {
      SamplingOptions options;
      options.*field = value;
      EXPECT_EQ(Validate(options).code(), absl::StatusCode::kInvalidArgument) << value;
    }
  }
  SamplingOptions options;
  options.top_k = -1;
  EXPECT_THAT(std::string(Validate(options).message()), HasSubstr("top_k is -1"));
  options.top_k = std::numeric_limits<int>::max();
  EXPECT_TRUE(Validate(options).ok());
}

}  // namespace
}  // namespace footnote::generator
