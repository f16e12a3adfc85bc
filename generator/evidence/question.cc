#include "generator/evidence/question.h"

#include <algorithm>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_split.h"
#include "generator/evidence/words.h"
#include "transformer/text/analyzer.h"

namespace footnote::generator {
namespace {

// Words that shape a question and name nothing that evidence would contain,
// beyond the analyser's stop words, which search needs fewer of.
bool IsFrameWord(absl::string_view word) {
  static const auto* const kWords = new absl::flat_hash_set<absl::string_view>({
      "must",    "done",    "one",     "someone", "somebody", "something", "anything",   "anyone",
      "thing",   "things",  "tell",    "explain", "describe", "define",    "mean",       "means",
      "meant",   "meaning", "happen",  "happens", "happened", "happening", "please",     "make",
      "makes",   "making",  "way",     "ways",    "possible", "possibly",  "many",       "much",
      "long",    "often",   "want",    "need",    "like",     "know",      "difference", "purpose",
      "after",   "before",  "during",  "over",    "under",    "above",     "below",      "between",
      "against", "through", "without", "within",  "all",      "any",       "each",       "every",
      "only",    "also",    "just",    "other",   "another",  "more",      "most",       "same",
      "own",     "both",    "off",     "up",      "down",     "out",       "again",      "once",
      "here",    "kind",    "kinds",   "type",    "sort",     "example",   "exactly",
  });
  return kWords->contains(word) || transformer::IsStopWord(word);
}

// Words of other scripts count: their bytes aren't ASCII.
bool HasLetterOrDigit(absl::string_view word) {
  return std::any_of(word.begin(), word.end(),
                     [](char c) { return absl::ascii_isalnum(c) || !absl::ascii_isascii(c); });
}

// "pg_dump", "--format", "C++": more than letters, digits and apostrophes.
bool IsIdentifier(absl::string_view word) {
  return std::any_of(word.begin(), word.end(),
                     [](char c) { return absl::ascii_ispunct(c) && c != '\'' && c != '-'; }) ||
         (word.size() > 1 && word.front() == '-');
}

bool HasUpper(absl::string_view word) {
  return std::any_of(word.begin(), word.end(), absl::ascii_isupper);
}

std::vector<std::string> LowerWords(absl::string_view text) {
  std::string lower = absl::AsciiStrToLower(text);
  for (char& c : lower) {
    if (absl::ascii_ispunct(c) && c != '_') c = ' ';
  }
  return absl::StrSplit(lower, absl::ByAnyChar(" \t\r\n"), absl::SkipEmpty());
}

// Nouns that ask for a number when "what" or "which" comes with them.
bool AsksForNumber(absl::string_view word) {
  static const auto* const kWords = new absl::flat_hash_set<absl::string_view>({
      "port",     "number",     "size",       "length", "maximum", "minimum",
      "limit",    "percentage", "percent",    "age",    "rate",    "version",
      "height",   "weight",     "population", "price",  "cost",    "temperature",
      "distance", "duration",   "timeout",    "amount", "count",
  });
  return kWords->contains(word);
}

AnswerType TypeOf(const std::vector<std::string>& words) {
  const auto at = [&](size_t i) -> absl::string_view {
    return i < words.size() ? absl::string_view(words[i]) : absl::string_view();
  };
  for (size_t i = 0; i < words.size(); ++i) {
    const absl::string_view word = words[i];
    const absl::string_view next = at(i + 1);
    if (word == "how") {
      if (next == "many" || next == "much" || next == "long" || next == "large" || next == "big" ||
          next == "often" || next == "old" || next == "far" || next == "high" || next == "tall") {
        return AnswerType::kNumber;
      }
      return AnswerType::kProcedure;
    }
    if (word == "when") return AnswerType::kTime;
    if (word == "who" || word == "whom" || word == "whose") return AnswerType::kPerson;
    if (word == "where") return AnswerType::kPlace;
    if (word == "why") return AnswerType::kReason;
    if (word == "define") return AnswerType::kDefinition;
    if (word == "what" || word == "which") {
      for (size_t j = i + 1; j < std::min(words.size(), i + 6); ++j) {
        if (words[j] == "year" || words[j] == "date" || words[j] == "century" ||
            words[j] == "decade") {
          return AnswerType::kTime;
        }
        if (AsksForNumber(words[j])) return AnswerType::kNumber;
        if (words[j] == "command" || words[j] == "option" || words[j] == "switch") {
          return AnswerType::kProcedure;
        }
      }
      if (next == "is" || next == "are" || next == "s") {
        // "What is a tablespace?", but not "What is the default of ...?".
        const size_t rest = words.size() - i - 2;
        return rest <= 4 ? AnswerType::kDefinition : AnswerType::kOther;
      }
      return AnswerType::kOther;
    }
  }
  return AnswerType::kOther;
}

}  // namespace

Question AnalyzeQuestion(absl::string_view text) {
  Question question;
  const std::vector<transformer::Term> terms = transformer::AnalyzeEnglish(text);

  // Capitals tell a name only where they are the exception.
  int capitalised = 0;
  for (const transformer::Term& term : terms) {
    if (absl::ascii_isupper(text[term.span.begin])) ++capitalised;
  }
  const bool capitals_tell =
      terms.size() < 4 || capitalised * 3 <= static_cast<int>(terms.size()) * 2;

  size_t first_letter = 0;
  while (first_letter < text.size() && absl::ascii_isspace(text[first_letter])) ++first_letter;

  absl::flat_hash_map<std::string, size_t> index;
  for (const transformer::Term& term : terms) {
    const absl::string_view word = text.substr(term.span.begin, term.span.size());
    if (!HasLetterOrDigit(word) || IsFrameWord(absl::AsciiStrToLower(word))) continue;
    const bool inner_upper = HasUpper(word.substr(1));
    const bool name =
        capitals_tell && HasUpper(word) && (term.span.begin != first_letter || inner_upper);
    const bool salient = name || HasDigit(word) || IsIdentifier(word);
    const auto [it, inserted] = index.try_emplace(term.text, question.terms.size());
    if (inserted) {
      question.terms.push_back({term.text, std::string(word), salient});
    } else if (salient) {
      question.terms[it->second].salient = true;
    }
  }
  question.type = TypeOf(LowerWords(text));
  return question;
}

}  // namespace footnote::generator
