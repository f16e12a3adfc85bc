#ifndef FOOTNOTE_GENERATOR_EVIDENCE_EVIDENCE_H_
#define FOOTNOTE_GENERATOR_EVIDENCE_EVIDENCE_H_

#include <array>
#include <functional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "generator/answerer.h"
#include "generator/evidence/question.h"
#include "generator/evidence/units.h"
#include "transformer/embedder.h"

namespace footnote::generator {

// What is known of a unit as an answer to the question. The order is that of
// kUnitFeatureNames and of the coefficients in score.cc.
enum UnitFeature {
  kUnitCosine,           // question and the unit under its headings and term
  kUnitNeighbourCosine,  // the better of the units before and after it
  kUnitCoverage,         // share of the question's terms in it, rare terms counting more
  kUnitLeadCoverage,     // the same with its headings and the term it stands under
  kUnitContextCoverage,  // the same with its neighbours, too
  kPassageCoverage,      // the same with its whole passage
  kUnitSalient,          // share of the salient terms in it or its headings
  kPassageDense,         // cosine of the passage as search found it
  kPassageRank,          // 1 / rank
  kUnitType,             // 1: holds what the question asks for; -1: it should, and doesn't
  kUnitLength,           // log of its words
  kUnitShort,            // fewer than four words
  kUnitShowsHow,         // it is code, or introduces some, and the question asks how
  kUnitIsCode,
  kUnitIsTableRow,
  kUnitIsTerm,
  kUnitIsQuestion,  // ends with a question mark
  kUnitLeansBack,   // begins with "It", "This", "However", ...
  kUnitIntroduces,  // ends with a colon
  kUnitFeatureCount,
};
extern const std::array<const char*, kUnitFeatureCount> kUnitFeatureNames;

struct Candidate {
  int passage = 0;  // index into the given passages
  int unit = 0;     // ordinal among the units of its passage
  Unit place;
  std::vector<bool> has_term;  // one per question term
  std::array<double, kUnitFeatureCount> features{};
  double passage_salient = 0;  // share of the salient terms that its passage has
  double score = 0;            // higher is better; see UnitScore
};

// What is known of the question's evidence as a whole.
enum AnswerFeature {
  kBestScore,  // of the best candidate
  kBestCosine,
  kBestCoverage,
  kBestLeadCoverage,
  kBestContextCoverage,
  kBestPassageCoverage,
  kBestSalient,
  kBestType,
  kBestPassageDense,
  kBestPassageRank,
  kBestLength,
  kMaxPassageDense,
  kMeanPassageDense,
  kMaxCosine,           // over all candidates
  kMargin,              // best score less the best of another passage
  kSpread,              // best cosine less the mean over candidates
  kAllCoverage,         // share of the question's terms in any passage
  kMissingSalient,      // share of the salient terms that no passage has
  kBestMissingSalient,  // ... that the best candidate's passage doesn't have
  kQuestionTerms,       // log of 1 + their number
  kQuestionTyped,       // 1: it asks for a number, a time, a person or a place
  kAnswerFeatureCount,
};
extern const std::array<const char*, kAnswerFeatureCount> kAnswerFeatureNames;

struct Evidence {
  Question question;
  std::vector<std::vector<Unit>> units;  // of each passage
  // terms[p][u][i]: whether unit u of passage p has question term i.
  std::vector<std::vector<std::vector<bool>>> terms;
  std::vector<Candidate> candidates;  // best first
  // Question terms that no passage has, as they stand in the question.
  std::vector<std::string> missing_words;
  // Share of the question's terms that some passage has, rare terms counting more.
  double all_coverage = 0;
};

// Splits the passages into units, keeps the `max_candidates` that promise most
// by words and rank, embeds those in one call and scores them. Errors:
// Cancelled, and those of the embedder.
absl::StatusOr<Evidence> GatherEvidence(const transformer::Embedder& embedder,
                                        absl::string_view question,
                                        absl::Span<const Passage> passages, int max_candidates,
                                        const std::function<bool()>& cancelled);

// Features of answering with candidates[best]. Precondition: best is an index.
std::array<double, kAnswerFeatureCount> AnswerFeatures(const Evidence& evidence,
                                                       absl::Span<const Passage> passages,
                                                       size_t best);

}  // namespace footnote::generator

#endif  // FOOTNOTE_GENERATOR_EVIDENCE_EVIDENCE_H_
