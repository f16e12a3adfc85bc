#ifndef FOOTNOTE_GENERATOR_EVIDENCE_QUESTION_H_
#define FOOTNOTE_GENERATOR_EVIDENCE_QUESTION_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace footnote::generator {

// What kind of thing the question asks for, as far as its words tell.
enum class AnswerType {
  kOther,
  kNumber,      // "how many", "what port", "maximum size"
  kTime,        // "when", "what year"
  kPerson,      // "who"
  kPlace,       // "where"
  kDefinition,  // "what is X", "define X"
  kProcedure,   // "how do I", "which command"
  kReason,      // "why"
};

// A word that an answer's evidence should contain.
struct QuestionTerm {
  std::string text;  // as the analyser yields it
  std::string word;  // as it stands in the question
  // A name, a number or an identifier: evidence without it is rarely about the
  // same thing.
  bool salient = false;
};

struct Question {
  std::vector<QuestionTerm> terms;  // distinct, in order
  AnswerType type = AnswerType::kOther;
};

// The content words of a question in English: without stop words and without
// the words that only make it a question ("how", "explain", "possible").
Question AnalyzeQuestion(absl::string_view text);

}  // namespace footnote::generator

#endif  // FOOTNOTE_GENERATOR_EVIDENCE_QUESTION_H_
