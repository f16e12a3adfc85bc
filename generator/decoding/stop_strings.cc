#include "generator/decoding/stop_strings.h"

#include <algorithm>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "transformer/text/utf8.h"

namespace footnote::generator {

absl::Status ValidateStopStrings(absl::Span<const std::string> stops) {
  if (stops.size() > kMaxStopStrings) {
    return absl::InvalidArgumentError(
        absl::StrCat(stops.size(), " stop strings; at most ", kMaxStopStrings, " are possible"));
  }
  for (const std::string& stop : stops) {
    if (stop.empty()) return absl::InvalidArgumentError("a stop string is empty; leave it out");
    if (stop.size() > kMaxStopBytes) {
      return absl::InvalidArgumentError(absl::StrCat(
          "a stop string has ", stop.size(), " bytes; at most ", kMaxStopBytes, " are possible"));
    }
    if (!transformer::IsValidUtf8(stop)) {
      return absl::InvalidArgumentError("a stop string isn't valid UTF-8");
    }
  }
  return absl::OkStatus();
}

StopMatcher::StopMatcher(absl::Span<const std::string> stops)
    : stops_(stops.begin(), stops.end()) {}

const std::string* StopMatcher::StopAtEnd() const {
  const std::string* longest = nullptr;
  for (const std::string& stop : stops_) {
    if (absl::EndsWith(pending_, stop) && (longest == nullptr || stop.size() > longest->size())) {
      longest = &stop;
    }
  }
  return longest;
}

size_t StopMatcher::HeldBytes() const {
  const absl::string_view pending = pending_;
  size_t held = 0;
  for (const std::string& stop : stops_) {
    for (size_t n = std::min(stop.size() - 1, pending.size()); n > held; --n) {
      if (absl::EndsWith(pending, absl::string_view(stop).substr(0, n))) held = n;
    }
  }
  return held;
}

std::string StopMatcher::Push(absl::string_view piece) {
  if (found_ != nullptr) return "";
  // Byte by byte, so that the first stop string to be complete is found wherever
  // the pieces end.
  for (const char byte : piece) {
    pending_.push_back(byte);
    found_ = StopAtEnd();
    if (found_ != nullptr) {
      std::string safe = pending_.substr(0, pending_.size() - found_->size());
      pending_.clear();
      return safe;
    }
  }
  const size_t safe_bytes = pending_.size() - HeldBytes();
  std::string safe = pending_.substr(0, safe_bytes);
  pending_.erase(0, safe_bytes);
  return safe;
}

std::string StopMatcher::Finish() { return std::exchange(pending_, std::string()); }

}  // namespace footnote::generator
