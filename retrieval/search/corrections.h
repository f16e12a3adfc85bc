#ifndef FOOTNOTE_RETRIEVAL_SEARCH_CORRECTIONS_H_
#define FOOTNOTE_RETRIEVAL_SEARCH_CORRECTIONS_H_

#include <vector>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "retrieval/engine.h"
#include "retrieval/search/bm25.h"
#include "retrieval/search/lexical_query.h"

namespace footnote::retrieval {

// The misspelt words of a query with what the hits have in their place. Terms are stems,
// so the words are taken from the texts, read in each of the languages: the query's
// own, and the first hit's that has the term. A word whose replacements stand in no hit is left
// out.
std::vector<Correction> Corrections(absl::string_view query, const QueryLanguages& languages,
                                    absl::Span<const LexicalQuery::Term> terms,
                                    absl::Span<const Hit> hits);

}  // namespace footnote::retrieval

#endif  // FOOTNOTE_RETRIEVAL_SEARCH_CORRECTIONS_H_
