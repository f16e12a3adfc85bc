#include "generator/grounded/draft_checker.h"

#include <algorithm>
#include <numeric>
#include <optional>

#include "generator/answer_request.h"
#include "kernels/base/status_macros.h"

namespace footnote::generator {
namespace {

// Marks of one sentence that are looked at: a model that writes more says nothing
// with them.
constexpr size_t kMaxMarks = 4;

}  // namespace

DraftChecker::DraftChecker(const AnswerRequest* request, const transformer::Embedder* embedder,
                           int passages_read, const SupportOptions& options, double min_confidence)
    : request_(*request),
      passages_read_(passages_read),
      min_confidence_(min_confidence),
      checker_(embedder, request->passages, options) {}

double DraftChecker::confidence() const {
  return sentences_.empty() ? best_unsure_
                            : confidence_sum_ / static_cast<double>(sentences_.size());
}

absl::StatusOr<std::vector<Support>> DraftChecker::FindSupport(const CitedSentence& sentence) {
  const auto cancelled = [this] { return request_.cancelled && request_.cancelled(); };
  std::vector<Support> found;
  if (sentence.marks.empty()) {
    std::vector<int> all(passages_read_);
    std::iota(all.begin(), all.end(), 0);
    FN_ASSIGN_OR_RETURN(const std::optional<Support> support,
                        checker_.Check(sentence.text, all, cancelled));
    if (support.has_value()) found.push_back(*support);
    return found;
  }
  for (size_t i = 0; i < std::min(sentence.marks.size(), kMaxMarks); ++i) {
    FN_ASSIGN_OR_RETURN(const std::optional<Support> support,
                        checker_.Check(sentence.text, {sentence.marks[i] - 1}, cancelled));
    if (support.has_value()) found.push_back(*support);
  }
  return found;
}

Footnote DraftChecker::Quote(const Support& support) const {
  const Passage& passage = request_.passages[support.passage];
  Footnote footnote;
  footnote.number = static_cast<int>(footnotes_.size()) + 1;
  footnote.passage = support.passage;
  footnote.begin = passage.begin + static_cast<uint32_t>(support.span.begin);
  footnote.end = passage.begin + static_cast<uint32_t>(support.span.end);
  footnote.quote = passage.text.substr(support.span.begin, support.span.size());
  return footnote;
}

int DraftChecker::FootnoteFor(const Support& support) {
  Footnote footnote = Quote(support);
  for (const Footnote& known : footnotes_) {
    if (known.passage == footnote.passage && known.begin == footnote.begin) return known.number;
  }
  footnotes_.push_back(footnote);
  if (request_.sink.footnote) request_.sink.footnote(footnote);
  return footnote.number;
}

absl::Status DraftChecker::Take(const CitedSentence& sentence, double probability) {
  const bool repeated =
      std::any_of(sentences_.begin(), sentences_.end(),
                  [&](const Sentence& sent) { return sent.text == sentence.text; });
  if (repeated) return absl::OkStatus();
  FN_ASSIGN_OR_RETURN(const std::vector<Support> supports, FindSupport(sentence));
  if (supports.empty()) {
    ++unsupported_;
    return absl::OkStatus();
  }
  std::vector<Support> sound;
  double best = 0;
  for (const Support& support : supports) {
    const Footnote quote = Quote(support);
    FN_ASSIGN_OR_RETURN(const bool stored, IsStored(request_, request_.passages[quote.passage].doc,
                                                    quote.begin, quote.end, quote.quote));
    if (!stored) continue;
    sound.push_back(support);
    best = std::max(best, support.score());
  }
  if (sound.empty()) {
    ++gone_;
    return absl::OkStatus();
  }
  const double confidence = probability * best;
  if (confidence < min_confidence_) {
    ++unsure_;
    best_unsure_ = std::max(best_unsure_, confidence);
    return absl::OkStatus();
  }
  Sentence sent;
  sent.text = sentence.text;
  for (const Support& support : sound) sent.footnotes.push_back(FootnoteFor(support));
  confidence_sum_ += confidence;
  sentences_.push_back(sent);
  if (request_.sink.sentence) request_.sink.sentence(sent);
  return absl::OkStatus();
}

}  // namespace footnote::generator
