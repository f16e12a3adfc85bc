#include "retrieval/search/fusion.h"

#include <algorithm>

namespace footnote::retrieval {
namespace {

constexpr double kReciprocalRankOffset = 60;

double ReciprocalRank(const StageScore& stage) {
  return stage.rank == 0 ? 0.0 : 1.0 / (kReciprocalRankOffset + stage.rank);
}

}  // namespace

void Fuse(SearchMode mode, Fusion fusion, double dense_weight, std::vector<Candidate>* candidates) {
  double best_lexical = 0;
  for (const Candidate& c : *candidates) best_lexical = std::max(best_lexical, c.lexical.score);
  for (Candidate& c : *candidates) {
    if (mode == SearchMode::kDense) {
      c.score = c.dense.score;
    } else if (mode == SearchMode::kLexical) {
      c.score = c.lexical.score;
    } else if (fusion == Fusion::kReciprocalRank) {
      c.score = ReciprocalRank(c.dense) + ReciprocalRank(c.lexical);
    } else {
      const double lexical = best_lexical > 0 ? c.lexical.score / best_lexical : 0;
      c.score = dense_weight * c.dense.score + (1 - dense_weight) * lexical;
    }
  }
}

}  // namespace footnote::retrieval
