#include "retrieval/search/diversity.h"

#include <algorithm>
#include <map>
#include <random>
#include <vector>

#include "gtest/gtest.h"

namespace footnote::retrieval {
namespace {

struct Problem {
  std::vector<DiversityItem> items;
  std::vector<std::vector<double>> similarity;

  std::vector<DiverseChoice> Choose(const DiversityOptions& options, size_t n) const {
    const auto chosen = ChooseDiverse(
        items, options, n, [this](size_t a, size_t b) { return similarity[a][b]; }, nullptr);
    EXPECT_TRUE(chosen.ok()) << chosen.status();
    return chosen.ok() ? *chosen : std::vector<DiverseChoice>();
  }
};

// Few different scores and similarities, so that ties are common; eighths are
// exact in floating point.
Problem RandomProblem(std::mt19937_64* random, int tiers) {
  Problem p;
  const size_t n = (*random)() % 24;
  for (size_t i = 0; i < n; ++i) {
    p.items.push_back({static_cast<double>((*random)() % 9) / 8,
                       static_cast<int>((*random)() % tiers), (*random)() % 5});
  }
  std::stable_sort(p.items.begin(), p.items.end(), [](const auto& a, const auto& b) {
    return a.tier != b.tier ? a.tier < b.tier : a.score > b.score;
  });
  p.similarity.assign(n, std::vector<double>(n, 1));
  for (size_t i = 0; i < n; ++i) {
    for (size_t j = 0; j < i; ++j) {
      p.similarity[i][j] = p.similarity[j][i] = static_cast<double>((*random)() % 17) / 8 - 1;
    }
  }
  return p;
}

// The definition in diversity.h, computed from nothing for each choice.
std::vector<DiverseChoice> ByDefinition(const Problem& p, const DiversityOptions& options,
                                        size_t n) {
  std::vector<DiverseChoice> chosen;
  while (chosen.size() < n) {
    std::vector<DiverseChoice> possible;
    for (size_t i = 0; i < p.items.size(); ++i) {
      int of_document = 0;
      double nearest = 0, low = 1e9, high = -1e9;
      bool taken = false;
      for (const DiverseChoice& c : chosen) {
        taken = taken || c.item == i;
        of_document += p.items[c.item].document == p.items[i].document;
        nearest = &c == chosen.data() ? p.similarity[i][c.item]
                                      : std::max(nearest, p.similarity[i][c.item]);
      }
      if (taken || (options.max_per_document > 0 && of_document >= options.max_per_document)) {
        continue;
      }
      for (const DiversityItem& other : p.items) {
        if (other.tier != p.items[i].tier) continue;
        low = std::min(low, other.score);
        high = std::max(high, other.score);
      }
      const double relevance = high > low ? (p.items[i].score - low) / (high - low) : 1;
      possible.push_back({i, options.lambda * relevance - (1 - options.lambda) * nearest});
    }
    if (possible.empty()) break;
    chosen.push_back(
        *std::min_element(possible.begin(), possible.end(), [&](const auto& a, const auto& b) {
          const int tier_a = p.items[a.item].tier, tier_b = p.items[b.item].tier;
          if (tier_a != tier_b) return tier_a < tier_b;
          return a.margin != b.margin ? a.margin > b.margin : a.item < b.item;
        }));
  }
  return chosen;
}

TEST(DiversityTest, EqualsItsDefinition) {
  std::mt19937_64 random(5);
  for (int round = 0; round < 2000; ++round) {
    const Problem p = RandomProblem(&random, 1 + round % 3);
    DiversityOptions options;
    options.lambda = static_cast<double>(random() % 5) / 4;
    options.max_per_document = static_cast<int>(random() % 4);
    const size_t n = random() % 30;
    const auto chosen = p.Choose(options, n);
    const auto expected = ByDefinition(p, options, n);
    ASSERT_EQ(chosen.size(), expected.size()) << round;
    for (size_t i = 0; i < chosen.size(); ++i) {
      ASSERT_EQ(chosen[i].item, expected[i].item) << round << ", choice " << i;
      ASSERT_EQ(chosen[i].margin, expected[i].margin) << round << ", choice " << i;
    }
  }
}

TEST(DiversityTest, RelevanceAloneKeepsTheOrderAndTheLimitSkips) {
  std::mt19937_64 random(6);
  for (int round = 0; round < 500; ++round) {
    const Problem p = RandomProblem(&random, 2);
    DiversityOptions options;
    options.max_per_document = 1 + round % 3;
    std::vector<size_t> expected;
    std::map<uint64_t, int> of_document;
    for (size_t i = 0; i < p.items.size(); ++i) {
      if (++of_document[p.items[i].document] <= options.max_per_document) expected.push_back(i);
    }
    std::vector<size_t> chosen;
    for (const DiverseChoice& c : p.Choose(options, p.items.size())) chosen.push_back(c.item);
    ASSERT_EQ(chosen, expected) << round;
  }
}

TEST(DiversityTest, NoveltyAloneTakesTheLeastLike) {
  Problem p;
  p.items = {{0.9, 0, 1}, {0.8, 0, 2}, {0.1, 0, 3}};
  p.similarity = {{1, 0.99, -0.5}, {0.99, 1, 0}, {-0.5, 0, 1}};
  std::vector<size_t> order;
  for (const DiverseChoice& c : p.Choose({0.5, 0}, 3)) order.push_back(c.item);
  EXPECT_EQ(order, (std::vector<size_t>{0, 2, 1}));
}

TEST(DiversityTest, CanBeCancelled) {
  Problem p;
  p.items.assign(5, DiversityItem());
  int choices = 0;
  const auto chosen = ChooseDiverse(
      p.items, {}, 5, [](size_t, size_t) { return 0.0; }, [&] { return ++choices > 2; });
  EXPECT_EQ(chosen.status().code(), absl::StatusCode::kCancelled);
}

}  // namespace
}  // namespace footnote::retrieval
