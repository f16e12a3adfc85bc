#ifndef FOOTNOTE_TRANSFORMER_TEXT_ANALYZER_H_
#define FOOTNOTE_TRANSFORMER_TEXT_ANALYZER_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "transformer/text/sentences.h"

namespace footnote::transformer {

// One indexed word of a text and where it stands.
struct Term {
  std::string text;
  ByteSpan span;
};

// The English analyser of search: words by Unicode class, lower case, accents
// folded, stop words dropped, Snowball "english" stems. An identifier such as
// pg_dump, max_connections, --format=custom, 8.3.1 or C++ also yields itself,
// unstemmed and whole, beside its parts, so that it can be searched exactly.
// The same text always gives the same terms: the index depends on it, and
// kAnalyzerVersion changes with any change of output.
inline constexpr int kAnalyzerVersion = 1;
std::vector<Term> AnalyzeEnglish(absl::string_view text);

// As AnalyzeEnglish, without the exact whole-identifier terms. For comparing
// two texts word by word.
std::vector<Term> AnalyzeWords(absl::string_view text);

// Whether `word` (lower case) is one of the English stop words.
bool IsStopWord(absl::string_view word);

}  // namespace footnote::transformer

#endif  // FOOTNOTE_TRANSFORMER_TEXT_ANALYZER_H_
