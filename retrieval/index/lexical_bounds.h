#ifndef FOOTNOTE_RETRIEVAL_INDEX_LEXICAL_BOUNDS_H_
#define FOOTNOTE_RETRIEVAL_INDEX_LEXICAL_BOUNDS_H_

#include <array>
#include <cstdint>
#include <vector>

#include "retrieval/index/lexical_format.h"

namespace footnote::retrieval {

// What bounds the BM25 scores of a set of postings whatever the average length and the
// idf are: pairs of a frequency and a length such that each posting has at most the
// frequency and at least the length of one of them. A score grows with the frequency and
// falls with the length, so no posting's score is above that of every pair.
struct ScoreBounds {
  // A frequency from here on stands for any.
  static constexpr uint8_t kAnyFrequency = 255;
  // The last pair is repeated where there are fewer; none: all zero.
  std::array<uint8_t, lexical::kBounds> frequency{};
  std::array<uint16_t, lexical::kBounds> length{};

  bool Covers(uint32_t frequency, uint32_t length) const;
  void Write(uint8_t* out) const;  // kBoundsBytes
  static ScoreBounds Read(const uint8_t* in);
};

// Finds the bounds of a set of postings: its Pareto-best pairs, neighbours put together
// until four are left, where that raises the bound least at `average_length`.
class BoundsBuilder {
 public:
  explicit BoundsBuilder(double average_length) : average_length_(average_length) {}
  void Add(uint32_t frequency, uint32_t length);
  // Of what was added since the last call.
  ScoreBounds Take();

 private:
  double average_length_;
  // The least length at each frequency up to kAnyFrequency; kNone: no such posting.
  static constexpr uint32_t kNone = UINT32_MAX;
  std::array<uint32_t, ScoreBounds::kAnyFrequency + 1> least_ = [] {
    std::array<uint32_t, ScoreBounds::kAnyFrequency + 1> none;
    none.fill(kNone);
    return none;
  }();
  uint32_t highest_ = 0;  // frequency
};

// The score that bounds give to a term of weight 1, in f32 and rounded up by more than
// its arithmetic errs:
//   max over pairs of  tf (k1 + 1) / (tf + k1 (1 - b) + k1 b length / average)
// `at_zero` is k1 (1 - b), `by_length` k1 b / average, `scale` k1 + 1.
struct BoundScorer {
  float at_zero = 0;
  float by_length = 0;
  float scale = 0;
  // `in`: kBoundsBytes, as ScoreBounds::Write gives them.
  float Score(const uint8_t* in) const;
};

}  // namespace footnote::retrieval

#endif  // FOOTNOTE_RETRIEVAL_INDEX_LEXICAL_BOUNDS_H_
