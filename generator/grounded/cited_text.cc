#include "generator/grounded/cited_text.h"

#include <algorithm>
#include <cstddef>
#include <utility>

#include "absl/strings/ascii.h"
#include "transformer/text/sentences.h"

namespace footnote::generator {
namespace {

struct PlacedMark {
  int number = 0;
  size_t at = 0;  // byte of the text without marks
};

struct Unmarked {
  std::string text;
  std::vector<PlacedMark> marks;
};

// Bytes of the number or bullet that opens a list item at the beginning of
// `line`, with the blanks around it; 0: none.
size_t ItemPrefix(absl::string_view line) {
  size_t at = 0;
  while (at < line.size() && line[at] == ' ') ++at;
  const size_t begin = at;
  while (at < line.size() && at - begin < 2 && absl::ascii_isdigit(line[at])) ++at;
  if (at > begin) {
    if (at == line.size() || (line[at] != '.' && line[at] != ')')) return 0;
    ++at;
  } else if (at < line.size() && (line[at] == '-' || line[at] == '*')) {
    ++at;
  } else {
    return 0;
  }
  if (at == line.size() || line[at] != ' ') return 0;
  while (at < line.size() && line[at] == ' ') ++at;
  return at;
}

// A mark at the beginning of `text`: its bytes, 0: none, npos: the text ends
// before one could be told.
size_t MarkAt(absl::string_view text, int marks, int* number) {
  int64_t value = 0;
  size_t at = 1;
  for (; at < text.size() && absl::ascii_isdigit(text[at]); ++at) {
    value = 10 * value + (text[at] - '0');
    if (value < 1 || value > marks) return 0;
  }
  if (at == text.size()) return absl::string_view::npos;
  if (text[at] != ']' || at == 1) return 0;
  *number = static_cast<int>(value);
  return at + 1;
}

Unmarked TakeMarksOff(absl::string_view text, int marks) {
  Unmarked result;
  bool line_begins = true;
  while (!text.empty()) {
    if (line_begins) text.remove_prefix(ItemPrefix(text));
    if (text.empty()) break;
    line_begins = text[0] == '\n';
    int number = 0;
    const size_t mark = text[0] == '[' ? MarkAt(text, marks, &number) : 0;
    if (mark == 0) {
      result.text.push_back(text[0]);
      text.remove_prefix(1);
      continue;
    }
    while (!result.text.empty() && result.text.back() == ' ') result.text.pop_back();
    if (mark == absl::string_view::npos) break;
    result.marks.push_back({number, result.text.size()});
    text.remove_prefix(mark);
  }
  return result;
}

bool EndsLikeASentence(absl::string_view text) {
  while (!text.empty() && (text.back() == '"' || text.back() == '\'' || text.back() == ')')) {
    text.remove_suffix(1);
  }
  if (text.empty()) return false;
  if (text.back() == '.' || text.back() == '!' || text.back() == '?') return true;
  for (const absl::string_view end : {"\u3002", "\uFF01", "\uFF1F", "\u201D"}) {
    if (text.size() >= end.size() && text.substr(text.size() - end.size()) == end) return true;
  }
  return false;
}

}  // namespace

std::vector<CitedSentence> SplitCitedText(absl::string_view text, int marks) {
  const Unmarked unmarked = TakeMarksOff(text, marks);
  std::vector<CitedSentence> sentences;
  std::vector<size_t> begins;
  for (const transformer::ByteSpan& span : transformer::SplitSentences(unmarked.text)) {
    CitedSentence sentence;
    sentence.text = unmarked.text.substr(span.begin, span.size());
    sentence.complete = EndsLikeASentence(sentence.text);
    sentences.push_back(std::move(sentence));
    begins.push_back(span.begin);
  }
  if (sentences.empty()) return sentences;
  for (const PlacedMark& mark : unmarked.marks) {
    // Of the last sentence that began before it: a mark stands behind its sentence.
    const auto after = std::lower_bound(begins.begin(), begins.end(), mark.at);
    const size_t i = after == begins.begin() ? 0 : after - begins.begin() - 1;
    std::vector<int>& numbers = sentences[i].marks;
    if (std::find(numbers.begin(), numbers.end(), mark.number) == numbers.end()) {
      numbers.push_back(mark.number);
    }
  }
  return sentences;
}

}  // namespace footnote::generator
