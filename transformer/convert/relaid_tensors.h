#ifndef FOOTNOTE_TRANSFORMER_CONVERT_RELAID_TENSORS_H_
#define FOOTNOTE_TRANSFORMER_CONVERT_RELAID_TENSORS_H_

#include <functional>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "transformer/families/definition.h"
#include "transformer/weights/weight_file.h"
#include "transformer/weights/weight_writer.h"

namespace footnote::transformer {

// Of which type to write a tensor: `vector`: one of one dimension; `table`: it is
// looked up, never multiplied; `columns`: of its rows.
using ChooseType = std::function<DType(bool vector, bool table, int64_t columns)>;

// The tensors of `target`, filled from those of `source`, which are in `file`:
// rows in the target's order, matrices cut or joined and transposed as it has
// them, and norms' weights with what its configuration doesn't add.
// Both must outlive the result, as must `file`. When a tensor is written:
// InvalidArgument for a number that its type can't hold.
//
// Errors: Unimplemented, beginning with `layout`: the two don't fit each other.
absl::StatusOr<std::vector<OutputTensor>> RelaidTensors(const WeightFile& file,
                                                        const ModelDefinition& source,
                                                        const ModelDefinition& target,
                                                        absl::string_view layout,
                                                        const ChooseType& choose);

}  // namespace footnote::transformer

#endif  // FOOTNOTE_TRANSFORMER_CONVERT_RELAID_TENSORS_H_
