#include "transformer/text/language.h"

#include <algorithm>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_split.h"
#include "transformer/text/analyzer.h"
#include "transformer/text/fold.h"
#include "transformer/text/language_stop_words.h"

namespace footnote::transformer {
namespace {

constexpr char kFrenchElisions[] = "l m t qu n s j d c jusqu quoiqu lorsqu puisqu";
constexpr char kItalianElisions[] =
    "c l all dall dell nell sull coll pell gl agl dagl degl negl sugl un m t s v d";
constexpr char kCatalanElisions[] = "d l m n s t";

const Language kOther = {"", "other", nullptr, ""};

// A new language is one row here.
absl::Span<const Language> Table() {
  static const auto& table = *new std::vector<Language>{
      {"en", "english", "english", ""},  // its stop words: stop_words.cc
      {"ar", "arabic", "arabic", ""},
      {"ca", "catalan", "catalan", "", kCatalanElisions},
      {"da", "danish", "danish", stop_words::kDanish},
      {"de", "german", "german", stop_words::kGerman},
      {"el", "greek", "greek", ""},
      {"es", "spanish", "spanish", stop_words::kSpanish},
      {"eu", "basque", "basque", ""},
      {"fi", "finnish", "finnish", stop_words::kFinnish},
      {"fr", "french", "french", stop_words::kFrench, kFrenchElisions},
      {"ga", "irish", "irish", ""},
      {"hi", "hindi", "hindi", ""},
      {"hu", "hungarian", "hungarian", stop_words::kHungarian},
      {"hy", "armenian", "armenian", ""},
      {"id", "indonesian", "indonesian", ""},
      {"it", "italian", "italian", stop_words::kItalian, kItalianElisions},
      {"lt", "lithuanian", "lithuanian", ""},
      {"ne", "nepali", "nepali", ""},
      {"nl", "dutch", "dutch", stop_words::kDutch},
      {"no", "norwegian", "norwegian", stop_words::kNorwegian},
      {"pt", "portuguese", "portuguese", stop_words::kPortuguese},
      {"ro", "romanian", "romanian", ""},
      {"ru", "russian", "russian", stop_words::kRussian},
      {"sr", "serbian", "serbian", ""},
      {"sv", "swedish", "swedish", stop_words::kSwedish},
      {"ta", "tamil", "tamil", ""},
      {"tr", "turkish", "turkish", stop_words::kTurkish},
      {"yi", "yiddish", "yiddish", ""},
  };
  return table;
}

// Both written forms of Norwegian have one stemmer.
absl::string_view CodeOf(absl::string_view code) {
  return code == "nb" || code == "nn" ? "no" : code;
}

using WordSet = absl::flat_hash_set<std::string>;

}  // namespace

absl::Span<const Language> Languages() { return Table(); }

const Language& English() { return Table().front(); }

const Language& LanguageOf(absl::string_view tag) {
  if (tag.empty()) return English();
  const std::string lower = absl::AsciiStrToLower(tag);
  const absl::string_view primary =
      absl::string_view(lower).substr(0, std::min(lower.find_first_of("-_"), lower.size()));
  for (const Language& language : Table()) {
    if (language.code == CodeOf(primary) || language.name == lower) return language;
  }
  return kOther;
}

bool IsStopWord(absl::string_view word, const Language& language) {
  if (&language == &English()) return IsStopWord(word);
  static const auto& words = *[] {
    auto* out = new absl::flat_hash_map<const Language*, WordSet>;
    for (const Language& row : Table()) {
      for (const absl::string_view word : absl::StrSplit(row.stop_words, ' ', absl::SkipEmpty())) {
        (*out)[&row].insert(FoldCase(word));  // "weiß" is met as "weiss"
      }
    }
    return out;
  }();
  const auto found = words.find(&language);
  return found != words.end() && found->second.contains(word);
}

}  // namespace footnote::transformer
