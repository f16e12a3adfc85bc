#include "transformer/text/fold.h"

#include <unicode/normalizer2.h>
#include <unicode/uchar.h>
#include <unicode/unistr.h>
#include <unicode/uscript.h>

#include "absl/strings/ascii.h"
#include "transformer/text/utf8.h"

namespace footnote::transformer {
namespace {

// Letters that carry their stroke or ligature without a decomposition.
absl::string_view WithoutStroke(char32_t c) {
  switch (c) {
    case 0x00E6:
      return "ae";
    case 0x0153:
      return "oe";
    case 0x00F8:
      return "o";
    case 0x0142:
      return "l";
    case 0x0111:
      return "d";
    case 0x0127:
      return "h";
    case 0x0131:
      return "i";
    default:
      return "";
  }
}

bool IsAscii(absl::string_view s) {
  for (const char c : s) {
    if (static_cast<unsigned char>(c) >= 0x80) return false;
  }
  return true;
}

// ICU's tables are data inside its library, so getting them can't fail at run
// time once it has worked for a build; if it did, the text is left as it is.
icu::UnicodeString Normalize(const icu::UnicodeString& text,
                             const icu::Normalizer2* (*instance)(UErrorCode&)) {
  UErrorCode error = U_ZERO_ERROR;
  const icu::Normalizer2* normalizer = instance(error);
  if (U_FAILURE(error)) return text;
  icu::UnicodeString out = normalizer->normalize(text, error);
  return U_FAILURE(error) ? text : out;
}

const icu::Normalizer2* FoldInstance(UErrorCode& e) {
  return icu::Normalizer2::getNFKCCasefoldInstance(e);
}
const icu::Normalizer2* DecomposeInstance(UErrorCode& e) {
  return icu::Normalizer2::getNFDInstance(e);
}
const icu::Normalizer2* ComposeInstance(UErrorCode& e) {
  return icu::Normalizer2::getNFCInstance(e);
}

}  // namespace

CharClass ClassOf(char32_t c) {
  if (c < 0x80) {
    const auto byte = static_cast<unsigned char>(c);
    if (absl::ascii_isalpha(byte)) return CharClass::kLetter;
    return absl::ascii_isdigit(byte) ? CharClass::kDigit : CharClass::kOther;
  }
  const auto u = static_cast<UChar32>(c);
  if (u_hasBinaryProperty(u, UCHAR_IDEOGRAPHIC)) return CharClass::kIdeograph;
  if (u_getIntPropertyValue(u, UCHAR_LINE_BREAK) == U_LB_COMPLEX_CONTEXT) {
    return CharClass::kUnspaced;
  }
  const uint32_t category = U_GET_GC_MASK(u);
  if (category & U_GC_L_MASK) {
    // By the scripts that use it: the mark of a long vowel is common to two.
    const bool east_asian = uscript_hasScript(u, USCRIPT_HIRAGANA) ||
                            uscript_hasScript(u, USCRIPT_KATAKANA) ||
                            uscript_hasScript(u, USCRIPT_HANGUL);
    return east_asian ? CharClass::kIdeograph : CharClass::kLetter;
  }
  if (category & U_GC_N_MASK) return CharClass::kDigit;
  if (category & (U_GC_M_MASK | U_GC_CF_MASK)) return CharClass::kIgnored;
  return CharClass::kOther;
}

std::string FoldCase(absl::string_view word) {
  if (IsAscii(word)) return absl::AsciiStrToLower(word);
  icu::UnicodeString text = Normalize(icu::UnicodeString::fromUTF8(icu::StringPiece(
                                          word.data(), static_cast<int32_t>(word.size()))),
                                      FoldInstance);
  text.findAndReplace(icu::UnicodeString(static_cast<UChar32>(0x2019)), "'");
  text.findAndReplace(icu::UnicodeString(static_cast<UChar32>(0x02BC)), "'");
  std::string out;
  text.toUTF8String(out);
  return out;
}

std::string FoldWord(absl::string_view word) {
  if (IsAscii(word)) return absl::AsciiStrToLower(word);
  icu::UnicodeString text = icu::UnicodeString::fromUTF8(
      icu::StringPiece(word.data(), static_cast<int32_t>(word.size())));
  text = Normalize(Normalize(text, FoldInstance), DecomposeInstance);
  icu::UnicodeString bare;
  for (int32_t i = 0; i < text.length(); i = text.moveIndex32(i, 1)) {
    const UChar32 c = text.char32At(i);
    if (c >= 0x0300 && c <= 0x036F) continue;  // combining accents
    if (c == 0x2019 || c == 0x02BC) {
      bare.append(static_cast<UChar32>('\''));
    } else if (const absl::string_view plain = WithoutStroke(static_cast<char32_t>(c));
               !plain.empty()) {
      bare.append(icu::UnicodeString::fromUTF8(
          icu::StringPiece(plain.data(), static_cast<int32_t>(plain.size()))));
    } else {
      bare.append(c);
    }
  }
  std::string out;
  Normalize(bare, ComposeInstance).toUTF8String(out);
  return out;
}

}  // namespace footnote::transformer
