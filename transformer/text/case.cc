#include "transformer/text/case.h"

#include <unicode/locid.h>
#include <unicode/uchar.h>
#include <unicode/unistr.h>

namespace footnote::transformer {

std::string ToLower(absl::string_view text) {
  icu::UnicodeString characters =
      icu::UnicodeString::fromUTF8(icu::StringPiece(text.data(), static_cast<int>(text.size())));
  characters.toLower(icu::Locale::getRoot());
  std::string lower;
  characters.toUTF8String(lower);
  return lower;
}

bool IsLetterOrNumber(char32_t c) {
  return (U_MASK(u_charType(static_cast<UChar32>(c))) & (U_GC_L_MASK | U_GC_N_MASK)) != 0;
}

}  // namespace footnote::transformer
