#ifndef FOOTNOTE_RETRIEVAL_SEARCH_MAX_SCORE_H_
#define FOOTNOTE_RETRIEVAL_SEARCH_MAX_SCORE_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "retrieval/index/bitmap.h"
#include "retrieval/search/lexical_query.h"

namespace footnote::retrieval {

// A passage's row and its BM25 score.
struct LexicalMatch {
  uint32_t row = 0;
  double score = 0;
};

enum class LexicalPlan {
  kScan,  // walk the postings, passing over what can't be among the best
  kSeek,  // look each selected row up
};

// Which of the two is likely to be faster where `selected` rows are.
LexicalPlan PlanLexical(const LexicalQuery& query, size_t selected);

// The best `n` of the `count` rows in `selected` that have a term of the query, best
// first; of equal scores the one that is `before` the other. The same, to the bit, as
// scoring every row. Errors: Cancelled.
//
// kScan is MaxScore by blocks (Turtle and Flood 1995, "Query Evaluation: Strategies and
// Optimizations"; Ding and Suel 2011, "Faster Top-k Document Retrieval Using Block-Max
// Indexes"), over windows of rows: in each, terms whose bounds there don't reach the
// n-th best score together only add to rows that another term has found. It is chosen
// over WAND because it reads whole blocks in a plain loop, without ordering cursors
// anew at each row, which is where WAND loses on queries of frequent terms.
absl::StatusOr<std::vector<LexicalMatch>> SearchLexical(
    const LexicalQuery& query, const Bitmap& selected, size_t count, size_t n, LexicalPlan plan,
    absl::FunctionRef<bool(uint32_t, uint32_t)> before, const std::function<bool()>& cancelled);

}  // namespace footnote::retrieval

#endif  // FOOTNOTE_RETRIEVAL_SEARCH_MAX_SCORE_H_
