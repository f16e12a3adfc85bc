#ifndef FOOTNOTE_TRANSFORMER_TEXT_FOLD_H_
#define FOOTNOTE_TRANSFORMER_TEXT_FOLD_H_

#include <string>

#include "absl/strings/string_view.h"

namespace footnote::transformer {

// What a character means to the analyser.
enum class CharClass {
  kOther,
  kLetter,
  kDigit,
  kIdeograph,  // Han, Hiragana, Katakana, Hangul: words aren't what spaces part
  kUnspaced,   // Thai, Lao, Khmer, Burmese: words that only a dictionary parts
  kIgnored,    // combining marks and invisible characters inside a word
};
CharClass ClassOf(char32_t c);

// `word` with Unicode case folding and compatibility forms, typographic apostrophes
// made plain. Invalid UTF-8 gives U+FFFD.
std::string FoldCase(absl::string_view word);

// `word` for comparison: Unicode case folding and compatibility forms, accents
// of Latin, Greek and Cyrillic letters removed, typographic apostrophes made
// plain. Invalid UTF-8 gives U+FFFD.
std::string FoldWord(absl::string_view word);

}  // namespace footnote::transformer

#endif  // FOOTNOTE_TRANSFORMER_TEXT_FOLD_H_
