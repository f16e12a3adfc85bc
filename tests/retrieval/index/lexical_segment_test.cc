#include "retrieval/index/lexical_segment.h"

#include <array>
#include <map>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "retrieval/index/lexical_bounds.h"
#include "retrieval/index/lexical_builder.h"
#include "retrieval/index/position_cursor.h"
#include "retrieval/search/bm25.h"

namespace footnote::retrieval {
namespace {

constexpr uint32_t kFirstRow = 1000;
using Words = std::map<std::string, std::vector<LexicalPosting>>;

// Words of so many passages each, at random rows of `rows`; in some they stand very often.
Words SomeWords(const std::vector<uint32_t>& sizes, uint32_t rows, std::mt19937_64* random,
                uint32_t very_often = 100000) {
  Words out;
  for (const uint32_t size : sizes) {
    auto& postings = out[absl::StrCat("word", size)];
    uint32_t left = size;
    for (uint32_t row = 0; row < rows && left > 0; ++row) {
      if ((*random)() % (rows - row) >= left) continue;
      --left;
      const uint32_t tf =
          (*random)() % 40 == 0 ? 1 + (*random)() % very_often : 1 + (*random)() % 4;
      postings.push_back({kFirstRow + row, tf});
    }
  }
  return out;
}

// Steps from one position to the next depend on the place, so that a reader that is off
// by one is found; some are of more than one byte.
std::vector<uint32_t> PositionsOf(const LexicalPosting& posting) {
  std::vector<uint32_t> out;
  uint32_t position = posting.row % 7 == 0 ? 0 : posting.row * 3;
  for (uint32_t i = 0; i < posting.frequency; ++i) {
    out.push_back(position);
    position += i % 5 == 3 ? 200 : (posting.row + i) % 3;
  }
  return out;
}

std::shared_ptr<const LexicalSegment> Build(const Words& words, std::vector<uint32_t> lengths) {
  LexicalSegmentBuilder builder(kFirstRow, std::move(lengths));
  for (const auto& [word, postings] : words) {
    std::vector<uint32_t> positions;
    for (const LexicalPosting& p : postings) {
      const std::vector<uint32_t> of_one = PositionsOf(p);
      positions.insert(positions.end(), of_one.begin(), of_one.end());
    }
    builder.Add(word, postings, positions, static_cast<int64_t>(word.size()));
  }
  return std::move(builder).Finish();
}

std::vector<uint32_t> SomeLengths(uint32_t rows, std::mt19937_64* random) {
  std::vector<uint32_t> out(rows);
  for (uint32_t& length : out) length = (*random)() % 50 == 0 ? 70000 : (*random)() % 300;
  return out;
}

class LexicalSegmentTest : public testing::Test {
 protected:
  LexicalSegmentTest()
      : lengths_(SomeLengths(3000, &random_)),
        words_(
            SomeWords({0, 1, 2, 127, 128, 129, 255, 256, 257, 1000, 2999, 3000}, 3000, &random_)) {}
  std::mt19937_64 random_{3};
  std::vector<uint32_t> lengths_;
  Words words_;
};

// Around every edge of a block.
TEST_F(LexicalSegmentTest, GivesBackWhatWasAdded) {
  const auto built = Build(words_, lengths_);
  const auto opened = LexicalSegment::Open(built->bytes());
  ASSERT_TRUE(opened.ok()) << opened.status();
  const LexicalSegment& segment = **opened;
  EXPECT_EQ(segment.first_row(), kFirstRow);
  EXPECT_EQ(segment.end_row(), kFirstRow + 3000u);
  ASSERT_EQ(segment.terms(), words_.size());
  for (uint32_t i = 0; i < 3000; ++i) ASSERT_EQ(segment.length(i), lengths_[i]);
  uint64_t sum = 0;
  for (const auto& [word, postings] : words_) {
    const auto number = segment.Find(word);
    ASSERT_TRUE(number.has_value()) << word;
    EXPECT_EQ(segment.term(*number), word);
    EXPECT_EQ(segment.chunks(*number), postings.size());
    EXPECT_EQ(segment.removed(*number), word.size());
    sum += postings.size();
    const PostingList list(segment, *number);
    std::array<uint32_t, lexical::kBlock> rows, frequencies;
    size_t at = 0;
    for (uint32_t b = 0; b < list.blocks(); ++b) {
      list.DecodeRows(b, rows.data());
      list.DecodeFrequencies(b, frequencies.data());
      for (uint32_t i = 0; i < list.BlockSize(b); ++i, ++at) {
        ASSERT_EQ(kFirstRow + rows[i], postings[at].row);
        ASSERT_EQ(frequencies[i], postings[at].frequency);
      }
    }
    EXPECT_EQ(at, postings.size());
  }
  EXPECT_EQ(segment.postings(), sum);
  for (const char* absent : {"", "a", "word", "word1000x", "word12", "zz"}) {
    EXPECT_FALSE(segment.Find(absent).has_value()) << absent;
  }
}

TEST_F(LexicalSegmentTest, CursorsFindEveryRow) {
  const auto segment = Build(words_, lengths_);
  for (const auto& [word, postings] : words_) {
    std::map<uint32_t, uint32_t> frequency;
    for (const LexicalPosting& p : postings) frequency[p.row - kFirstRow] = p.frequency;
    for (const uint32_t step : {1u, 3u, 100u, 700u}) {
      PostingCursor cursor(*segment, *segment->Find(word));
      for (uint32_t row = 0; row < 3000; row += step) {
        const auto it = frequency.find(row);
        ASSERT_EQ(cursor.FrequencyOf(row), it == frequency.end() ? 0 : it->second)
            << word << " in " << row;
      }
    }
  }
}

TEST_F(LexicalSegmentTest, PositionsAreThoseOfEachPassage) {
  const auto segment = Build(words_, lengths_);
  for (const auto& [word, postings] : words_) {
    std::map<uint32_t, LexicalPosting> posting_of;
    for (const LexicalPosting& p : postings) posting_of[p.row - kFirstRow] = p;
    for (const uint32_t step : {1u, 3u, 100u, 700u}) {
      PositionCursor cursor(*segment, *segment->Find(word));
      for (uint32_t row = 0; row < 3000; row += step) {
        const auto it = posting_of.find(row);
        const std::vector<uint32_t> expected =
            it == posting_of.end() ? std::vector<uint32_t>() : PositionsOf(it->second);
        ASSERT_EQ(cursor.Find(row), absl::MakeConstSpan(expected)) << word << " in " << row;
        ASSERT_EQ(cursor.Find(row), absl::MakeConstSpan(expected)) << "asked for again";
      }
    }
  }
}

TEST_F(LexicalSegmentTest, FindsTermsThatShareTheirFirstBytes) {
  Words words;
  for (const char* word : {"a", "abcdefg", "abcdefgh", "abcdefgha", "abcdefghb", "abcdefgi", "b",
                           "\xC3\xA9t\xC3\xA9", "zzzzzzzzzzzz"}) {
    words[word] = {{kFirstRow, 1}};
  }
  const auto segment = Build(words, {7});
  for (const auto& [word, postings] : words) EXPECT_TRUE(segment->Find(word).has_value()) << word;
  for (const char* absent : {"abcdef", "abcdefghc", "abcdefgh\x01", "c", "zzzzzzzzzzz"}) {
    EXPECT_FALSE(segment->Find(absent).has_value()) << absent;
  }
}

TEST_F(LexicalSegmentTest, AnEmptyOneOpens) {
  EXPECT_TRUE(LexicalSegment::Open(Build({}, {})->bytes()).ok());
  EXPECT_TRUE(LexicalSegment::Open(Build({{"removed", {}}}, {})->bytes()).ok());
  EXPECT_TRUE(LexicalSegment::Open(Build({}, {1, 2, 3})->bytes()).ok());
}

TEST_F(LexicalSegmentTest, ACutOneIsDataLoss) {
  const std::vector<uint8_t> bytes = Build(words_, lengths_)->bytes();
  for (size_t size = 0; size < bytes.size(); size += 1 + size / 50) {
    const auto opened = LexicalSegment::Open({bytes.begin(), bytes.begin() + size});
    ASSERT_TRUE(absl::IsDataLoss(opened.status())) << size << ": " << opened.status();
  }
}

// Whatever byte is changed: found, or all that it says can be read without harm.
TEST_F(LexicalSegmentTest, AChangedByteIsFoundOrHarmless) {
  const Words words = SomeWords({1, 5, 128, 130}, 200, &random_, /*very_often=*/50);
  const auto built = Build(words, SomeLengths(200, &random_));
  size_t found = 0;
  for (size_t at = 0; at < built->bytes().size(); ++at) {
    std::vector<uint8_t> bytes = built->bytes();
    bytes[at] ^= static_cast<uint8_t>(1u << (random_() % 8));
    const auto opened = LexicalSegment::Open(std::move(bytes));
    if (!opened.ok()) {
      ASSERT_TRUE(absl::IsDataLoss(opened.status())) << opened.status();
      ++found;
      continue;
    }
    for (size_t term = 0; term < (*opened)->terms(); ++term) {
      PostingCursor cursor(**opened, term);
      for (; cursor.Valid(); cursor.NextBlock()) {
        for (const uint32_t row : cursor.rows()) ASSERT_LT(row, (*opened)->rows());
        PositionCursor positions(**opened, term);
        for (size_t i = 0; i < cursor.rows().size(); ++i) {
          ASSERT_EQ(positions.Find(cursor.rows()[i]).size(), cursor.frequencies()[i]);
        }
      }
    }
  }
  EXPECT_GT(found, built->bytes().size() / 8);
}

// Bounds hold under any average length and any b, and are exact where a pair is met.
TEST(LexicalBoundsTest, NoScoreIsAboveTheBound) {
  std::mt19937_64 random(11);
  for (int round = 0; round < 2000; ++round) {
    BoundsBuilder builder(1 + random() % 200);
    std::vector<std::pair<uint32_t, uint32_t>> postings;
    const uint32_t most_tf = 1 + random() % (round % 10 == 0 ? 1000 : 12);
    const uint32_t most_length = 1 + random() % (round % 20 == 0 ? 100000 : 400);
    for (size_t n = 1 + random() % 128; n > 0; --n) {
      postings.emplace_back(1 + random() % most_tf, random() % most_length);
      builder.Add(postings.back().first, postings.back().second);
    }
    const ScoreBounds bounds = builder.Take();
    std::array<uint8_t, lexical::kBoundsBytes> bytes;
    bounds.Write(bytes.data());
    const Bm25Options options{random() % 3 == 0 ? 0.0 : 1.2, (random() % 5) / 4.0};
    const double average = 1 + random() % 500;
    BoundScorer scorer;
    scorer.at_zero = static_cast<float>(options.k1 * (1 - options.b));
    scorer.by_length = static_cast<float>(options.k1 * options.b / average);
    scorer.scale = static_cast<float>(options.k1 + 1);
    const double bound = scorer.Score(bytes.data());
    for (const auto& [tf, length] : postings) {
      ASSERT_TRUE(bounds.Covers(tf, length)) << tf << " of " << length;
      const double saturation = options.k1 * Bm25LengthNorm(options, length, average);
      ASSERT_LE(Bm25TermScore(options, 1, tf, saturation), bound) << tf << " of " << length;
    }
  }
}

TEST(LexicalBoundsTest, FewPairsAreKeptAsTheyAre) {
  BoundsBuilder builder(100);
  for (const auto& [tf, length] : std::vector<std::pair<uint32_t, uint32_t>>{
           {1, 50}, {1, 20}, {2, 90}, {3, 200}, {2, 300}, {3, 250}}) {
    builder.Add(tf, length);
  }
  const ScoreBounds bounds = builder.Take();
  EXPECT_EQ(bounds.frequency, (std::array<uint8_t, 4>{3, 2, 1, 1}));
  EXPECT_EQ(bounds.length, (std::array<uint16_t, 4>{200, 90, 20, 20}));
  EXPECT_EQ(builder.Take().frequency[0], 0) << "of nothing added since";
}

}  // namespace
}  // namespace footnote::retrieval
