#include "transformer/text/detect_language.h"

#include <algorithm>
#include <cstdio>  // CLD2's header needs FILE

// The one below doesn't include what it needs.
#include <cld2/public/compact_lang_det.h>

namespace footnote::transformer {
namespace {

constexpr size_t kMaxBytes = 64 << 10;  // the rest of a text says the same
constexpr int kMinPercent = 70;         // of the letters

}  // namespace

std::string DetectLanguage(absl::string_view text) {
  size_t size = std::min(text.size(), kMaxBytes);
  while (size < text.size() && size > 0 &&
         (static_cast<unsigned char>(text[size]) & 0xC0) == 0x80) {
    --size;
  }
  const CLD2::CLDHints hints = {nullptr, nullptr, 0, CLD2::UNKNOWN_LANGUAGE};
  CLD2::Language languages[3];
  int percents[3];
  double scores[3];
  int text_bytes = 0;
  bool reliable = false;
  CLD2::ExtDetectLanguageSummary(text.data(), static_cast<int>(size), /*is_plain_text=*/true,
                                 &hints, /*flags=*/0, languages, percents, scores,
                                 /*resultchunkvector=*/nullptr, &text_bytes, &reliable);
  if (!reliable || languages[0] == CLD2::UNKNOWN_LANGUAGE || percents[0] < kMinPercent) return "";
  const std::string code = CLD2::LanguageCode(languages[0]);
  // The codes that ISO 639 has withdrawn.
  if (code == "iw") return "he";
  if (code == "jw") return "jv";
  return code.substr(0, code.find('-'));  // "zh-Hant"
}

}  // namespace footnote::transformer
