#include "retrieval/index/lexical_bounds.h"

#include <algorithm>
#include <cstring>

namespace footnote::retrieval {
namespace {

constexpr uint32_t kMaxLength = UINT16_MAX;  // a longer passage counts as this long

struct Pair {
  uint32_t frequency;
  uint32_t length;
};

// With the usual k1 and b: what it is compared with is of no consequence to any result.
double Nominal(uint32_t frequency, uint32_t length, double average_length) {
  return frequency / (frequency + 0.3 + 0.9 * length / average_length);
}

}  // namespace

bool ScoreBounds::Covers(uint32_t f, uint32_t l) const {
  for (size_t i = 0; i < lexical::kBounds; ++i) {
    if ((frequency[i] == kAnyFrequency || f <= frequency[i]) && l >= length[i]) return true;
  }
  return false;
}

void ScoreBounds::Write(uint8_t* out) const {
  std::memcpy(out, frequency.data(), sizeof(frequency));
  std::memcpy(out + sizeof(frequency), length.data(), sizeof(length));
}

ScoreBounds ScoreBounds::Read(const uint8_t* in) {
  ScoreBounds out;
  std::memcpy(out.frequency.data(), in, sizeof(out.frequency));
  std::memcpy(out.length.data(), in + sizeof(out.frequency), sizeof(out.length));
  return out;
}

void BoundsBuilder::Add(uint32_t frequency, uint32_t length) {
  frequency = std::min<uint32_t>(frequency, ScoreBounds::kAnyFrequency);
  least_[frequency] = std::min(least_[frequency], std::min(length, kMaxLength));
  highest_ = std::max(highest_, frequency);
}

ScoreBounds BoundsBuilder::Take() {
  std::vector<Pair> pairs;  // frequencies fall, and so do lengths
  for (uint32_t f = highest_; f > 0; --f) {
    if (least_[f] != kNone && (pairs.empty() || least_[f] < pairs.back().length)) {
      pairs.push_back({f, least_[f]});
    }
    least_[f] = kNone;
  }
  highest_ = 0;
  while (pairs.size() > lexical::kBounds) {
    const auto raised = [&](size_t i) {
      const Pair &a = pairs[i], &b = pairs[i + 1];
      return Nominal(a.frequency, b.length, average_length_) -
             std::max(Nominal(a.frequency, a.length, average_length_),
                      Nominal(b.frequency, b.length, average_length_));
    };
    size_t best = 0;
    double least = raised(0);
    for (size_t i = 1; i + 1 < pairs.size(); ++i) {
      const double r = raised(i);
      if (r < least) {
        least = r;
        best = i;
      }
    }
    pairs[best].length = pairs[best + 1].length;
    pairs.erase(pairs.begin() + static_cast<ptrdiff_t>(best) + 1);
  }
  ScoreBounds out;
  if (pairs.empty()) return out;
  for (size_t i = 0; i < lexical::kBounds; ++i) {
    const Pair& p = pairs[std::min(i, pairs.size() - 1)];
    out.frequency[i] = static_cast<uint8_t>(p.frequency);
    out.length[i] = static_cast<uint16_t>(p.length);
  }
  return out;
}

float BoundScorer::Score(const uint8_t* in) const {
  using Floats = float __attribute__((vector_size(16)));
  const ScoreBounds bounds = ScoreBounds::Read(in);
  Floats tf, length;
  for (size_t i = 0; i < lexical::kBounds; ++i) {
    // So large that its share of the denominator is all of it.
    tf[i] = bounds.frequency[i] == ScoreBounds::kAnyFrequency ? 1e30f : bounds.frequency[i];
    length[i] = bounds.length[i];
  }
  const Floats ratio = tf / (tf + (at_zero + by_length * length) + 1e-30f);
  const float best = std::max(std::max(ratio[0], ratio[1]), std::max(ratio[2], ratio[3]));
  return scale * best * 1.00001f;
}

}  // namespace footnote::retrieval
