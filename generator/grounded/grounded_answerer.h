#ifndef FOOTNOTE_GENERATOR_GROUNDED_GROUNDED_ANSWERER_H_
#define FOOTNOTE_GENERATOR_GROUNDED_GROUNDED_ANSWERER_H_

#include <memory>
#include <string>

#include "generator/answerer.h"
#include "generator/decoding/sampler.h"
#include "generator/grounded/prompt.h"
#include "generator/grounded/support.h"
#include "generator/runner/model_runner.h"
#include "transformer/embedder.h"

namespace footnote::generator {

struct GroundedOptions {
  // name() of the answerer and author of its answers: the model's name.
  std::string name;
  // A loaded adapter's name; empty: the base model.
  std::string adapter;
  // Tokens of a draft, at least 1. What doesn't fit is lost with its last
  // sentence.
  int max_tokens = 256;
  // Greedy, so that the same question over the same passages gets the same
  // answer.
  SamplingOptions sampling;
  SupportOptions support;
  // The least confidence of a sentence that is sent, 0 to 1. Higher answers less
  // often and errs less often.
  double min_confidence = 0.5;
};

// An answerer that lets a language model write, and sends of its draft only the
// sentences that a passage bears out. The model reads the passages and then the
// question; the marks "[n]" that it writes can only name passages that it was
// given (see CitationVocabulary). A sentence with marks must be supported by a
// passage that it marks, one without by any of those given; see SupportChecker.
// Its footnotes quote the supporting units verbatim, checked with stored_text.
// When no sentence is left the outcome is kAbstained.
//
// Sentences are checked and sent while the model writes the next.
//
// A sentence's confidence is the geometric mean of the probabilities that the model
// gave the tokens of its draft up to there, times the sentence's support
// (Support::score); Answer::confidence is the mean of the sentences sent. It isn't
// calibrated: it orders a model's answers and shouldn't be compared between models.
//
// `runner` and `embedder` must outlive the answerer. Thread-safe. Errors of Run,
// beyond those of Answerer: those of ModelRunner::Submit and Generation::Read,
// and of MakeGroundedPrompt.
std::unique_ptr<Answerer> MakeGroundedAnswerer(ModelRunner* runner,
                                               const transformer::Embedder* embedder,
                                               PromptMaker make_prompt,
                                               const GroundedOptions& options);

}  // namespace footnote::generator

#endif  // FOOTNOTE_GENERATOR_GROUNDED_GROUNDED_ANSWERER_H_
