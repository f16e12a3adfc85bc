#ifndef FOOTNOTE_RETRIEVAL_SEARCH_FUSION_H_
#define FOOTNOTE_RETRIEVAL_SEARCH_FUSION_H_

#include <cstdint>
#include <optional>
#include <vector>

#include "retrieval/engine.h"

namespace footnote::retrieval {

// A passage that a stage found, with what every stage says of it. The first two
// scores are those of the passage itself, whether or not the stage had it among
// its best; the rank is 0 where it hadn't.
struct Candidate {
  uint32_t row = 0;
  StageScore dense;
  StageScore lexical;
  double score = 0;             // of the last stage that scored it
  std::optional<double> boost;  // nullopt: the search has none
  StageScore fused;
  StageScore reranked;
  StageScore diversity;
  // Rows that were folded into it, with their similarity.
  struct Folded {
    uint32_t row = 0;
    double similarity = 0;
  };
  std::vector<Folded> folded;
};

// Sets score of each candidate.
//   kConvex:         w * cosine + (1 - w) * BM25 / the best BM25 of the candidates. The
//                    cosine needs no scaling, and BM25 is scaled from its theoretical
//                    minimum, 0, rather than the worst candidate's (Bruch, Gai and
//                    Ingber 2023, "An Analysis of Fusion Functions for Hybrid
//                    Retrieval"). Of six scalings this one and w = 0.6 did best over
//                    Cranfield and SQuAD's paragraphs together.
//   kReciprocalRank: the sum of 1 / (60 + rank) over the stages that found it
//                    (Cormack, Clarke and Buettcher 2009).
//   One stage alone (kDense, kLexical): its own score.
void Fuse(SearchMode mode, Fusion fusion, double dense_weight, std::vector<Candidate>* candidates);

}  // namespace footnote::retrieval

#endif  // FOOTNOTE_RETRIEVAL_SEARCH_FUSION_H_
