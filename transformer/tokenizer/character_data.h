#ifndef FOOTNOTE_TRANSFORMER_TOKENIZER_CHARACTER_DATA_H_
#define FOOTNOTE_TRANSFORMER_TOKENIZER_CHARACTER_DATA_H_

#include <cstdint>
#include <string>

namespace footnote::transformer {

struct CharRange {
  char32_t first, last;
};

// What `tokenizers` says of single characters, in its versions of Unicode and
// not in those of the installed ICU. All thread-safe.

bool IsDroppedByCleanText(char32_t c);  // of BertNormalizer
bool IsWhitespace(char32_t c);
bool IsPunctuation(char32_t c);
bool IsChinese(char32_t c);              // BertNormalizer's handle_chinese_chars
bool IsNonspacingMark(char32_t c);       // BertNormalizer's strip_accents, after NFD
bool IsFixedMark(char32_t c);            // of those, with combining class 0
uint8_t KeptCombiningClass(char32_t c);  // of marks that strip_accents keeps; else 0

// The newest Unicode version whose normalisation `tokenizers` knows.
inline constexpr int kNormalizationUnicodeVersion = 12;

// The Unicode version in which `c` was assigned; 1000 where it is not.
int MajorAge(char32_t c);

// Ideographs, and what comes after the last ideograph that decomposes. Saves
// asking ICU about a million characters.
bool NeverChanges(char32_t c);

// As Rust's char::to_lowercase.
std::u32string LowerCase(char32_t c);

}  // namespace footnote::transformer

#endif  // FOOTNOTE_TRANSFORMER_TOKENIZER_CHARACTER_DATA_H_
