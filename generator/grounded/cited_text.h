#ifndef FOOTNOTE_GENERATOR_GROUNDED_CITED_TEXT_H_
#define FOOTNOTE_GENERATOR_GROUNDED_CITED_TEXT_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace footnote::generator {

// A sentence as a model wrote it, with what it cites.
struct CitedSentence {
  std::string text;        // without its marks
  std::vector<int> marks;  // distinct, in order of appearance; from 1
  // Whether it ends as sentences do; one that doesn't was cut off.
  bool complete = false;
};

// The sentences of a generated text (valid UTF-8) with the marks "[1]" to
// "[`marks`]" in or right behind each. Brackets that are no such mark stay in the
// text. Numbers of list items ("1. ", "- ") are taken off.
std::vector<CitedSentence> SplitCitedText(absl::string_view text, int marks);

}  // namespace footnote::generator

#endif  // FOOTNOTE_GENERATOR_GROUNDED_CITED_TEXT_H_
