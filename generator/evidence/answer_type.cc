#include "generator/evidence/answer_type.h"

#include <algorithm>
#include <initializer_list>
#include <string>

#include "absl/strings/ascii.h"
#include "generator/evidence/words.h"

namespace footnote::generator {
namespace {

// Whether lower-case `text` holds one of `words` with no letter beside it.
bool HasWord(absl::string_view text, std::initializer_list<absl::string_view> words) {
  for (const absl::string_view word : words) {
    for (size_t at = text.find(word); at != absl::string_view::npos; at = text.find(word, at + 1)) {
      const size_t end = at + word.size();
      if ((at == 0 || !absl::ascii_isalpha(text[at - 1])) &&
          (end == text.size() || !absl::ascii_isalpha(text[end]))) {
        return true;
      }
    }
  }
  return false;
}

bool HasFourDigits(absl::string_view text) {
  int run = 0;
  for (const char c : text) {
    run = absl::ascii_isdigit(c) ? run + 1 : 0;
    if (run == 4) return true;
  }
  return false;
}

// A capital that doesn't begin the unit.
bool HasInnerCapital(absl::string_view text) {
  for (size_t i = 1; i < text.size(); ++i) {
    if (absl::ascii_isupper(text[i]) && text[i - 1] == ' ') return true;
  }
  return false;
}

}  // namespace

int MatchesType(AnswerType type, absl::string_view unit) {
  const std::string lower = absl::AsciiStrToLower(unit);
  switch (type) {
    case AnswerType::kNumber:
      return HasDigit(unit) ||
                     HasWord(lower,
                             {"one",   "two",      "three",     "four",     "five",    "six",
                              "seven", "eight",    "nine",      "ten",      "twelve",  "twenty",
                              "zero",  "half",     "hundred",   "thousand", "million", "billion",
                              "dozen", "no limit", "unlimited", "infinite", "twice"})
                 ? 1
                 : -1;
    case AnswerType::kTime:
      return HasFourDigits(unit) ||
                     HasWord(lower, {"january",  "february", "march",   "april",     "may",
                                     "june",     "july",     "august",  "september", "october",
                                     "november", "december", "century", "when",      "after",
                                     "before",   "during",   "until",   "once",      "whenever",
                                     "time",     "year",     "years",   "day",       "days"})
                 ? 1
                 : -1;
    case AnswerType::kPerson:
      return HasInnerCapital(unit) || HasWord(lower, {"user", "users", "owner", "role", "roles",
                                                      "administrator", "person", "people", "we"})
                 ? 1
                 : -1;
    case AnswerType::kPlace:
      return HasInnerCapital(unit) ||
                     HasWord(lower, {"in", "at", "under", "directory", "file", "folder", "where"})
                 ? 1
                 : -1;
    case AnswerType::kReason:
      return HasWord(lower, {"because", "since", "so that", "due to", "therefore", "reason",
                             "causes", "caused", "in order to", "to avoid", "as a result"})
                 ? 1
                 : 0;
    case AnswerType::kProcedure:
      return HasWord(lower, {"use", "using", "run", "set", "specify", "by", "to", "option",
                             "command", "can", "with"})
                 ? 1
                 : 0;
    case AnswerType::kDefinition:
      return HasWord(lower, {"is a", "is an", "is the", "are", "refers to", "means", "provides",
                             "known as", "called", "defined as", "consists of"})
                 ? 1
                 : 0;
    case AnswerType::kOther:
      return 0;
  }
  return 0;
}

}  // namespace footnote::generator
