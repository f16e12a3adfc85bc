#include "retrieval/search/highlight.h"

#include <algorithm>

#include "transformer/text/analyzer.h"

namespace footnote::retrieval {

std::vector<std::pair<uint32_t, uint32_t>> Highlights(
    absl::string_view text, const transformer::Language& language,
    const std::map<std::string, uint32_t>& query_terms) {
  std::vector<std::pair<uint32_t, uint32_t>> out;
  for (const transformer::Term& term : transformer::Analyze(text, language)) {
    if (!query_terms.contains(term.text)) continue;
    const auto begin = static_cast<uint32_t>(term.span.begin);
    const auto end = static_cast<uint32_t>(term.span.end);
    if (!out.empty() && begin < out.back().second) {
      out.back().second = std::max(out.back().second, end);
    } else {
      out.emplace_back(begin, end);
    }
  }
  return out;
}

}  // namespace footnote::retrieval
