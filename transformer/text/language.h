#ifndef FOOTNOTE_TRANSFORMER_TEXT_LANGUAGE_H_
#define FOOTNOTE_TRANSFORMER_TEXT_LANGUAGE_H_

#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace footnote::transformer {

// How the words of a language become terms. Rows of one table; compared by address.
struct Language {
  absl::string_view code;  // ISO 639-1
  absl::string_view name;  // in English, lower case
  // Snowball's algorithm for it; null: words stay as they stand.
  const char* stemmer;
  // Dropped; lower case, separated by spaces.
  absl::string_view stop_words;
  // What an apostrophe joins to the front of a word: "l" in "l'eau".
  absl::string_view elisions = "";
};

// Every language that has more than the plain analysis.
absl::Span<const Language> Languages();
const Language& English();

// The language that a BCP 47 tag ("de", "pt-BR", "zh-Hant") or an English name
// ("German") names, whatever the case. Empty: English. A language without a row:
// that of code "", whose words stay as they stand.
const Language& LanguageOf(absl::string_view tag);

// Whether `word`, as FoldCase leaves it, is one of the language's stop words.
bool IsStopWord(absl::string_view word, const Language& language);

}  // namespace footnote::transformer

#endif  // FOOTNOTE_TRANSFORMER_TEXT_LANGUAGE_H_
