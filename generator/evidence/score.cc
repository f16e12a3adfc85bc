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

// The fitting sets hold too few units that show how or that ask something:
// the last two are set by hand.
constexpr Term kUnitModel[] = {
    {kUnitCosine, 4.873},       {kUnitNeighbourCosine, 2.353}, {kUnitCoverage, 2.159},
    {kUnitLeadCoverage, 2.540}, {kUnitContextCoverage, 1.367}, {kPassageCoverage, -1.360},
    {kPassageDense, 4.925},     {kPassageRank, 0.342},         {kUnitType, 0.425},
    {kUnitLength, 0.280},       {kUnitShort, -1.443},          {kUnitIsTerm, -2.439},
    {kUnitLeansBack, -0.849},   {kUnitIntroduces, -0.138},     {kUnitShowsHow, 2.000},
    {kUnitIsQuestion, -1.000},
};

constexpr double kConfidenceIntercept = -5.379;
constexpr Term kConfidenceModel[] = {
    {kBestCoverage, 1.204},        {kBestLeadCoverage, 0.761}, {kBestContextCoverage, 0.227},
    {kBestPassageCoverage, 0.142}, {kBestSalient, 1.805},      {kMaxPassageDense, 0.551},
    {kMeanPassageDense, 3.178},    {kMissingSalient, -1.366},
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
