#include "generator/evidence/units.h"

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"

namespace footnote::generator {
namespace {

using transformer::ByteSpan;

// Lines of code are quoted together up to this many bytes: one line of a
// statement says little.
constexpr size_t kCodeStretchBytes = 300;

// A longer block isn't a term, nor one of more lines.
constexpr size_t kTermBytes = 120;
constexpr size_t kTermLines = 3;

absl::string_view View(absl::string_view text, ByteSpan span) {
  return text.substr(span.begin, span.size());
}

ByteSpan Trim(absl::string_view text, ByteSpan span) {
  while (span.begin < span.end && absl::ascii_isspace(text[span.begin])) ++span.begin;
  while (span.end > span.begin && absl::ascii_isspace(text[span.end - 1])) --span.end;
  return span;
}

bool LooksLikeTableRow(absl::string_view line) {
  return absl::StrContains(line, " | ") || absl::StrContains(line, '\t');
}

bool LooksLikeCode(absl::string_view line) {
  if (absl::StartsWith(line, "  ") || absl::StartsWith(line, "\t")) return true;
  for (const absl::string_view start : {"$ ", "# ", "> ", "//", "#!"}) {
    if (absl::StartsWith(line, start)) return true;
  }
  for (const absl::string_view part : {"=>", "->", "::", "()", "=# ", "=> ", " = ", "\\"}) {
    if (absl::StrContains(line, part)) return true;
  }
  line = absl::StripTrailingAsciiWhitespace(line);
  return !line.empty() && absl::StrContains(";{}[](=", line.back());
}

// Whether a block of prose names something rather than says something.
bool LooksLikeTerm(absl::string_view block, size_t lines) {
  return block.size() <= kTermBytes && lines <= kTermLines &&
         !absl::StrContains(".!?:;,", block.back());
}

// The best place to end a unit that begins at `begin`: at most kMaxUnitBytes
// further, after a separator, never inside a character.
size_t CutPoint(absl::string_view text, size_t begin, size_t end) {
  if (end - begin <= kMaxUnitBytes) return end;
  const absl::string_view window = text.substr(begin, kMaxUnitBytes);
  for (const absl::string_view separator : {"\n", "; ", ", ", " "}) {
    const size_t at = window.rfind(separator);
    // A cut too early would leave a scrap.
    if (at != absl::string_view::npos && at >= kMaxUnitBytes / 4) {
      return begin + at + separator.size();
    }
  }
  size_t cut = begin + kMaxUnitBytes;
  while (cut > begin && (static_cast<unsigned char>(text[cut]) & 0xC0) == 0x80) --cut;
  return cut > begin ? cut : begin + kMaxUnitBytes;
}

class Splitter {
 public:
  explicit Splitter(absl::string_view text) : text_(text) {}

  std::vector<Unit> Run() {
    std::vector<ByteSpan> lines;
    size_t pos = 0;
    while (pos < text_.size()) {
      size_t end = text_.find('\n', pos);
      if (end == absl::string_view::npos) end = text_.size();
      const ByteSpan line{pos, end};
      if (Trim(text_, line).size() == 0) {
        AddBlock(lines);
        lines.clear();
      } else {
        lines.push_back(line);
      }
      pos = end + 1;
    }
    AddBlock(lines);
    // What nothing follows names nothing.
    if (!units_.empty() && units_.back().kind == UnitKind::kTerm) {
      units_.back().kind = UnitKind::kSentence;
    }
    return std::move(units_);
  }

 private:
  void Add(ByteSpan span, UnitKind kind) {
    span = Trim(text_, span);
    while (span.begin < span.end) {
      const size_t cut = CutPoint(text_, span.begin, span.end);
      const ByteSpan piece = Trim(text_, {span.begin, cut});
      if (piece.size() > 0) units_.push_back({piece, kind, block_, lead_});
      span = Trim(text_, {cut, span.end});
    }
  }

  void AddBlock(const std::vector<ByteSpan>& lines) {
    if (lines.empty()) return;
    size_t rows = 0;
    size_t code = 0;
    for (const ByteSpan line : lines) {
      if (LooksLikeTableRow(View(text_, line))) ++rows;
      if (LooksLikeCode(View(text_, line))) ++code;
    }
    if (rows * 2 > lines.size()) {
      for (const ByteSpan line : lines) Add(line, UnitKind::kTableRow);
    } else if (code * 5 >= lines.size() * 2 && (lines.size() > 1 || !EndsLikeProse(lines[0]))) {
      AddCode(lines);
    } else {
      AddProse({lines.front().begin, lines.back().end}, lines.size());
    }
    ++block_;
  }

  // One line of prose may hold an operator.
  bool EndsLikeProse(ByteSpan line) const {
    return absl::StrContains(".!?:,", View(text_, Trim(text_, line)).back());
  }

  void AddCode(const std::vector<ByteSpan>& lines) {
    ByteSpan stretch = lines.front();
    for (size_t i = 1; i < lines.size(); ++i) {
      if (lines[i].end - stretch.begin > kCodeStretchBytes) {
        Add(stretch, UnitKind::kCode);
        stretch = lines[i];
      } else {
        stretch.end = lines[i].end;
      }
    }
    Add(stretch, UnitKind::kCode);
  }

  void AddProse(ByteSpan block, size_t lines) {
    if (LooksLikeTerm(View(text_, Trim(text_, block)), lines)) {
      lead_ = -1;
      Add(block, UnitKind::kTerm);
      lead_ = static_cast<int>(units_.size()) - 1;
      return;
    }
    for (const ByteSpan sentence : transformer::SplitSentences(View(text_, block))) {
      Add({block.begin + sentence.begin, block.begin + sentence.end}, UnitKind::kSentence);
    }
  }

  absl::string_view text_;
  std::vector<Unit> units_;
  int block_ = 0;
  int lead_ = -1;
};

}  // namespace

std::vector<Unit> SplitUnits(absl::string_view text) { return Splitter(text).Run(); }

}  // namespace footnote::generator
