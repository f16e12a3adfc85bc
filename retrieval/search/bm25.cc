#include "retrieval/search/bm25.h"

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

std::map<std::string, uint32_t> QueryTerms(absl::string_view query) {
  std::map<std::string, uint32_t> terms;
  for (transformer::Term& term : transformer::AnalyzeEnglish(query)) ++terms[std::move(term.text)];
  return terms;
}

}  // namespace footnote::retrieval
