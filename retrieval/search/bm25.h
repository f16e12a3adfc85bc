#ifndef FOOTNOTE_RETRIEVAL_SEARCH_BM25_H_
#define FOOTNOTE_RETRIEVAL_SEARCH_BM25_H_

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "transformer/text/language.h"

namespace footnote::retrieval {

// BM25 as Robertson and Zaragoza give it (2009, "The Probabilistic Relevance
// Framework"), with the inverse document frequency that can't be negative:
//   idf(t)     = ln(1 + (N - df + 0.5) / (df + 0.5))
//   score(q,c) = sum over t of qtf * idf(t) * tf * (k1 + 1) /
//                              (tf + k1 * (1 - b + b * length(c) / average))
// N, df and the average length are of the chunks that the caller may see, whatever
// a filter then selects. Terms are added in the order of their bytes, so that a score
// has the same bits however it was found.
struct Bm25Options {
  double k1 = 1.2;  // how soon a repeated term stops counting; 0: at once
  double b = 0.75;  // how much long chunks are held back, 0 to 1
};

// Precondition: df <= chunks.
double Bm25Idf(uint64_t chunks, uint64_t df);

// 1 - b + b * length / average
double Bm25LengthNorm(const Bm25Options& options, uint32_t length, double average_length);

// A term's part of a score. `weight`: qtf * idf. `saturation`: k1 * Bm25LengthNorm.
inline double Bm25TermScore(const Bm25Options& options, double weight, uint32_t tf,
                            double saturation) {
  return weight * tf * (options.k1 + 1) / (tf + saturation);
}

using QueryLanguages = std::vector<const transformer::Language*>;

// The terms of a query and how often each stands in it, in whichever language of
// `languages` it stands there most often: nothing says which of them a short query
// is in, and a passage has the terms of its own language alone.
std::map<std::string, uint32_t> QueryTerms(absl::string_view query,
                                           const QueryLanguages& languages);

// The terms of each word of a query, in all of the languages together.
std::vector<std::set<std::string>> QueryWords(absl::string_view query,
                                              const QueryLanguages& languages);

}  // namespace footnote::retrieval

#endif  // FOOTNOTE_RETRIEVAL_SEARCH_BM25_H_
