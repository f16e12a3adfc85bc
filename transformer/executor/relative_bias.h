#ifndef FOOTNOTE_TRANSFORMER_EXECUTOR_RELATIVE_BIAS_H_
#define FOOTNOTE_TRANSFORMER_EXECUTOR_RELATIVE_BIAS_H_

#include <cstdint>
#include <vector>

#include "absl/types/span.h"

namespace footnote::transformer {

// T5's relative positions: near distances have a bucket each, farther ones share
// buckets that grow as the logarithm, and all from max_distance on are in one.
struct RelativeBuckets {
  int64_t buckets = 0;
  int64_t max_distance = 0;
  bool bidirectional = false;  // half of the buckets are for later keys; else those count as near
};

// The bucket of a key at `distance` = key - query positions, in [0, buckets).
// Numeric: in f32, in the order of operations that the models were trained with.
// Source: Raffel et al. 2019, https://arxiv.org/abs/1910.10683
int64_t RelativeBucket(const RelativeBuckets& buckets, int64_t distance);

// What is added to a score by head and distance: out[h, max_distance + distance] for
// distances up to max_distance each way, [heads, 2 max_distance + 1]; farther ones are
// like the farthest. table: [buckets, heads].
std::vector<float> RelativeBias(const RelativeBuckets& buckets, absl::Span<const float> table,
                                int64_t heads);

}  // namespace footnote::transformer

#endif  // FOOTNOTE_TRANSFORMER_EXECUTOR_RELATIVE_BIAS_H_
