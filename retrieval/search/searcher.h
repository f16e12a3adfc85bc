#ifndef FOOTNOTE_RETRIEVAL_SEARCH_SEARCHER_H_
#define FOOTNOTE_RETRIEVAL_SEARCH_SEARCHER_H_

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "retrieval/engine.h"
#include "retrieval/index/vector_index_options.h"
#include "retrieval/index/view.h"
#include "retrieval/search/query_syntax.h"

namespace footnote::retrieval {

// Errors: InvalidArgument (k, ranking options, neighbours, filter, empty or too long query).
absl::Status CheckRequest(const SearchRequest& request);

// One search over one collection of a view: visibility, candidates of each stage,
// fusion, reranking, folding, diversity, fetching. `query` is the request's as it was
// read; `query_vector` is its embedded text, empty in kLexical. `reranker` may be null unless the
// request reranks. Errors: DataLoss, Cancelled, and the reranker's.
absl::StatusOr<SearchResult> RunSearch(const View& view, const CollectionState& state,
                                       const SearchRequest& request, const ParsedQuery& query,
                                       const std::vector<float>& query_vector,
                                       const transformer::CrossEncoder* reranker,
                                       const VectorIndexOptions& index_options,
                                       std::vector<StageTime> times);

}  // namespace footnote::retrieval

#endif  // FOOTNOTE_RETRIEVAL_SEARCH_SEARCHER_H_
