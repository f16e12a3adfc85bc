#include "services/cli/progress.h"

#include <algorithm>
#include <cmath>
#include <ostream>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "kernels/base/human_bytes.h"

namespace footnote::services::cli {
namespace {

using Clock = std::chrono::steady_clock;
constexpr auto kTerminalInterval = std::chrono::milliseconds(100);
constexpr auto kLogInterval = std::chrono::seconds(5);
// Before that the rate says nothing of the time that is left.
constexpr double kSecondsBeforeEta = 1;

double Fraction(uint64_t done, uint64_t total) {
  return total == 0 ? 0 : std::min(1.0, static_cast<double>(done) / static_cast<double>(total));
}

}  // namespace

ProgressLine::ProgressLine(const Style& style, std::ostream& out)
    : style_(style), out_(out), next_(Clock::now()) {}

ProgressLine::~ProgressLine() { Clear(); }

void ProgressLine::Update(const std::function<std::string()>& line) {
  const Clock::time_point now = Clock::now();
  if (now < next_) return;
  if (style_.terminal) {
    out_ << "\r\x1b[K" << line() << std::flush;
    next_ = now + kTerminalInterval;
  } else {
    out_ << line() << std::endl;
    next_ = now + kLogInterval;
  }
  shown_ = true;
}

void ProgressLine::Clear() {
  if (shown_ && style_.terminal) out_ << "\r\x1b[K" << std::flush;
  shown_ = false;
}

std::string Bar(double fraction, int cells) {
  const int filled = static_cast<int>(std::clamp(fraction, 0.0, 1.0) * cells);
  return absl::StrCat("[", std::string(filled, '#'), std::string(cells - filled, '-'), "]");
}

std::string FormatIngestProgress(const ingest::IngestProgress& progress, const Style& style) {
  // By bytes: a folder's files differ in size by orders of magnitude.
  const double fraction = progress.bytes_total > 0
                              ? Fraction(progress.bytes_done, progress.bytes_total)
                              : Fraction(progress.files_done, progress.files_total);
  std::string line;
  if (style.terminal) absl::StrAppend(&line, Bar(fraction, style.width >= 90 ? 20 : 10), " ");
  absl::StrAppendFormat(&line, "%3.0f%%  %s/%s files", std::floor(fraction * 100),
                        WithCommas(progress.files_done), WithCommas(progress.files_total));
  if (progress.seconds > 0) {
    absl::StrAppendFormat(
        &line, "  %.1f files/s  %s tokens/s",
        static_cast<double>(progress.files_done) / progress.seconds,
        WithCommas(std::llround(static_cast<double>(progress.tokens) / progress.seconds)));
  }
  if (fraction > 0 && fraction < 1 && progress.seconds >= kSecondsBeforeEta) {
    absl::StrAppend(&line, "  ETA ", HumanTime(progress.seconds * (1 - fraction) / fraction));
  }
  return line;
}

std::string FormatDownload(absl::string_view name, uint64_t done, uint64_t total, uint64_t fetched,
                           double seconds, const Style& style) {
  const double fraction = Fraction(done, total);
  std::string line;
  if (style.terminal) absl::StrAppend(&line, Bar(fraction, style.width >= 90 ? 20 : 10), " ");
  absl::StrAppendFormat(&line, "%3.0f%%  %s/%s", std::floor(fraction * 100),
                        kernels::HumanBytes(done), kernels::HumanBytes(total));
  if (fetched > 0 && seconds >= kSecondsBeforeEta) {
    const double rate = static_cast<double>(fetched) / seconds;
    absl::StrAppend(&line, "  ", kernels::HumanBytes(static_cast<uint64_t>(rate)), "/s");
    if (done < total) {
      absl::StrAppend(&line, "  ETA ", HumanTime(static_cast<double>(total - done) / rate));
    }
  }
  absl::StrAppend(&line, "  ", OneLine(name));
  // A line that wraps could not be rewritten in place.
  if (style.terminal && line.size() >= static_cast<size_t>(style.width)) {
    line.resize(static_cast<size_t>(style.width) - 1);
  }
  return line;
}

std::string FormatCount(absl::string_view phase, uint64_t done, uint64_t total,
                        const Style& style) {
  const double fraction = Fraction(done, total);
  return absl::StrCat(style.terminal ? absl::StrCat(Bar(fraction, 20), " ") : "", phase, " ",
                      WithCommas(done), "/", WithCommas(total), " (",
                      static_cast<int>(fraction * 100), " %)");
}

}  // namespace footnote::services::cli
