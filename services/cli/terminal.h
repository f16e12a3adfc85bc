#ifndef FOOTNOTE_SERVICES_CLI_TERMINAL_H_
#define FOOTNOTE_SERVICES_CLI_TERMINAL_H_

#include <cstdint>
#include <string>
#include <utility>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace footnote::services::cli {

// How text looks on a stream.
struct Style {
  bool terminal = false;
  bool colour = false;
  int width = 90;  // columns, 40 to 100
};

// The style of standard output (1) or standard error (2). Colours need a
// terminal and neither NO_COLOR (https://no-color.org) nor TERM=dumb.
Style StyleOf(int fd);

enum class Ink { kBold, kDim, kMark, kGood, kBad };

// `text` in an ink, or as it is without colours.
std::string Paint(const Style& style, Ink ink, absl::string_view text);

// `text` with control characters replaced by "?" (line breaks and tabs by a
// blank), so that a document can't send commands to the terminal.
std::string OneLine(absl::string_view text);

struct Block {
  int indent = 0;     // blanks before each line
  int max_lines = 0;  // 0: all; else the last of them ends in " ..." if more follows
};

// `text`, valid UTF-8, broken at blanks to the style's width, with the byte
// ranges `marks` (ascending, not overlapping) painted kMark. Line breaks in the
// text stay, blank lines go. Each line ends in "\n".
std::string Wrap(const Style& style, const Block& block, absl::string_view text,
                 absl::Span<const std::pair<uint32_t, uint32_t>> marks = {});

// "1,234,567"
std::string WithCommas(uint64_t number);
// "1:02:03", "2:03"
std::string HumanTime(double seconds);

}  // namespace footnote::services::cli

#endif  // FOOTNOTE_SERVICES_CLI_TERMINAL_H_
