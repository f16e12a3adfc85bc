#include "transformer/tokenizer/character_map.h"

#include <unicode/normalizer2.h>
#include <unicode/uchar.h>
#include <unicode/unistr.h>
#include <unicode/utf16.h>

#include <algorithm>
#include <map>
#include <string>
#include <tuple>

#include "absl/container/inlined_vector.h"
#include "transformer/text/utf8.h"

namespace footnote::transformer {
namespace {

struct CharRange {
  char32_t first, last;
};
struct ClassRange {
  char32_t first, last;
  uint8_t combining_class;
};
struct DeltaRange {
  char32_t first, last;
  int32_t delta;
};

#include "transformer/tokenizer/character_ranges.inc"

// The newest Unicode version whose decompositions `tokenizers` knows.
constexpr int kNormalizationUnicodeVersion = 12;
// ICU is asked about lower case up to this version; kLateLowerCase has the rest.
constexpr int kLowerCaseUnicodeVersion = 15;

// Planes without any row in the tables above.
constexpr char32_t kEmptyBegin = 0x30000;
constexpr char32_t kEmptyEnd = 0xE0000;

template <size_t n>
bool Contains(const CharRange (&ranges)[n], char32_t c) {
  const CharRange* range = std::lower_bound(
      ranges, ranges + n, c, [](const CharRange& r, char32_t value) { return r.last < value; });
  return range != ranges + n && range->first <= c;
}

int MajorAge(char32_t c) {
  UVersionInfo version;
  u_charAge(static_cast<UChar32>(c), version);
  return version[0] == 0 ? 1000 : version[0];  // not assigned: newer than any
}

uint8_t KeptCombiningClass(char32_t c) {
  for (const ClassRange& r : kKeptClasses) {
    if (r.first <= c && c <= r.last) return r.combining_class;
  }
  return 0;
}

// Ideographs, and what comes after the last ideograph that decomposes. Saves
// asking ICU about a million characters.
bool NeverChanges(char32_t c) {
  return (c >= 0x3400 && c < 0xA000) || (c >= 0x20000 && c < 0x2F800) || c >= 0x2FA20;
}

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

// As Rust's char::to_lowercase.
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
    if (options.clean_text && Contains(kDropped, c)) return {Action::kDrop};
    if (Contains(kWhitespace, c)) return {Action::kSpace};
    const bool chinese = options.handle_chinese_chars && Contains(kChinese, c);
    const std::u32string parts = options.strip_accents ? Decompose(c, nfd) : std::u32string(1, c);

    absl::InlinedVector<Output, 8> outputs;
    for (const char32_t part : parts) {
      if (options.strip_accents && Contains(kMarks, part)) {
        if (Contains(kFixedMarks, part)) outputs.push_back(MakeOutput(Action::kDrop, part, 0));
        continue;
      }
      const uint8_t combining_class = options.strip_accents ? KeptCombiningClass(part) : 0;
      for (const char32_t low : options.lowercase ? LowerCase(part) : std::u32string(1, part)) {
        const bool alone = chinese || Contains(kPunctuation, low);
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
