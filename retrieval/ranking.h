#ifndef FOOTNOTE_RETRIEVAL_RANKING_H_
#define FOOTNOTE_RETRIEVAL_RANKING_H_

#include <optional>
#include <string>

namespace footnote::retrieval {

enum class SearchMode { kHybrid, kDense, kLexical };
enum class Fusion { kConvex, kReciprocalRank };

// Passages of one result, and of each stage before it.
inline constexpr int kMaxK = 1000;
inline constexpr int kMaxCandidates = 1000;
// Of the dense score, where nothing else was said or learned (see search/fusion.h).
inline constexpr double kDefaultDenseWeight = 0.6;

// How passages become a ranking, in the order of the stages: those of `mode` find
// candidates, fusion and the boost order their union, the reranker orders the best of it anew,
// near duplicates are folded, and the result is chosen with diversity. The
// defaults stop after fusion.
struct RankingOptions {
  SearchMode mode = SearchMode::kHybrid;
  // Whether a word that no passage has counts as those that resemble it, with less
  // weight (see search/similar_terms.h).
  bool fuzzy = true;
  // Passages that a stage hands to fusion, 1 to kMaxCandidates; as many as the
  // result or the reranker needs where this is less.
  int candidates = 200;
  Fusion fusion = Fusion::kConvex;
  // Weight of the dense score in the convex combination, 0 to 1. None: the
  // collection's (Engine::SetDenseWeight), else kDefaultDenseWeight.
  std::optional<double> dense_weight;
  // An expression (see filter/boost.h) over the document's fields by which the fused
  // score of each candidate is multiplied, for documents that matter more or are newer;
  // what it comes to is held between 0.001 and 1,000. Empty: nothing.
  std::string boost;
  // Whether the engine's cross-encoder scores the best of the fused ranking, and
  // how many of them, 1 to kMaxCandidates: time grows with them. The others follow
  // behind in the order that they had.
  bool rerank = false;
  int rerank_candidates = 50;
  // A passage is folded into a better one whose text resembles its own this much:
  // the share of both texts' three-word shingles that they have in common, 0 to 1.
  // 0: nothing is folded.
  double fold_similarity = 0;
  // Passages of one document in the result; 0: any number.
  int max_per_document = 0;
  // Maximal marginal relevance: the weight of relevance against novelty, 0 to 1.
  // 1: relevance alone.
  double mmr_lambda = 1;
  friend bool operator==(const RankingOptions&, const RankingOptions&) = default;
};

}  // namespace footnote::retrieval

#endif  // FOOTNOTE_RETRIEVAL_RANKING_H_
