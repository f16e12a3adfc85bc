#include "generator/runner/character_assembler.h"

#include <cstddef>
#include <utility>

#include "absl/strings/str_cat.h"
#include "transformer/text/utf8.h"

namespace footnote::generator {
namespace {

// Bytes of the character that `lead` begins; 0: it begins none of several.
size_t LengthOf(unsigned char lead) {
  if (lead >= 0xC2 && lead <= 0xDF) return 2;
  if (lead >= 0xE0 && lead <= 0xEF) return 3;
  if (lead >= 0xF0 && lead <= 0xF4) return 4;
  return 0;
}

// Whether `bytes` is the beginning of a character, but not all of it. What may
// follow a lead byte is a range that holds 0x80 or 0xBF.
bool IsBeginning(absl::string_view bytes) {
  const size_t length = LengthOf(static_cast<unsigned char>(bytes[0]));
  if (bytes.size() >= length) return false;
  for (const char next : {'\x80', '\xBF'}) {
    std::string whole(bytes);
    whole.push_back(next);
    while (whole.size() < length) whole.push_back('\x80');
    if (transformer::IsValidUtf8(whole)) return true;
  }
  return false;
}

}  // namespace

std::string CharacterAssembler::Push(absl::string_view bytes) {
  std::string text = absl::StrCat(pending_, bytes);
  pending_.clear();
  for (size_t n = 1; n <= 3 && n <= text.size(); ++n) {
    std::string end = text.substr(text.size() - n);
    if (!IsBeginning(end)) continue;
    text.resize(text.size() - n);
    pending_ = std::move(end);
    break;
  }
  return transformer::ReplaceInvalidUtf8(text);
}

std::string CharacterAssembler::Finish() {
  std::string text = transformer::ReplaceInvalidUtf8(pending_);
  pending_.clear();
  return text;
}

}  // namespace footnote::generator
