#ifndef FOOTNOTE_RETRIEVAL_SEARCH_HIGHLIGHT_H_
#define FOOTNOTE_RETRIEVAL_SEARCH_HIGHLIGHT_H_

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "transformer/text/language.h"

namespace footnote::retrieval {

// Where the query's terms stand in `text`, which is in `language`: byte ranges, ascending, merged
// where they overlap.
std::vector<std::pair<uint32_t, uint32_t>> Highlights(
    absl::string_view text, const transformer::Language& language,
    const std::map<std::string, uint32_t>& query_terms);

}  // namespace footnote::retrieval

#endif  // FOOTNOTE_RETRIEVAL_SEARCH_HIGHLIGHT_H_
