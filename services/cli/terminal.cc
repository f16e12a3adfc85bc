#include "services/cli/terminal.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_split.h"

namespace footnote::services::cli {
namespace {

constexpr int kMinWidth = 40;
constexpr int kMaxWidth = 100;
constexpr char kReset[] = "\x1b[0m";

const char* Code(Ink ink) {
  switch (ink) {
    case Ink::kBold:
      return "\x1b[1m";
    case Ink::kDim:
      return "\x1b[2m";
    case Ink::kMark:
      return "\x1b[1;33m";
    case Ink::kGood:
      return "\x1b[32m";
    case Ink::kBad:
      return "\x1b[31m";
  }
  return "";
}

bool IsContinuation(char c) { return (static_cast<unsigned char>(c) & 0xC0) == 0x80; }

// Columns that `text` takes: its characters. (Wide ones count as one: a line
// may then be longer than it should, nothing worse.)
int Columns(absl::string_view text) {
  return static_cast<int>(
      std::count_if(text.begin(), text.end(), [](char c) { return !IsContinuation(c); }));
}

// Bytes of the control character at `pos`, 0 if there is none: C0, DEL, and C1
// in its two-byte form.
size_t ControlAt(absl::string_view text, size_t pos) {
  const auto c = static_cast<unsigned char>(text[pos]);
  if (c < 0x20 || c == 0x7F) return 1;
  const bool c1 =
      c == 0xC2 && pos + 1 < text.size() && static_cast<unsigned char>(text[pos + 1]) < 0xA0;
  return c1 ? 2 : 0;
}

// Bytes of `text`, cut at a character, that take at most `columns`.
size_t FittingBytes(absl::string_view text, int columns) {
  size_t pos = 0;
  for (; pos < text.size(); ++pos) {
    if (!IsContinuation(text[pos]) && columns-- == 0) break;
  }
  return pos;
}

// Writes words into lines of limited width.
class Wrapper {
 public:
  Wrapper(const Style& style, const Block& block, absl::string_view text,
          absl::Span<const std::pair<uint32_t, uint32_t>> marks)
      : style_(style),
        block_(block),
        text_(text),
        marks_(marks),
        width_(std::max(10, style.width - block.indent)) {}

  std::string Run() {
    size_t begin = 0;
    while (begin < text_.size() && !full_) {
      const size_t end = std::min(text_.find('\n', begin), text_.size());
      Line(begin, end);
      begin = end + 1;
    }
    return std::move(out_);
  }

 private:
  void Line(size_t begin, size_t end) {
    size_t pos = begin;
    while (pos < end && text_[pos] == ' ') ++pos;
    if (pos == end) return;
    // Code keeps its indentation, within reason.
    line_prefix_ = std::min<int>(static_cast<int>(pos - begin), width_ / 3);
    bool first = true;
    while (pos < end && !full_) {
      const size_t word_end = std::min(text_.find(' ', pos), end);
      if (word_end > pos) {
        Word(pos, word_end, first);
        first = false;
      }
      pos = word_end + 1;
    }
    if (!full_) BreakLine();
  }

  void Word(size_t begin, size_t end, bool first_of_line) {
    const int columns = Columns(text_.substr(begin, end - begin));
    if (first_of_line) {
      StartLine();
    } else if (column_ + 1 + columns > width_) {
      if (!NextLine()) return;
    } else {
      Emit(begin - 1, begin);
      ++column_;
    }
    // A word longer than a line is cut.
    while (Columns(text_.substr(begin, end - begin)) > width_ - column_) {
      const size_t piece = FittingBytes(text_.substr(begin, end - begin), width_ - column_);
      Emit(begin, begin + piece);
      begin += piece;
      if (!NextLine()) return;
    }
    Emit(begin, end);
    column_ += Columns(text_.substr(begin, end - begin));
  }

  void StartLine() {
    if (block_.max_lines > 0 && lines_ == block_.max_lines) {
      // The line that was to be the last is written already: mark it.
      out_.insert(out_.size() - 1, " ...");
      full_ = true;
      return;
    }
    out_.append(block_.indent + line_prefix_, ' ');
    column_ = line_prefix_;
  }

  bool NextLine() {
    BreakLine();
    StartLine();
    return !full_;
  }

  void BreakLine() {
    out_ += '\n';
    ++lines_;
  }

  // Appends the bytes [begin, end), painted where they are marked.
  void Emit(size_t begin, size_t end) {
    if (full_) return;
    size_t pos = begin;
    while (pos < end) {
      while (mark_ < marks_.size() && marks_[mark_].second <= pos) ++mark_;
      const bool inside = mark_ < marks_.size() && marks_[mark_].first <= pos;
      const size_t next = mark_ == marks_.size() ? end
                          : inside               ? std::min<size_t>(end, marks_[mark_].second)
                                                 : std::min<size_t>(end, marks_[mark_].first);
      const std::string clean = OneLine(text_.substr(pos, next - pos));
      out_ += inside ? Paint(style_, Ink::kMark, clean) : clean;
      pos = next;
    }
  }

  const Style& style_;
  const Block& block_;
  const absl::string_view text_;
  const absl::Span<const std::pair<uint32_t, uint32_t>> marks_;
  const int width_;
  std::string out_;
  size_t mark_ = 0;  // the first mark that ends after what was written
  int column_ = 0;
  int line_prefix_ = 0;
  int lines_ = 0;
  bool full_ = false;  // max_lines is reached and text is left
};

}  // namespace

Style StyleOf(int fd) {
  Style style;
  style.terminal = isatty(fd) == 1;
  if (!style.terminal) return style;
  const char* no_color = std::getenv("NO_COLOR");
  const char* term = std::getenv("TERM");
  style.colour = (no_color == nullptr || *no_color == '\0') &&
                 (term == nullptr || absl::string_view(term) != "dumb");
  winsize size = {};
  if (ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) {
    style.width = std::clamp<int>(size.ws_col, kMinWidth, kMaxWidth);
  }
  return style;
}

std::string Paint(const Style& style, Ink ink, absl::string_view text) {
  if (!style.colour || text.empty()) return std::string(text);
  return absl::StrCat(Code(ink), text, kReset);
}

std::string OneLine(absl::string_view text) {
  std::string out;
  out.reserve(text.size());
  size_t pos = 0;
  while (pos < text.size()) {
    const size_t control = ControlAt(text, pos);
    if (control == 0) {
      out += text[pos++];
      continue;
    }
    const char c = text[pos];
    out += c == '\n' || c == '\r' || c == '\t' ? ' ' : '?';
    pos += control;
  }
  return out;
}

std::string Wrap(const Style& style, const Block& block, absl::string_view text,
                 absl::Span<const std::pair<uint32_t, uint32_t>> marks) {
  return Wrapper(style, block, text, marks).Run();
}

std::string WithCommas(uint64_t number) {
  const std::string digits = absl::StrCat(number);
  std::string out;
  for (size_t i = 0; i < digits.size(); ++i) {
    if (i > 0 && (digits.size() - i) % 3 == 0) out += ',';
    out += digits[i];
  }
  return out;
}

std::string HumanTime(double seconds) {
  const auto total = static_cast<int64_t>(std::llround(std::max(0.0, seconds)));
  const int64_t hours = total / 3600, minutes = total / 60 % 60;
  return hours > 0 ? absl::StrFormat("%d:%02d:%02d", hours, minutes, total % 60)
                   : absl::StrFormat("%d:%02d", minutes, total % 60);
}

}  // namespace footnote::services::cli
