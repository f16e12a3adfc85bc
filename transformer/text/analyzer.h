#ifndef FOOTNOTE_TRANSFORMER_TEXT_ANALYZER_H_
#define FOOTNOTE_TRANSFORMER_TEXT_ANALYZER_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "transformer/text/language.h"
#include "transformer/text/sentences.h"

namespace footnote::transformer {

// One indexed word of a text and where it stands.
struct Term {
  std::string text;
  ByteSpan span;
  // Its place among the text's words, from 0, for phrases. A stop word is dropped but
  // keeps its place, so that words beside it aren't next to each other. The parts of an
  // identifier have a place each, and the whole stands in the place of its first part:
  // "pg_dump custom" is pg and pg_dump at 0, dump at 1, custom at 2. An operator has a
  // place, other signs have none. Never falls from one term to the next.
  uint32_t position = 0;
};

// The analyser of search: words by Unicode class, lower case, stop words dropped,
// Snowball stems, accents folded. An identifier such as pg_dump, max_connections,
// --format=custom, 8.3.1 or C++ also yields itself, unstemmed and whole, beside its
// parts, so that it can be searched exactly. Chinese, Japanese and Korean text
// yields each character and each pair of neighbours; text in scripts whose words
// only a dictionary parts is parted by ICU.
//
// The same text always gives the same terms: the index depends on it, and
// kAnalyzerVersion changes with any change of output (2: positions, languages, pairs of
// ideographs).
inline constexpr int kAnalyzerVersion = 2;
std::vector<Term> Analyze(absl::string_view text, const Language& language);
std::vector<Term> AnalyzeEnglish(absl::string_view text);

// As AnalyzeEnglish, without whole identifiers and pairs. For comparing
// two texts word by word.
std::vector<Term> AnalyzeWords(absl::string_view text);

// Whether `word` (lower case) is one of the English stop words.
bool IsStopWord(absl::string_view word);

}  // namespace footnote::transformer

#endif  // FOOTNOTE_TRANSFORMER_TEXT_ANALYZER_H_
