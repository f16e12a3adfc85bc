#ifndef FOOTNOTE_RETRIEVAL_EVAL_EVALUATE_H_
#define FOOTNOTE_RETRIEVAL_EVAL_EVALUATE_H_

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "retrieval/engine.h"
#include "retrieval/eval/beir.h"
#include "retrieval/eval/compare.h"
#include "retrieval/eval/metrics.h"
#include "retrieval/eval/trec_run.h"
#include "transformer/embedder.h"

namespace footnote::retrieval {

// A test collection: documents, queries, and which documents answer which query.
struct TestCollection {
  std::vector<CorpusDocument> corpus;
  std::vector<EvalQuery> queries;
  Qrels qrels;
};

// Its RankingOptions say how each query's passages are ranked.
struct EvaluationOptions : RankingOptions {
  // Needed where the options rerank; must outlive the evaluation.
  const transformer::CrossEncoder* reranker = nullptr;
  // Whether the convex combination's weight is learned: for each query from the
  // judgments of other queries (LearnHeldOut with `seed`), so that the figures are
  // those of queries that weren't learned from. For kHybrid with kConvex.
  bool learn_weight = false;
  uint64_t seed = 1;
  // Passages ranked per query, 1 to kMaxK. 1,000 is TREC's depth; map and
  // recall@100 fall with less.
  int depth = 1000;
  // Where the throw-away store is made: a folder that is empty or isn't there.
  // The caller removes it.
  std::string store_dir;
  std::function<bool()> cancelled;  // may be null
  // Called with ("indexing" or "searching", done, total); may be null.
  std::function<void(absl::string_view, uint64_t, uint64_t)> progress;
};

struct EvaluationReport {
  RankingMetrics metrics;    // means over the queries
  int queries = 0;           // with judgments
  int documents = 0;         // indexed
  double index_seconds = 0;  // embedding and writing the corpus
  // Time of a search for the 10 best passages, one at a time, the embedding of
  // its query included.
  double query_ms_p50 = 0;
  double query_ms_p99 = 0;
  std::vector<QueryRun> runs;
  std::vector<QueryFigures> per_query;  // of each of `runs`
  std::vector<double> learned_weights;  // of each of `runs`; empty: not learned
  std::string reranker;                 // its fingerprint; empty: none ran
  std::vector<std::string> warnings;    // what is odd about the collection
};

// Indexes the corpus, one passage per document (heading path = title), and runs
// every query that has judgments. A document is embedded as its title, white
// space and its text, as users of sentence-transformers do with this layout, and
// cut at the model's limit. Documents without any text can't be found; a
// warning counts them.
// Errors: InvalidArgument (no query has judgments, or too few to learn from; options), Cancelled,
// and those of the engine and the embedder.
absl::StatusOr<EvaluationReport> EvaluateRetrieval(const TestCollection& collection,
                                                   const transformer::Embedder& embedder,
                                                   const EvaluationOptions& options);

// The smallest of `values` that at least `fraction` (0 to 1) of them don't
// exceed (the nearest-rank percentile); 0 if there are none.
double Percentile(std::vector<double> values, double fraction);

}  // namespace footnote::retrieval

#endif  // FOOTNOTE_RETRIEVAL_EVAL_EVALUATE_H_
