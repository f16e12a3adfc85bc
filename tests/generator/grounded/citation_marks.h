#ifndef FOOTNOTE_TESTS_GENERATOR_GROUNDED_CITATION_MARKS_H_
#define FOOTNOTE_TESTS_GENERATOR_GROUNDED_CITATION_MARKS_H_

#include <set>
#include <string>

namespace footnote::generator {

// The marks "[1]" to "[`marks`]" of `text`, counted; -1: there is a "[" that begins
// none of them. The text may end within one.
inline int CountMarks(const std::string& text, int marks) {
  std::set<std::string> valid;
  std::set<std::string> prefixes;
  for (int i = 1; i <= marks; ++i) {
    const std::string mark = "[" + std::to_string(i) + "]";
    valid.insert(mark);
    for (size_t n = 1; n <= mark.size(); ++n) prefixes.insert(mark.substr(0, n));
  }
  int count = 0;
  for (size_t at = text.find('['); at != std::string::npos; at = text.find('[', at + 1)) {
    const size_t close = text.find(']', at);
    if (close == std::string::npos) return prefixes.contains(text.substr(at)) ? count : -1;
    if (!valid.contains(text.substr(at, close - at + 1))) return -1;
    ++count;
  }
  return count;
}

}  // namespace footnote::generator

#endif  // FOOTNOTE_TESTS_GENERATOR_GROUNDED_CITATION_MARKS_H_
