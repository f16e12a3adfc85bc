#include "kernels/dot_internal.h"

namespace footnote::kernels::internal {

void DotRowsPortable(const float* query, const float* rows, int64_t n, int64_t dim, float* scores) {
  constexpr int kLanes = 8;  // independent sums, which the compiler can keep in vectors
  for (int64_t r = 0; r < n; ++r) {
    const float* row = rows + r * dim;
    float sums[kLanes] = {};
    int64_t i = 0;
    for (; i + kLanes <= dim; i += kLanes) {
      for (int l = 0; l < kLanes; ++l) sums[l] += query[i + l] * row[i + l];
    }
    for (; i < dim; ++i) sums[0] += query[i] * row[i];
    float total = 0;
    for (float s : sums) total += s;
    scores[r] = total;
  }
}

}  // namespace footnote::kernels::internal
