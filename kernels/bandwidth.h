#ifndef FOOTNOTE_KERNELS_BANDWIDTH_H_
#define FOOTNOTE_KERNELS_BANDWIDTH_H_

#include <cstddef>

#include "absl/status/statusor.h"
#include "kernels/base/thread_team.h"

namespace footnote::kernels {

struct BandwidthOptions {
  // Read in one pass. Larger than any cache, and what the machine has free.
  size_t bytes = size_t{1} << 30;
  int passes = 8;
};

// Bytes per second: of the fastest pass, which nothing disturbed, and of the
// median one, which was disturbed as everything else is.
struct ReadBandwidth {
  double best = 0;
  double median = 0;
};

// How fast the team reads from memory, each member its share in order and in huge
// pages where the system has them: the bound for a product at one row. Errors:
// ResourceExhausted: no memory for the buffer.
absl::StatusOr<ReadBandwidth> MeasureReadBandwidth(ThreadTeam& team,
                                                   const BandwidthOptions& options = {});

}  // namespace footnote::kernels

#endif  // FOOTNOTE_KERNELS_BANDWIDTH_H_
