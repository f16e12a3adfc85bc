#include "generator/eval/answer_metrics.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "transformer/text/case.h"
#include "transformer/text/utf8.h"

namespace footnote::generator {
namespace {

// The characters at which Python's str.split() splits.
bool IsSpace(char32_t c) {
  return (c >= 0x09 && c <= 0x0D) || (c >= 0x1C && c <= 0x20) || c == 0x85 || c == 0xA0 ||
         c == 0x1680 || (c >= 0x2000 && c <= 0x200A) || c == 0x2028 || c == 0x2029 || c == 0x202F ||
         c == 0x205F || c == 0x3000;
}

bool IsArticle(absl::string_view word) { return word == "a" || word == "an" || word == "the"; }

// Replaces each article by a space. An article is a run of letters and numbers
// between other characters, which needn't be spaces: "a" in "a–b" is one.
std::string WithoutArticles(absl::string_view text) {
  std::string out;
  size_t word_begin = 0;
  const auto end_word = [&](size_t end) {
    const absl::string_view word = text.substr(word_begin, end - word_begin);
    absl::StrAppend(&out, IsArticle(word) ? " " : word);
  };
  size_t pos = 0;
  while (pos < text.size()) {
    const size_t begin = pos;
    const char32_t c = transformer::DecodeUtf8(text, &pos);
    if (transformer::IsLetterOrNumber(c)) continue;
    end_word(begin);
    absl::StrAppend(&out, text.substr(begin, pos - begin));
    word_begin = pos;
  }
  end_word(text.size());
  return out;
}

std::vector<std::string> SplitAtSpace(absl::string_view text) {
  std::vector<std::string> words(1);
  size_t pos = 0;
  while (pos < text.size()) {
    const size_t begin = pos;
    if (!IsSpace(transformer::DecodeUtf8(text, &pos))) {
      absl::StrAppend(&words.back(), text.substr(begin, pos - begin));
    } else if (!words.back().empty()) {
      words.emplace_back();
    }
  }
  if (words.back().empty()) words.pop_back();
  return words;
}

std::vector<std::string> NormalizedWords(absl::string_view text) {
  std::string plain = transformer::ToLower(text);
  plain.erase(std::remove_if(plain.begin(), plain.end(), absl::ascii_ispunct), plain.end());
  return SplitAtSpace(WithoutArticles(plain));
}

double F1OfWords(const std::vector<std::string>& answer, const std::vector<std::string>& right) {
  if (answer.empty() || right.empty()) return answer == right ? 1 : 0;
  absl::flat_hash_map<absl::string_view, int> counts;
  for (const std::string& word : right) ++counts[word];
  int same = 0;
  for (const std::string& word : answer) {
    if (counts[word]-- > 0) ++same;
  }
  if (same == 0) return 0;
  const double precision = 1.0 * same / answer.size();
  const double recall = 1.0 * same / right.size();
  return 2 * precision * recall / (precision + recall);
}

// The right answers in words. One of nothing but articles and punctuation
// doesn't count; if none counts, the empty answer is right.
std::vector<std::vector<std::string>> RightWords(absl::Span<const std::string> right) {
  std::vector<std::vector<std::string>> words;
  for (const std::string& text : right) {
    std::vector<std::string> of_text = NormalizedWords(text);
    if (!of_text.empty()) words.push_back(std::move(of_text));
  }
  if (words.empty()) words.emplace_back();
  return words;
}

double Ratio(double part, double whole) { return whole > 0 ? part / whole : 0; }

// By the rank sum, ties sharing their mean rank.
std::optional<double> AbstainAuroc(const std::vector<std::pair<double, bool>>& by_confidence) {
  double rank_sum = 0;
  double positives = 0;
  for (size_t i = 0; i < by_confidence.size();) {
    size_t end = i;
    int tied_positives = 0;
    while (end < by_confidence.size() && by_confidence[end].first == by_confidence[i].first) {
      tied_positives += by_confidence[end++].second;
    }
    rank_sum += tied_positives * (i + 1 + end) / 2.0;
    positives += tied_positives;
    i = end;
  }
  const double negatives = by_confidence.size() - positives;
  if (positives == 0 || negatives == 0) return std::nullopt;
  return (rank_sum - positives * (positives + 1) / 2) / (positives * negatives);
}

// `descending` holds confidence and whether the answer is right.
double CoverageAtPrecision(const std::vector<std::pair<double, bool>>& descending,
                           double precision) {
  size_t covered = 0;
  double right = 0;
  for (size_t i = 0; i < descending.size(); ++i) {
    right += descending[i].second;
    // A threshold can't divide equals.
    if (i + 1 < descending.size() && descending[i + 1].first == descending[i].first) continue;
    if (right >= precision * (i + 1)) covered = i + 1;
  }
  return Ratio(covered, descending.size());
}

}  // namespace

std::string NormalizeAnswer(absl::string_view text) {
  return absl::StrJoin(NormalizedWords(text), " ");
}

double ExactMatch(absl::string_view answer, absl::Span<const std::string> right) {
  const std::vector<std::string> words = NormalizedWords(answer);
  for (const auto& right_words : RightWords(right)) {
    if (words == right_words) return 1;
  }
  return 0;
}

double TokenF1(absl::string_view answer, absl::Span<const std::string> right) {
  const std::vector<std::string> words = NormalizedWords(answer);
  double best = 0;
  for (const auto& right_words : RightWords(right)) {
    best = std::max(best, F1OfWords(words, right_words));
  }
  return best;
}

bool ContainsAnswer(absl::string_view answer, absl::Span<const std::string> right) {
  const std::vector<std::string> words = NormalizedWords(answer);
  for (const auto& part : RightWords(right)) {
    if (!part.empty() &&
        std::search(words.begin(), words.end(), part.begin(), part.end()) != words.end()) {
      return true;
    }
  }
  return false;
}

absl::StatusOr<AnswerMetrics> ScoreAnswers(absl::Span<const GradedAnswer> answers,
                                           double threshold) {
  AnswerMetrics m;
  m.questions = static_cast<int>(answers.size());
  std::vector<std::pair<double, bool>> answerable;
  std::vector<std::pair<double, bool>> right;
  double contained = 0;
  for (size_t i = 0; i < answers.size(); ++i) {
    const GradedAnswer& a = answers[i];
    if (std::isnan(a.confidence)) {
      return absl::InvalidArgumentError(absl::StrCat("the confidence of answer ", i, " is NaN"));
    }
    const bool has_answer = !a.right.empty();
    const bool answered = a.confidence >= threshold && !a.text.empty();
    const absl::string_view given = answered ? absl::string_view(a.text) : absl::string_view();
    const double exact = ExactMatch(given, a.right);
    const double f1 = TokenF1(given, a.right);
    m.exact += exact;
    m.f1 += f1;
    m.answered += answered;
    if (has_answer) {
      ++m.has_answer;
      m.has_answer_exact += exact;
      m.has_answer_f1 += f1;
    } else {
      m.no_answer_accuracy += exact;
    }
    contained += answered && ContainsAnswer(given, a.right);
    answerable.emplace_back(a.confidence, has_answer);
    right.emplace_back(a.confidence, ContainsAnswer(a.text, a.right));
  }
  m.exact = Ratio(m.exact, m.questions);
  m.f1 = Ratio(m.f1, m.questions);
  m.has_answer_exact = Ratio(m.has_answer_exact, m.has_answer);
  m.has_answer_f1 = Ratio(m.has_answer_f1, m.has_answer);
  m.no_answer_accuracy = Ratio(m.no_answer_accuracy, m.questions - m.has_answer);
  m.has_answer_contains = Ratio(contained, m.has_answer);
  m.precision = Ratio(contained, m.answered);
  std::sort(answerable.begin(), answerable.end());
  m.abstain_auroc = AbstainAuroc(answerable);
  std::sort(right.rbegin(), right.rend());
  m.coverage_at_95 = CoverageAtPrecision(right, 0.95);
  return m;
}

}  // namespace footnote::generator
