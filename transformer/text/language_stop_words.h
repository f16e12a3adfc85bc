#ifndef FOOTNOTE_TRANSFORMER_TEXT_LANGUAGE_STOP_WORDS_H_
#define FOOTNOTE_TRANSFORMER_TEXT_LANGUAGE_STOP_WORDS_H_

#include "absl/strings/string_view.h"

// Words of grammar, in lower case, separated by spaces. Those of English are in
// stop_words.cc.
namespace footnote::transformer::stop_words {

extern const absl::string_view kDanish;
extern const absl::string_view kDutch;
extern const absl::string_view kFinnish;
extern const absl::string_view kFrench;
extern const absl::string_view kGerman;
extern const absl::string_view kHungarian;
extern const absl::string_view kItalian;
extern const absl::string_view kNorwegian;
extern const absl::string_view kPortuguese;
extern const absl::string_view kRussian;
extern const absl::string_view kSpanish;
extern const absl::string_view kSwedish;
extern const absl::string_view kTurkish;

}  // namespace footnote::transformer::stop_words

#endif  // FOOTNOTE_TRANSFORMER_TEXT_LANGUAGE_STOP_WORDS_H_
