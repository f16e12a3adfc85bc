#include "transformer/tokenizer/character_data.h"

#include <unicode/uchar.h>

#include <algorithm>
#include <cstddef>

namespace footnote::transformer {
namespace {

struct ClassRange {
  char32_t first, last;
  uint8_t combining_class;
};
struct DeltaRange {
  char32_t first, last;
  int32_t delta;
};

#include "transformer/tokenizer/character_ranges.inc"

// ICU is asked about lower case up to this version; kLateLowerCase has the rest.
constexpr int kLowerCaseUnicodeVersion = 15;

template <size_t n>
bool Contains(const CharRange (&ranges)[n], char32_t c) {
  const CharRange* range = std::lower_bound(
      ranges, ranges + n, c, [](const CharRange& r, char32_t value) { return r.last < value; });
  return range != ranges + n && range->first <= c;
}

}  // namespace

bool IsDroppedByCleanText(char32_t c) { return Contains(kDropped, c); }
bool IsWhitespace(char32_t c) { return Contains(kWhitespace, c); }
bool IsPunctuation(char32_t c) { return Contains(kPunctuation, c); }
bool IsChinese(char32_t c) { return Contains(kChinese, c); }
bool IsNonspacingMark(char32_t c) { return Contains(kMarks, c); }
bool IsFixedMark(char32_t c) { return Contains(kFixedMarks, c); }

uint8_t KeptCombiningClass(char32_t c) {
  for (const ClassRange& r : kKeptClasses) {
    if (r.first <= c && c <= r.last) return r.combining_class;
  }
  return 0;
}

int MajorAge(char32_t c) {
  UVersionInfo version;
  u_charAge(static_cast<UChar32>(c), version);
  return version[0] == 0 ? 1000 : version[0];
}

bool NeverChanges(char32_t c) {
  return (c >= 0x3400 && c < 0xA000) || (c >= 0x20000 && c < 0x2F800) || c >= 0x2FA20;
}

std::u32string LowerCase(char32_t c) {
  if (c == 0x130) return U"i\u0307";  // the only one that becomes two characters
  if (NeverChanges(c)) return std::u32string(1, c);
  for (const DeltaRange& r : kLateLowerCase) {
    if (r.first <= c && c <= r.last) return std::u32string(1, c + r.delta);
  }
  const char32_t lower = static_cast<char32_t>(u_tolower(static_cast<UChar32>(c)));
  const bool known = lower != c && MajorAge(c) <= kLowerCaseUnicodeVersion;
  return std::u32string(1, known ? lower : c);
}

}  // namespace footnote::transformer
