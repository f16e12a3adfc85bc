#ifndef FOOTNOTE_RETRIEVAL_SEARCH_BM25_H_
#define FOOTNOTE_RETRIEVAL_SEARCH_BM25_H_

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "retrieval/engine.h"
#include "retrieval/index/collection_state.h"
#include "retrieval/search/access.h"
#include "retrieval/store/store.h"

namespace footnote::retrieval {

// BM25 as Robertson and Zaragoza give it (2009, "The Probabilistic Relevance
// Framework"), with the inverse document frequency that can't be negative:
//   idf(t)     = ln(1 + (N - df + 0.5) / (df + 0.5))
//   score(q,c) = sum over t of qtf * idf(t) * tf * (k1 + 1) /
//                              (tf + k1 * (1 - b + b * length(c) / average))
// N, df and the average length are of the chunks that the caller may see, whatever
// a filter then selects.
struct Bm25Options {
  double k1 = 1.2;  // how soon a repeated term stops counting; 0: at once
  double b = 0.75;  // how much long chunks are held back, 0 to 1
};

double Bm25Idf(uint64_t chunks, uint64_t df);
double Bm25TermScore(const Bm25Options& options, double idf, uint32_t tf, uint32_t length,
                     double average_length);

// The terms of a query and how often each stands in it.
std::map<std::string, uint32_t> QueryTerms(absl::string_view query);

// BM25 of every selected chunk that has a term of the query.
struct LexicalScores {
  std::vector<double> score_of_row;  // [state.rows()]; 0: no term
  std::vector<uint32_t> rows;        // those above 0, unordered
};
// Errors: DataLoss (a damaged posting), Cancelled (polled between terms).
absl::StatusOr<LexicalScores> ScoreLexical(const StoreView& store, const CollectionState& state,
                                           const Visibility& visible,
                                           const std::map<std::string, uint32_t>& terms,
                                           const Bm25Options& options,
                                           const std::function<bool()>& cancelled);

// Why `rows`, which are visible, have the scores that ScoreLexical gives them, in
// their order. Reads the postings again: about the time of ScoreLexical. Errors: as
// ScoreLexical.
absl::StatusOr<std::vector<LexicalExplanation>> ExplainLexical(
    const StoreView& store, const CollectionState& state, const Visibility& visible,
    const std::map<std::string, uint32_t>& terms, const Bm25Options& options,
    absl::Span<const uint32_t> rows, const std::function<bool()>& cancelled);

}  // namespace footnote::retrieval

#endif  // FOOTNOTE_RETRIEVAL_SEARCH_BM25_H_
