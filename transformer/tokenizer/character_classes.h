#ifndef FOOTNOTE_TRANSFORMER_TOKENIZER_CHARACTER_CLASSES_H_
#define FOOTNOTE_TRANSFORMER_TOKENIZER_CHARACTER_CLASSES_H_

#include <array>
#include <cstdint>
#include <vector>

namespace footnote::transformer {

// The classes of characters that pre-tokenizers know, in the versions of Unicode
// that `tokenizers` has them in. Immutable and thread-safe.
class CharacterClasses {
 public:
  enum Class : uint8_t {
    kLetter = 1,    // \p{L}
    kNumber = 2,    // \p{N}
    kMark = 4,      // \p{M}
    kSpace = 8,     // \s
    kWord = 16,     // \w
    kPunct = 32,    // Punctuation's
    kNumeric = 64,  // Digits'
    kAccent = 128,  // StripAccents'
  };

  static const CharacterClasses& Get();

  // The classes of `c`, at most U+10FFFF.
  uint8_t Of(char32_t c) const { return pages_[page_of_[c >> 8]][c & 0xFF]; }
  bool Is(char32_t c, uint8_t any_of) const { return (Of(c) & any_of) != 0; }

 private:
  CharacterClasses();

  using Page = std::array<uint8_t, 256>;
  std::vector<Page> pages_;  // equal ones once
  std::array<uint16_t, 0x1100> page_of_ = {};
};

}  // namespace footnote::transformer

#endif  // FOOTNOTE_TRANSFORMER_TOKENIZER_CHARACTER_CLASSES_H_
