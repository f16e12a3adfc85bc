#ifndef FOOTNOTE_GENERATOR_EVIDENCE_SCORE_H_
#define FOOTNOTE_GENERATOR_EVIDENCE_SCORE_H_

#include <array>

#include "generator/evidence/evidence.h"

namespace footnote::generator {

// How well a unit answers, for comparing the units of one question. The log
// odds of a logistic model.
double UnitScore(const std::array<double, kUnitFeatureCount>& features);

// Probability, 0 to 1, that the answer with these features is right.
double Confidence(const std::array<double, kAnswerFeatureCount>& features);

}  // namespace footnote::generator

#endif  // FOOTNOTE_GENERATOR_EVIDENCE_SCORE_H_
