#include "transformer/tokenizer/character_map.h"

#include <unicode/normalizer2.h>
#include <unicode/unistr.h>
#include <unicode/utf16.h>

#include <algorithm>
#include <map>
#include <string>
#include <tuple>

#include "absl/container/inlined_vector.h"
#include "transformer/text/utf8.h"
#include "transformer/tokenizer/character_data.h"

namespace footnote::transformer {
namespace {

// Planes without any row in the tables above.
constexpr char32_t kEmptyBegin = 0x30000;
constexpr char32_t kEmptyEnd = 0xE0000;

std::u32string Decompose(char32_t c, const icu::Normalizer2* nfd) {
  std::u32string out;
  icu::UnicodeString decomposed;
  if (c < 0xC0 || NeverChanges(c) || nfd == nullptr ||
      !nfd->getDecomposition(static_cast<UChar32>(c), decomposed) ||
      MajorAge(c) > kNormalizationUnicodeVersion) {
    out.push_back(c);
    return out;
  }
  for (int32_t i = 0; i < decomposed.length();) {
    const UChar32 part = decomposed.char32At(i);
    out.push_back(static_cast<char32_t>(part));
    i += U16_LENGTH(part);
  }
  return out;
}

using Action = CharacterMap::Action;
using Output = CharacterMap::Output;

Output MakeOutput(Action action, char32_t c, uint8_t combining_class) {
  Output out;
  out.action = action;
  out.combining_class = combining_class;
  if (action != Action::kDrop) {
    std::string utf8;
    AppendUtf8(c, &utf8);
    out.bytes = static_cast<uint8_t>(utf8.size());
    std::copy(utf8.begin(), utf8.end(), out.utf8);
  }
  return out;
}

}  // namespace

CharacterMap::CharacterMap(const BertNormalization& options) {
  UErrorCode error = U_ZERO_ERROR;
  // ICU's data is compiled into its library, so this can't fail in practice.
  const icu::Normalizer2* nfd =
      options.strip_accents ? icu::Normalizer2::getNFDInstance(error) : nullptr;

  // The steps of the two, in their order, for one character.
  const auto map_one = [&](char32_t c) -> Entry {
    if (options.clean_text && IsDroppedByCleanText(c)) return {Action::kDrop};
    if (IsWhitespace(c)) return {Action::kSpace};
    const bool chinese = options.handle_chinese_chars && IsChinese(c);
    const std::u32string parts = options.strip_accents ? Decompose(c, nfd) : std::u32string(1, c);

    absl::InlinedVector<Output, 8> outputs;
    for (const char32_t part : parts) {
      if (options.strip_accents && IsNonspacingMark(part)) {
        if (IsFixedMark(part)) outputs.push_back(MakeOutput(Action::kDrop, part, 0));
        continue;
      }
      const uint8_t combining_class = options.strip_accents ? KeptCombiningClass(part) : 0;
      for (const char32_t low : options.lowercase ? LowerCase(part) : std::u32string(1, part)) {
        const bool alone = chinese || IsPunctuation(low);
        outputs.push_back(MakeOutput(alone ? Action::kAlone : Action::kWord, low, combining_class));
      }
    }
    if (outputs.empty()) return {Action::kDrop};
    if (outputs.size() == 1 && outputs[0].combining_class == 0 &&
        outputs[0].action != Action::kDrop) {
      size_t pos = 0;
      if (DecodeUtf8(outputs[0].text(), &pos) == c) return {outputs[0].action};
    }
    const Entry entry = {Action::kReplace, static_cast<uint8_t>(outputs.size()),
                         static_cast<uint32_t>(outputs_.size())};
    outputs_.insert(outputs_.end(), outputs.begin(), outputs.end());
    return entry;
  };

  // Most pages are equal: planes 3 to 13 are words, the private planes are dropped.
  const auto less = [](const Page& a, const Page& b) {
    return std::lexicographical_compare(
        a.begin(), a.end(), b.begin(), b.end(), [](const Entry& x, const Entry& y) {
          return std::tie(x.action, x.count, x.first) < std::tie(y.action, y.count, y.first);
        });
  };
  std::map<Page, uint16_t, decltype(less)> known(less);
  for (char32_t first = 0; first < kLimit; first += kPageSize) {
    Page page;
    if (first < kEmptyBegin || first >= kEmptyEnd) {
      for (int i = 0; i < kPageSize; ++i) page[i] = map_one(first + i);
    }
    auto it = known.find(page);
    if (it == known.end()) {
      it = known.emplace(page, static_cast<uint16_t>(pages_.size())).first;
      pages_.push_back(page);
    }
    page_of_[first >> kPageBits] = it->second;
  }

  for (char32_t c = 0; c < 128; ++c) {
    const Entry& entry = Find(c);
    ascii_word_[c] = 0;
    if (entry.action == Action::kWord) ascii_word_[c] = static_cast<char>(c);
    if (entry.action == Action::kReplace && entry.count == 1 &&
        outputs_[entry.first].action == Action::kWord) {
      ascii_word_[c] = outputs_[entry.first].utf8[0];
    }
  }
}

}  // namespace footnote::transformer
