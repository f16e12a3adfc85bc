#include "kernels/bandwidth.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstring>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "kernels/base/buffer.h"
#include "kernels/base/pages.h"
#include "kernels/dot.h"

namespace footnote::kernels {
namespace {

// What a member reads at once: short enough to share out evenly, long enough
// for the hardware to read ahead.
constexpr size_t kPiece = size_t{1} << 20;
constexpr size_t kQueryBytes = 8192;

}  // namespace

absl::StatusOr<double> MeasureReadBandwidth(ThreadTeam& team, CpuLevel level,
                                            const BandwidthOptions& options) {
  const size_t pieces = std::max<size_t>(1, options.bytes / kPiece);
  const Pages pages(pieces * kPiece);
  if (pages.data() == nullptr) {
    return absl::ResourceExhaustedError(
        absl::StrCat("no memory to measure its bandwidth: ", pieces * kPiece, " bytes"));
  }
  std::atomic<size_t> next{0};
  const auto share_out = [&](const auto& read) {
    next.store(0);
    team.Run([&](int) {
      for (size_t i = next.fetch_add(1); i < pieces; i = next.fetch_add(1)) {
        read(pages.data() + i * kPiece);
      }
    });
  };
  // Pages that were never written are all one page of zeros.
  share_out([](uint8_t* piece) { std::memset(piece, 0, kPiece); });
  const Buffer<float> query(kQueryBytes / sizeof(float));
  std::atomic<bool> odd{false};
  double best = 0;
  for (int pass = 0; pass < std::max(1, options.passes); ++pass) {
    const auto start = std::chrono::steady_clock::now();
    share_out([&](const uint8_t* piece) {
      float scores[kPiece / kQueryBytes];
      DotRowsAt(level, query.data(), reinterpret_cast<const float*>(piece), kPiece / kQueryBytes,
                kQueryBytes / sizeof(float), scores);
      if (scores[0] != 0) odd.store(true);  // so that the work counts
    });
    const std::chrono::duration<double> time = std::chrono::steady_clock::now() - start;
    best = std::max(best, static_cast<double>(pieces * kPiece) / time.count());
  }
  if (odd.load()) return absl::InternalError("memory changed while it was measured");
  return best;
}

}  // namespace footnote::kernels
