#ifndef FOOTNOTE_TRANSFORMER_FAMILIES_SAME_MODEL_H_
#define FOOTNOTE_TRANSFORMER_FAMILIES_SAME_MODEL_H_

#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "transformer/families/definition.h"

namespace footnote::transformer {

// That `other` computes what `model` computes, given the same weights. Names of
// families, and what is added to norms' weights, may differ; rotary frequencies
// count as they come out. A token that `model` doesn't name may be any.
// Errors: Unimplemented, beginning with `layout`, which `other` is described in,
// and naming what differs.
absl::Status CheckSameModel(const TransformerConfig& model, const TransformerConfig& other,
                            absl::string_view layout);

// The linear layers and the norms of one model as two files name them.
struct SourcePairs {
  std::vector<std::pair<const LinearSource*, const LinearSource*>> linears;
  std::vector<std::pair<const NormSource*, const NormSource*>> norms;
  // By linear: whether it is a table that is looked up, never multiplied.
  std::vector<bool> is_table;
};

// Views both sources. Errors: Unimplemented (as above): one has a layer or a bias that the
// other has no place for.
absl::StatusOr<SourcePairs> PairSources(const WeightSource& model, const WeightSource& other,
                                        absl::string_view layout);

}  // namespace footnote::transformer

#endif  // FOOTNOTE_TRANSFORMER_FAMILIES_SAME_MODEL_H_
