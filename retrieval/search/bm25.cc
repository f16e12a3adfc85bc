#include "retrieval/search/bm25.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "transformer/text/analyzer.h"

namespace footnote::retrieval {

double Bm25Idf(uint64_t chunks, uint64_t df) {
  const auto n = static_cast<double>(chunks), f = static_cast<double>(df);
  return std::log1p((n - f + 0.5) / (f + 0.5));
}

double Bm25LengthNorm(const Bm25Options& options, uint32_t length, double average_length) {
  return 1 - options.b + options.b * length / average_length;
}

std::map<std::string, uint32_t> QueryTerms(absl::string_view query,
                                           const QueryLanguages& languages) {
  std::map<std::string, uint32_t> most;
  for (const transformer::Language* language : languages) {
    std::map<std::string, uint32_t> terms;
    for (transformer::Term& term : transformer::Analyze(query, *language)) {
      ++terms[std::move(term.text)];
    }
    for (const auto& [term, count] : terms) most[term] = std::max(most[term], count);
  }
  return most;
}

std::vector<std::set<std::string>> QueryWords(absl::string_view query,
                                              const QueryLanguages& languages) {
  std::map<std::pair<size_t, size_t>, std::set<std::string>> words;
  for (const transformer::Language* language : languages) {
    for (transformer::Term& term : transformer::Analyze(query, *language)) {
      words[{term.span.begin, term.span.end}].insert(std::move(term.text));
    }
  }
  std::vector<std::set<std::string>> out;
  out.reserve(words.size());
  for (auto& [span, terms] : words) out.push_back(std::move(terms));
  return out;
}

}  // namespace footnote::retrieval
