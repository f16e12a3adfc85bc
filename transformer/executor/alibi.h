#ifndef FOOTNOTE_TRANSFORMER_EXECUTOR_ALIBI_H_
#define FOOTNOTE_TRANSFORMER_EXECUTOR_ALIBI_H_

#include <cstdint>
#include <vector>

namespace footnote::transformer {

// The slope of each head: a geometric sequence for a power of two of heads;
// else that of the power below and every other one of the power above.
// Source: Press et al. 2021, https://arxiv.org/abs/2108.12409
std::vector<float> AlibiSlopes(int64_t heads);

// What is added to the score of a key at `distance` = query - key positions:
// bias[h * distances + (distances - 1) - distance] = -slope(h) * distance, for
// distances below `distances`. [heads, distances]
std::vector<float> AlibiBias(int64_t heads, int64_t distances);

}  // namespace footnote::transformer

#endif  // FOOTNOTE_TRANSFORMER_EXECUTOR_ALIBI_H_
