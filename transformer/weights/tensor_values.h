#ifndef FOOTNOTE_TRANSFORMER_WEIGHTS_TENSOR_VALUES_H_
#define FOOTNOTE_TRANSFORMER_WEIGHTS_TENSOR_VALUES_H_

#include <vector>

#include "absl/status/statusor.h"
#include "transformer/weights/weight_file.h"

namespace footnote::transformer {

// All elements of a tensor of F32, F16 or BF16 as f32, in order. Errors:
// Unimplemented (another type), DataLoss (a value that isn't finite).
absl::StatusOr<std::vector<float>> ReadTensorValues(const TensorView& tensor);

}  // namespace footnote::transformer

#endif  // FOOTNOTE_TRANSFORMER_WEIGHTS_TENSOR_VALUES_H_
