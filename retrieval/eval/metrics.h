#ifndef FOOTNOTE_RETRIEVAL_EVAL_METRICS_H_
#define FOOTNOTE_RETRIEVAL_EVAL_METRICS_H_

#include <map>
#include <string>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace footnote::retrieval {

// Relevance of documents to one query; a document that isn't there was not
// judged and counts as not relevant, as does a grade of 0 or less.
using Judgments = absl::flat_hash_map<std::string, int>;
// By query id.
using Qrels = std::map<std::string, Judgments>;

// Figures of one ranking, or their mean over queries. Each equals trec_eval's
// measure of the name beside it.
struct RankingMetrics {
  double ndcg_10 = 0;     // ndcg_cut_10: gain = grade, discount = log2(rank + 1)
  double map = 0;         // map, over the whole ranking; relevant: grade of 1 or more
  double mrr_10 = 0;      // recip_rank of the first 10
  double recall_10 = 0;   // recall_10
  double recall_100 = 0;  // recall_100
};

// A figure's name, as it is printed, and where it is.
struct Figure {
  const char* name;
  double RankingMetrics::*value;
};
absl::Span<const Figure> Figures();

// `ranking` holds document ids, best first, without repeats. A query without a
// relevant document scores 0 everywhere.
RankingMetrics ScoreRanking(const Judgments& judgments, absl::Span<const std::string> ranking);

// The mean, each query weighing the same. Zeros if there is none.
RankingMetrics MeanOf(absl::Span<const RankingMetrics> queries);

}  // namespace footnote::retrieval

#endif  // FOOTNOTE_RETRIEVAL_EVAL_METRICS_H_
