#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "kernels/base/status_macros.h"
#include "retrieval/filter/boost.h"
#include "retrieval/search/searcher.h"

namespace footnote::retrieval {

absl::Status CheckRequest(const SearchRequest& request) {
  struct {
    const char* name;
    int value, min, max;
  } const counts[] = {{"k", request.k, 1, kMaxK},
                      {"candidates", request.candidates, 1, kMaxCandidates},
                      {"rerank_candidates", request.rerank_candidates, 1, kMaxCandidates},
                      {"max_per_document", request.max_per_document, 0, kMaxK},
                      {"neighbours_before", request.neighbours_before, 0, kMaxNeighbours},
                      {"neighbours_after", request.neighbours_after, 0, kMaxNeighbours}};
  for (const auto& c : counts) {
    if (c.value < c.min || c.value > c.max) {
      return absl::InvalidArgumentError(
          absl::StrCat(c.name, " is ", c.value, "; it must be from ", c.min, " to ", c.max));
    }
  }
  struct {
    const char* name;
    double value;
  } const shares[] = {{"dense_weight", request.dense_weight.value_or(0)},
                      {"fold_similarity", request.fold_similarity},
                      {"mmr_lambda", request.mmr_lambda}};
  for (const auto& s : shares) {
    if (!(s.value >= 0 && s.value <= 1)) {
      return absl::InvalidArgumentError(
          absl::StrCat(s.name, " is ", s.value, "; it must be from 0 to 1"));
    }
  }
  if (absl::StripAsciiWhitespace(request.query).empty()) {
    return absl::InvalidArgumentError("the query is empty; say what to look for");
  }
  if (request.query.size() > kMaxQueryBytes) {
    return absl::InvalidArgumentError(absl::StrCat("the query has ", request.query.size(),
                                                   " bytes; at most ", kMaxQueryBytes,
                                                   " are allowed, so shorten it"));
  }
  if (!request.boost.empty()) FN_RETURN_IF_ERROR(ParseBoost(request.boost).status());
  if (request.filter.has_value()) return CheckFilter(*request.filter);
  return absl::OkStatus();
}

}  // namespace footnote::retrieval
