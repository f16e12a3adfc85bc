#ifndef FOOTNOTE_GENERATOR_GROUNDED_DRAFT_CHECKER_H_
#define FOOTNOTE_GENERATOR_GROUNDED_DRAFT_CHECKER_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "generator/answerer.h"
#include "generator/grounded/cited_text.h"
#include "generator/grounded/support.h"

namespace footnote::generator {

// Turns the sentences of one draft into the sentences and footnotes of an
// answer, as far as the passages bear them out. One thread at a time.
class DraftChecker {
 public:
  // Only the first `passages_read` passages can be cited. A sentence's confidence
  // is its support (Support::score) times `probability` of Take; below
  // `min_confidence` it isn't sent. `request` and `embedder` must outlive it.
  DraftChecker(const AnswerRequest* request, const transformer::Embedder* embedder,
               int passages_read, const SupportOptions& options, double min_confidence);

  // Sends the sentence, if it is supported, after its footnotes. One that says
  // what an earlier one said is passed over. `probability`: how sure the model was,
  // 0 to 1. Errors: those of the embedder and of stored_text.
  absl::Status Take(const CitedSentence& sentence, double probability);

  const std::vector<Sentence>& sentences() const { return sentences_; }
  const std::vector<Footnote>& footnotes() const { return footnotes_; }
  int unsupported() const { return unsupported_; }
  // Sentences whose quotes are no longer in the store.
  int gone() const { return gone_; }
  // Supported ones whose confidence was too low.
  int unsure() const { return unsure_; }
  // Of the sentences sent, the mean, which is min_confidence or more; if none was
  // sent, the best of those that were supported; else 0.
  double confidence() const;

 private:
  absl::StatusOr<std::vector<Support>> FindSupport(const CitedSentence& sentence);
  // The footnote's number; sends it if it is new.
  int FootnoteFor(const Support& support);
  Footnote Quote(const Support& support) const;

  const AnswerRequest& request_;
  const int passages_read_;
  const double min_confidence_;
  SupportChecker checker_;
  std::vector<Sentence> sentences_;
  std::vector<Footnote> footnotes_;
  int unsupported_ = 0;
  int gone_ = 0;
  int unsure_ = 0;
  double confidence_sum_ = 0;  // of the sentences sent
  double best_unsure_ = 0;
};

}  // namespace footnote::generator

#endif  // FOOTNOTE_GENERATOR_GROUNDED_DRAFT_CHECKER_H_
