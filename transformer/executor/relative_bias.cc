#include "transformer/executor/relative_bias.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <cstdlib>

namespace footnote::transformer {

int64_t RelativeBucket(const RelativeBuckets& buckets, int64_t distance) {
  int64_t count = buckets.buckets;
  int64_t first = 0;
  if (buckets.bidirectional) {
    count /= 2;
    if (distance > 0) first = count;
    distance = std::abs(distance);
  } else {
    distance = -std::min<int64_t>(distance, 0);
  }
  const int64_t exact = count / 2;
  if (distance < exact) return first + distance;
  const float part = std::log(static_cast<float>(distance) / static_cast<float>(exact)) /
                     static_cast<float>(std::log(static_cast<double>(buckets.max_distance) /
                                                 static_cast<double>(exact)));
  const int64_t far = exact + static_cast<int64_t>(part * static_cast<float>(count - exact));
  return first + std::min(far, count - 1);
}

std::vector<float> RelativeBias(const RelativeBuckets& buckets, absl::Span<const float> table,
                                int64_t heads) {
  assert(static_cast<int64_t>(table.size()) == buckets.buckets * heads);
  const int64_t width = 2 * buckets.max_distance + 1;
  std::vector<float> out(heads * width);
  for (int64_t i = 0; i < width; ++i) {
    const int64_t bucket = RelativeBucket(buckets, i - buckets.max_distance);
    for (int64_t h = 0; h < heads; ++h) out[h * width + i] = table[bucket * heads + h];
  }
  return out;
}

}  // namespace footnote::transformer
