#ifndef FOOTNOTE_GENERATOR_EXTRACTIVE_H_
#define FOOTNOTE_GENERATOR_EXTRACTIVE_H_

#include <memory>

#include "generator/answerer.h"
#include "transformer/embedder.h"

namespace footnote::generator {

struct ExtractiveOptions {
  // The least confidence that is answered; below it the outcome is kAbstained.
  // 0 to 1. Higher answers less often and errs less often; see
  // tests/bench/answers.md for the trade at several values.
  double min_confidence = 0.5;
  // Sentences of an answer, at least 1.
  int max_sentences = 3;
  // Sentences that are embedded per question, at least 1. They go through the
  // encoder in one call, which is nearly all the time that an answer takes.
  int max_candidates = 48;
};

// An answerer that needs no language model: it scores the sentences, list
// items, table rows and stretches of code of the passages against the question
// and answers with the best ones, verbatim and in reading order, one footnote
// each. name() is "extractive".
//
// `embedder` must outlive the answerer and should be the one that the passages
// were found with. Thread-safe: Run keeps no state. Errors of Run, beyond
// those of Answerer: InvalidArgument for a passage whose text isn't as long as
// its bytes and for a request without stored_text.
std::unique_ptr<Answerer> MakeExtractiveAnswerer(const transformer::Embedder* embedder,
                                                 const ExtractiveOptions& options);

}  // namespace footnote::generator

#endif  // FOOTNOTE_GENERATOR_EXTRACTIVE_H_
