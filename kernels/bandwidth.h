#ifndef FOOTNOTE_KERNELS_BANDWIDTH_H_
#define FOOTNOTE_KERNELS_BANDWIDTH_H_

#include <cstddef>
#include <memory>

#include "absl/status/statusor.h"
#include "kernels/base/pages.h"
#include "kernels/base/thread_team.h"

namespace footnote::kernels {

// Reads a buffer from memory with a team, each member its share in order and in huge
// pages where the system has them: the bound for a product at one row. Must not
// outlive the team. For one thread.
class ReadMeter {
 public:
  // A buffer of about `bytes`, which should be larger than any cache. Errors:
  // ResourceExhausted: no memory for it.
  static absl::StatusOr<std::unique_ptr<ReadMeter>> Create(ThreadTeam* team, size_t bytes);

  size_t bytes() const { return pages_.size(); }
  // Reads the buffer once: seconds. Errors: Internal (the buffer's zeros aren't zeros).
  absl::StatusOr<double> Pass();

 private:
  ReadMeter(ThreadTeam* team, size_t bytes) : team_(team), pages_(bytes) {}
  template <typename Fn>
  void ShareOut(const Fn& read);

  ThreadTeam* const team_;
  const Pages pages_;
};

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

// How fast a ReadMeter reads. Errors: its.
absl::StatusOr<ReadBandwidth> MeasureReadBandwidth(ThreadTeam& team,
                                                   const BandwidthOptions& options = {});

}  // namespace footnote::kernels

#endif  // FOOTNOTE_KERNELS_BANDWIDTH_H_
