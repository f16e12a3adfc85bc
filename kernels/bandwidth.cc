#include "kernels/bandwidth.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstring>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "kernels/base/status_macros.h"

namespace footnote::kernels {
namespace {

// What a member reads at once: short enough to share out evenly, long enough
// for the hardware to read ahead.
constexpr size_t kPiece = size_t{1} << 20;

// Plain loads: with prefetches, or wider ones, the same or less was measured.
uint64_t Sum(const uint8_t* piece) {
  uint64_t a = 0, b = 0, c = 0, d = 0;
  for (size_t i = 0; i < kPiece; i += 32) {
    uint64_t values[4];
    std::memcpy(values, piece + i, sizeof(values));
    a += values[0];
    b += values[1];
    c += values[2];
    d += values[3];
  }
  return a + b + c + d;
}

}  // namespace

template <typename Fn>
void ReadMeter::ShareOut(const Fn& read) {
  const size_t pieces = bytes() / kPiece;
  std::atomic<size_t> next{0};
  team_->Run([&](int) {
    for (size_t i = next.fetch_add(1); i < pieces; i = next.fetch_add(1)) {
      read(pages_.data() + i * kPiece);
    }
  });
}

absl::StatusOr<std::unique_ptr<ReadMeter>> ReadMeter::Create(ThreadTeam* team, size_t bytes) {
  const size_t whole = std::max<size_t>(1, bytes / kPiece) * kPiece;
  std::unique_ptr<ReadMeter> meter(new ReadMeter(team, whole));
  if (meter->pages_.data() == nullptr) {
    return absl::ResourceExhaustedError(
        absl::StrCat("no memory to measure its bandwidth: ", whole, " bytes"));
  }
  // Pages that were never written are all one page of zeros.
  meter->ShareOut([](uint8_t* piece) { std::memset(piece, 0, kPiece); });
  return meter;
}

absl::StatusOr<double> ReadMeter::Pass() {
  std::atomic<bool> odd{false};
  const auto start = std::chrono::steady_clock::now();
  ShareOut([&](const uint8_t* piece) {
    if (Sum(piece) != 0) odd.store(true);  // so that the work counts
  });
  const std::chrono::duration<double> time = std::chrono::steady_clock::now() - start;
  if (odd.load()) return absl::InternalError("memory changed while it was measured");
  return time.count();
}

absl::StatusOr<ReadBandwidth> MeasureReadBandwidth(ThreadTeam& team,
                                                   const BandwidthOptions& options) {
  FN_ASSIGN_OR_RETURN(const std::unique_ptr<ReadMeter> meter,
                      ReadMeter::Create(&team, options.bytes));
  std::vector<double> rates;
  for (int pass = 0; pass < std::max(1, options.passes); ++pass) {
    FN_ASSIGN_OR_RETURN(const double seconds, meter->Pass());
    rates.push_back(static_cast<double>(meter->bytes()) / seconds);
  }
  std::sort(rates.begin(), rates.end());
  return ReadBandwidth{rates.back(), rates[rates.size() / 2]};
}

}  // namespace footnote::kernels
