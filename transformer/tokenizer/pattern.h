#ifndef FOOTNOTE_TRANSFORMER_TOKENIZER_PATTERN_H_
#define FOOTNOTE_TRANSFORMER_TOKENIZER_PATTERN_H_

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace footnote::transformer {

// A part of a text, and whether it matched. May be empty.
struct PatternSpan {
  size_t begin = 0, end = 0;
  bool match = false;
};

// Something that is looked for in a text. Immutable and thread-safe.
class Pattern {
 public:
  virtual ~Pattern() = default;

  // Appends spans that cover `text` in order: matches and what is between them.
  // `text` is valid UTF-8.
  virtual void Find(absl::string_view text, std::vector<PatternSpan>* spans) const = 0;
};

// A string as it is. An empty one never matches.
std::unique_ptr<const Pattern> MakeLiteralPattern(std::string literal);

// A regular expression. Those of GPT-2, Llama 3 and Qwen 2 are recognised and
// run as hand-written scanners, which match the same spans; the others run on
// ICU's engine, within its limits on time and stack: where a search goes beyond
// them, the rest of the text is no match. ICU has Unicode 15; of what is
// newer it knows only which characters are \p{L}, \p{N} and \p{M}.
//
// Errors: DataLoss (no regular expression), Unimplemented (one that ICU reads
// otherwise than Oniguruma, which `tokenizers` uses).
absl::StatusOr<std::unique_ptr<const Pattern>> MakeRegexPattern(const std::string& regex);

// The same, but always on ICU's engine. For tests.
absl::StatusOr<std::unique_ptr<const Pattern>> MakeIcuPattern(const std::string& regex);

// The scanner for a well-known regular expression; null for any other.
std::unique_ptr<const Pattern> FindKnownPattern(absl::string_view regex);

// The regular expressions that FindKnownPattern knows.
extern const char kGpt2Regex[];
extern const char kLlama3Regex[];
extern const char kQwen2Regex[];

}  // namespace footnote::transformer

#endif  // FOOTNOTE_TRANSFORMER_TOKENIZER_PATTERN_H_
