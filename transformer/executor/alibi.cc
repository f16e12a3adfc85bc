#include "transformer/executor/alibi.h"

#include <cmath>

namespace footnote::transformer {

std::vector<float> AlibiSlopes(int64_t heads) {
  int64_t power = 1;
  while (power * 2 <= heads) power *= 2;
  std::vector<float> slopes;
  const double base = std::pow(2.0, -8.0 / static_cast<double>(power));
  for (int64_t i = 1; i <= power; ++i) {
    slopes.push_back(static_cast<float>(std::pow(base, static_cast<double>(i))));
  }
  const double between = std::pow(2.0, -4.0 / static_cast<double>(power));
  for (int64_t i = 0; i < heads - power; ++i) {
    slopes.push_back(static_cast<float>(std::pow(between, static_cast<double>(2 * i + 1))));
  }
  return slopes;
}

std::vector<float> AlibiBias(int64_t heads, int64_t distances) {
  const std::vector<float> slopes = AlibiSlopes(heads);
  std::vector<float> bias;
  bias.reserve(heads * distances);
  for (float slope : slopes) {
    for (int64_t i = 0; i < distances; ++i) {
      bias.push_back(slope * static_cast<float>(i - (distances - 1)));
    }
  }
  return bias;
}

}  // namespace footnote::transformer
