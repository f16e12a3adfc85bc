#include "retrieval/search/similar_terms.h"

#include <algorithm>
#include <map>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "retrieval/index/bitmap.h"
#include "retrieval/index/lexical_index.h"

namespace footnote::retrieval {
namespace {

// Letters as strings, so that some are of two bytes.
using Word = std::vector<std::string>;

std::string Joined(const Word& word) {
  std::string out;
  for (const std::string& letter : word) out += letter;
  return out;
}

// Optimal string alignment, from its definition.
int Distance(const Word& a, const Word& b) {
  std::vector<std::vector<int>> d(a.size() + 1, std::vector<int>(b.size() + 1));
  for (size_t i = 0; i <= a.size(); ++i) {
    for (size_t j = 0; j <= b.size(); ++j) {
      if (i == 0 || j == 0) {
        d[i][j] = static_cast<int>(i + j);
        continue;
      }
      d[i][j] = std::min(
          {d[i - 1][j] + 1, d[i][j - 1] + 1, d[i - 1][j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1)});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
        d[i][j] = std::min(d[i][j], d[i - 2][j - 2] + 1);
      }
    }
  }
  return d[a.size()][b.size()];
}

void AddSegment(const std::set<std::string>& terms, uint32_t row, LexicalIndex* index) {
  std::map<std::string, PostingRecord> postings;
  for (const std::string& term : terms) postings[term] = {{{0, 1}}, {0}};
  LexicalBatch batch;
  batch.Add(row, postings);
  Bitmap alive;
  alive.Append(row + 1, true);
  index->Append(std::move(batch).Build(row, {1}), alive);
}

TEST(SimilarTermsTest, AreThoseThatComparingEveryTermFinds) {
  std::mt19937_64 random(5);
  const std::vector<std::string> alphabet = {"a", "b", "c", "\xC3\xA9"};
  const auto some_word = [&](size_t most) {
    Word out;
    for (size_t n = 1 + random() % most; n > 0; --n) {
      out.push_back(alphabet[random() % alphabet.size()]);
    }
    return out;
  };
  size_t found_in_all = 0;
  for (int round = 0; round < 40; ++round) {
    std::map<std::string, Word> all;
    LexicalIndex index;
    for (uint32_t segment = 0; segment < 1 + random() % 6; ++segment) {
      std::set<std::string> terms;
      for (size_t n = random() % (round % 2 == 0 ? 30 : 600); n > 0; --n) {
        const Word word = some_word(9);
        all[Joined(word)] = word;
        terms.insert(Joined(word));
      }
      AddSegment(terms, segment, &index);
    }
    for (int query = 0; query < 20; ++query) {
      const Word word = some_word(9);
      for (const int most : {1, 2}) {
        std::map<std::string, int> want, found;
        for (const auto& [text, letters] : all) {
          const int distance = Distance(word, letters);
          if (letters[0] == word[0] && distance > 0 && distance <= most) want[text] = distance;
        }
        for (const SimilarTerm& s : SimilarTerms(index, Joined(word), most)) {
          EXPECT_TRUE(found.emplace(s.text, s.distance).second) << "twice: " << s.text;
        }
        ASSERT_EQ(found, want) << Joined(word) << " " << most;
        found_in_all += found.size();
      }
    }
  }
  EXPECT_GT(found_in_all, 1000u);
}

TEST(SimilarTermsTest, ShortWordsAndNumbersAreTakenAsTheyAre) {
  EXPECT_EQ(MaxMisspelling(""), 0);
  EXPECT_EQ(MaxMisspelling("log"), 0);
  EXPECT_EQ(MaxMisspelling("\xC3\xA9\xC3\xA9\xC3\xA9"), 0) << "three letters of two bytes";
  EXPECT_EQ(MaxMisspelling("indx"), 1);
  EXPECT_EQ(MaxMisspelling("postgrs"), 1);
  EXPECT_EQ(MaxMisspelling("postgres"), 2);
  EXPECT_EQ(MaxMisspelling("pg_dmp"), 1);
  EXPECT_EQ(MaxMisspelling("sha256sum"), 0);
  EXPECT_EQ(MaxMisspelling("8.3.1"), 0);
}

}  // namespace
}  // namespace footnote::retrieval
