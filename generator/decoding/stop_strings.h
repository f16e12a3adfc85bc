#ifndef FOOTNOTE_GENERATOR_DECODING_STOP_STRINGS_H_
#define FOOTNOTE_GENERATOR_DECODING_STOP_STRINGS_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace footnote::generator {

inline constexpr int kMaxStopStrings = 16;
inline constexpr int kMaxStopBytes = 256;

// Errors: InvalidArgument (too many, one that is empty, too long or not UTF-8).
absl::Status ValidateStopStrings(absl::Span<const std::string> stops);

// Finds the first of several stop strings in a text that comes in pieces, and
// lets no byte of it pass: what could be the beginning of one is held back until
// it is known. What passes doesn't depend on where the text was cut into pieces.
// One thread at a time.
class StopMatcher {
 public:
  // `stops` passed ValidateStopStrings; they are copied.
  explicit StopMatcher(absl::Span<const std::string> stops);

  // The text that has become safe. After a stop string was complete, nothing
  // more: the one that is complete first counts, and of several that end at the
  // same byte the longest. Pieces of whole characters give whole characters.
  std::string Push(absl::string_view piece);
  // At the end of the text: what was held back.
  std::string Finish();

  // The stop string found; null: none yet.
  const std::string* found() const { return found_; }

 private:
  // The longest stop string that the pending text ends with; null: none.
  const std::string* StopAtEnd() const;
  // Bytes at the pending text's end that may be the beginning of a stop string.
  size_t HeldBytes() const;

  const std::vector<std::string> stops_;
  std::string pending_;
  const std::string* found_ = nullptr;
};

}  // namespace footnote::generator

#endif  // FOOTNOTE_GENERATOR_DECODING_STOP_STRINGS_H_
