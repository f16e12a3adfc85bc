#include "transformer/tokenizer/character_classes.h"

#include <map>

#include "transformer/tokenizer/character_data.h"

namespace footnote::transformer {
namespace {

#include "transformer/tokenizer/character_classes.inc"

}  // namespace

const CharacterClasses& CharacterClasses::Get() {
  static const CharacterClasses kClasses;
  return kClasses;
}

CharacterClasses::CharacterClasses() {
  std::vector<Page> all(page_of_.size(), Page{});
  const auto add = [&all](const auto& ranges, uint8_t cls) {
    for (const CharRange& range : ranges) {
      for (char32_t c = range.first; c <= range.last; ++c) all[c >> 8][c & 0xFF] |= cls;
    }
  };
  add(kLetters, kLetter);
  add(kNumbers, kNumber);
  add(kMarksInRegex, kMark);
  add(kSpaces, kSpace);
  add(kWordCharacters, kWord);
  add(kNumericCharacters, kNumeric);
  add(kAccents, kAccent);
  for (char32_t c = 0; c < 0x110000; ++c) {
    if (IsPunctuation(c)) all[c >> 8][c & 0xFF] |= kPunct;
  }
  std::map<Page, uint16_t> known;
  for (size_t i = 0; i < all.size(); ++i) {
    const auto [it, added] = known.emplace(all[i], static_cast<uint16_t>(pages_.size()));
    if (added) pages_.push_back(all[i]);
    page_of_[i] = it->second;
  }
}

}  // namespace footnote::transformer
