#include "generator/evidence/score.h"

#include <cmath>

namespace footnote::generator {
namespace {

// Coefficients, in the order of the enumerations in evidence.h. They are set by
// tests/bench/fit_answers.py, which prints both tables.
struct Term {
  int feature;
  double weight;
};

constexpr Term kUnitModel[] = {
    {kUnitCosine, 4.0},       {kUnitContextCosine, 2.0},   {kUnitNeighbourCosine, 0.5},
    {kUnitCoverage, 2.0},     {kUnitContextCoverage, 1.5}, {kPassageCoverage, 0.5},
    {kUnitSalient, 0.5},      {kPassageDense, 1.0},        {kPassageRank, 0.4},
    {kUnitType, 0.6},         {kUnitShort, -1.0},          {kUnitIsQuestion, -1.0},
    {kUnitLeansBack, -0.2},   {kUnitIntroduces, -0.3},     {kUnitIsTerm, -2.0},
    {kUnitLeadCoverage, 1.0},
};

constexpr double kConfidenceIntercept = -9.0;
constexpr Term kConfidenceModel[] = {
    {kBestScore, 0.5},           {kMaxPassageDense, 3.0}, {kBestContextCoverage, 2.0},
    {kBestPassageCoverage, 2.0}, {kMissingSalient, -2.0}, {kAllCoverage, 1.0},
};

template <size_t N, size_t M>
double Linear(const Term (&model)[N], const std::array<double, M>& features) {
  double sum = 0;
  for (const Term& term : model) sum += term.weight * features[term.feature];
  return sum;
}

}  // namespace

double UnitScore(const std::array<double, kUnitFeatureCount>& features) {
  return Linear(kUnitModel, features);
}

double Confidence(const std::array<double, kAnswerFeatureCount>& features) {
  return 1 / (1 + std::exp(-(kConfidenceIntercept + Linear(kConfidenceModel, features))));
}

}  // namespace footnote::generator
