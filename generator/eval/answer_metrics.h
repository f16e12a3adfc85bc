#ifndef FOOTNOTE_GENERATOR_EVAL_ANSWER_METRICS_H_
#define FOOTNOTE_GENERATOR_EVAL_ANSWER_METRICS_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace footnote::generator {

// An answer as SQuAD's official evaluator compares it: lower case, without
// ASCII punctuation, without the words a, an, the, single spaces.
std::string NormalizeAnswer(absl::string_view text);

// The official measures of one answer, 0 to 1, the best over `right`. No right
// answer means that abstaining, the empty answer, is right.
double ExactMatch(absl::string_view answer, absl::Span<const std::string> right);
double TokenF1(absl::string_view answer, absl::Span<const std::string> right);

// Whether the words of a right answer stand in `answer` in a row. For answers
// of whole sentences, whose exact match says little. False without a right one.
bool ContainsAnswer(absl::string_view answer, absl::Span<const std::string> right);

// What was answered to one question.
struct GradedAnswer {
  // The best answer, whatever its confidence.
  std::string text;
  double confidence = 0;
  std::vector<std::string> right;  // none: the question can't be answered
};

// Means over questions, 0 to 1. A figure over no question is 0.
struct AnswerMetrics {
  int questions = 0;
  int has_answer = 0;  // questions with a right answer
  int answered = 0;    // questions whose confidence reached the threshold
  // The official ones at the threshold.
  double exact = 0;
  double f1 = 0;
  double has_answer_exact = 0;
  double has_answer_f1 = 0;
  double no_answer_accuracy = 0;
  // Of the questions with a right answer, how many were answered with a text
  // that contains one.
  double has_answer_contains = 0;
  // Of the answered ones, how many contain a right answer.
  double precision = 0;
  // The chance that a question with a right answer has a higher confidence than
  // one without; ties count half. Absent unless there are both.
  std::optional<double> abstain_auroc;
  // The largest share of questions that a threshold can answer so that at least
  // 95 % of the answers contain a right one.
  double coverage_at_95 = 0;
};

// An answer with confidence below `threshold` counts as abstained.
// Errors: InvalidArgument (a confidence is NaN).
absl::StatusOr<AnswerMetrics> ScoreAnswers(absl::Span<const GradedAnswer> answers,
                                           double threshold);

}  // namespace footnote::generator

#endif  // FOOTNOTE_GENERATOR_EVAL_ANSWER_METRICS_H_
