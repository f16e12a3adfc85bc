#include "retrieval/search/near_duplicates.h"

#include <algorithm>
#include <iterator>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "gtest/gtest.h"

namespace footnote::retrieval {
namespace {

// Of the definition: sets, their intersection and union.
double Resemblance(const std::string& a, const std::string& b) {
  const auto x = Shingles(a), y = Shingles(b);
  const std::set<uint64_t> sx(x.begin(), x.end()), sy(y.begin(), y.end());
  std::vector<uint64_t> both;
  std::set_intersection(sx.begin(), sx.end(), sy.begin(), sy.end(), std::back_inserter(both));
  return static_cast<double>(both.size()) /
         static_cast<double>(sx.size() + sy.size() - both.size());
}

TEST(ShinglesTest, AreRunsOfThreeWords) {
  EXPECT_EQ(Shingles("the port of the server").size(), 3u);
  EXPECT_EQ(Shingles("one two three").size(), 1u);
  EXPECT_EQ(Shingles("one two").size(), 1u);
  EXPECT_EQ(Shingles("a b c a b c a b c").size(), 3u);  // each run once
  const auto shingles = Shingles("the quick brown fox jumps over the lazy dog");
  EXPECT_TRUE(std::is_sorted(shingles.begin(), shingles.end()));
}

TEST(ShinglesTest, CaseAccentsAndPunctuationDontCount) {
  EXPECT_EQ(Shingles("The Caf\xC3\xA9, at last!"), Shingles("the cafe at\n last"));
  EXPECT_NE(Shingles("it is allowed"), Shingles("it is not allowed"));
  EXPECT_NE(Shingles("port 5432 is open"), Shingles("port 5433 is open"));
  // "ab c" and "a bc" are other words.
  EXPECT_NE(Shingles("ab c"), Shingles("a bc"));
}

TEST(ShinglesTest, TextsWithoutWordsAndWithoutSpaces) {
  EXPECT_EQ(Shingles("...").size(), 1u);
  EXPECT_NE(Shingles("..."), Shingles("---"));
  EXPECT_EQ(Shingles("").size(), 1u);
  // Five ideographs: three runs.
  EXPECT_EQ(Shingles("\xE6\x97\xA5\xE6\x9C\xAC\xE8\xAA\x9E\xE6\x96\x87\xE7\xAB\xA0").size(), 3u);
  EXPECT_FALSE(Shingles("\xFF\xFE broken \xC3").empty());
}

// Texts of few words, copied with small changes, so that resemblances of all sizes
// and equal ones come up.
std::vector<std::string> RandomTexts(std::mt19937_64* random) {
  std::vector<std::vector<int>> texts;
  const size_t n = 1 + (*random)() % 20;
  while (texts.size() < n) {
    std::vector<int> words;
    if (!texts.empty() && (*random)() % 3 != 0) {
      words = texts[(*random)() % texts.size()];
      for (int change = static_cast<int>((*random)() % 4); change > 0 && !words.empty(); --change) {
        words[(*random)() % words.size()] = static_cast<int>((*random)() % 30);
      }
    } else {
      for (size_t i = (*random)() % 30; i > 0; --i) {
        words.push_back(static_cast<int>((*random)() % 30));
      }
    }
    texts.push_back(words);
  }
  std::vector<std::string> out;
  for (const auto& words : texts) {
    std::string text;
    for (const int w : words) text += "w" + std::to_string(w) + " ";
    out.push_back(text);
  }
  return out;
}

TEST(DuplicateFolderTest, EqualsItsDefinition) {
  std::mt19937_64 random(9);
  int folded = 0;
  for (int round = 0; round < 500; ++round) {
    const std::vector<std::string> texts = RandomTexts(&random);
    const double threshold = static_cast<double>(1 + random() % 10) / 10;
    DuplicateFolder folder(threshold);
    std::vector<size_t> kept;
    for (size_t i = 0; i < texts.size(); ++i) {
      double best = 0;
      size_t into = i;
      for (const size_t k : kept) {
        const double similarity = Resemblance(texts[i], texts[k]);
        if (similarity >= threshold && similarity > best) {
          best = similarity;
          into = k;
        }
      }
      const auto match = folder.Add(texts[i]);
      ASSERT_EQ(match.has_value(), into != i) << round << ", text " << i;
      if (match.has_value()) {
        ++folded;
        EXPECT_EQ(match->text, into);
        EXPECT_EQ(match->similarity, best);
      } else {
        kept.push_back(i);
      }
    }
  }
  EXPECT_GT(folded, 500);
}

TEST(DuplicateFolderTest, EqualTextsFoldAtAnyThreshold) {
  DuplicateFolder folder(1);
  EXPECT_FALSE(folder.Add("The server listens on port 5432.").has_value());
  EXPECT_FALSE(folder.Add("The server listens on port 5433.").has_value());
  const auto match = folder.Add("the server LISTENS on port 5433");
  ASSERT_TRUE(match.has_value());
  EXPECT_EQ(match->text, 1u);
  EXPECT_EQ(match->similarity, 1);
}

}  // namespace
}  // namespace footnote::retrieval
