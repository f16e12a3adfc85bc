#include "retrieval/eval/significance.h"

#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>
#include <vector>

#include "gtest/gtest.h"

namespace footnote::retrieval {
namespace {

nlohmann::json Golden() {
  std::ifstream file(FOOTNOTE_TESTDATA "/golden/significance.json");
  return nlohmann::json::parse(file);
}

TEST(ComparePairedTest, EqualsScipy) {
  const nlohmann::json cases = Golden()["paired"];
  ASSERT_EQ(cases.size(), 9u);
  int exact = 0;
  for (const auto& c : cases) {
    const auto run = c["run"].get<std::vector<double>>();
    const auto baseline = c["baseline"].get<std::vector<double>>();
    const PairedComparison got = ComparePaired(run, baseline, {});
    const double p = c["p_value"];
    SCOPED_TRACE(run.size());
    if (c["exact"].get<bool>()) {
      ++exact;
      EXPECT_NEAR(got.p_value, p, 1e-12);
    } else {
      // Five standard errors of 100,000 draws, beside scipy's 400,000.
      EXPECT_NEAR(got.p_value, p, 5 * std::sqrt(p / 1e5) + 2e-5);
    }
    // Of 10,000 samples beside 100,000. A percentile's standard error is about 0.027
    // standard deviations; the interval is four of those wide.
    const double deviation = (got.high - got.low) / 3.92;
    EXPECT_NEAR(got.low, c["low"].get<double>(), 0.15 * deviation + 1e-12);
    EXPECT_NEAR(got.high, c["high"].get<double>(), 0.15 * deviation + 1e-12);
    double difference = 0;
    int wins = 0, losses = 0;
    for (size_t i = 0; i < run.size(); ++i) {
      difference += (run[i] - baseline[i]) / static_cast<double>(run.size());
      wins += run[i] > baseline[i];
      losses += run[i] < baseline[i];
    }
    EXPECT_NEAR(got.difference, difference, 1e-12);
    EXPECT_EQ(got.wins, wins);
    EXPECT_EQ(got.losses, losses);
    EXPECT_EQ(got.wins + got.losses + got.ties, static_cast<int>(run.size()));
  }
  EXPECT_EQ(exact, 6);
}

TEST(ComparePairedTest, TheSeedDecidesAndTheSidesMirror) {
  std::vector<double> a, b;
  for (int i = 0; i < 90; ++i) {
    a.push_back((i * 37 % 64) / 64.0);
    b.push_back((i * i * 11 % 61) / 61.0);
  }
  SignificanceOptions options;
  options.seed = 7;
  const PairedComparison first = ComparePaired(a, b, options), again = ComparePaired(a, b, options);
  EXPECT_EQ(first.p_value, again.p_value);
  EXPECT_EQ(first.low, again.low);
  EXPECT_EQ(first.high, again.high);
  const PairedComparison mirrored = ComparePaired(b, a, options);
  EXPECT_EQ(mirrored.p_value, first.p_value);
  EXPECT_EQ(mirrored.difference, -first.difference);
  EXPECT_EQ(mirrored.wins, first.losses);
  EXPECT_NEAR(mirrored.low, -first.high, 1e-12);
  EXPECT_NEAR(mirrored.high, -first.low, 1e-12);
  options.seed = 8;
  EXPECT_NE(ComparePaired(a, b, options).p_value, first.p_value);
}

TEST(ComparePairedTest, EdgesHaveTheirValues) {
  const PairedComparison none = ComparePaired({}, {}, {});
  EXPECT_EQ(none.p_value, 1);
  const PairedComparison same = ComparePaired({0.5, 0.25}, {0.5, 0.25}, {});
  EXPECT_EQ(same.p_value, 1);
  EXPECT_EQ(same.difference, 0);
  EXPECT_EQ(same.low, 0);
  EXPECT_EQ(same.high, 0);
  EXPECT_EQ(same.ties, 2);
  // All of ten better: two of 2^10 assignments are as far from 0.
  const PairedComparison all =
      ComparePaired(std::vector<double>(10, 1), std::vector<double>(10, 0), {});
  EXPECT_EQ(all.p_value, 2.0 / 1024);
  EXPECT_EQ(all.low, 1);
  EXPECT_EQ(all.high, 1);
}

}  // namespace
}  // namespace footnote::retrieval
