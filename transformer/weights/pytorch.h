#ifndef FOOTNOTE_TRANSFORMER_WEIGHTS_PYTORCH_H_
#define FOOTNOTE_TRANSFORMER_WEIGHTS_PYTORCH_H_

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "transformer/weights/tensor_table.h"

namespace footnote::transformer {

// The tensors of a file that torch.save wrote (since PyTorch 1.6): a zip
// archive of data.pkl, which says what there is, and data/<key>, the elements.
// The views point into `file`. Several tensors may share one storage.
//
// Errors: DataLoss (damaged; the message says how), PermissionDenied (the
// pickle wants more than data), Unimplemented (an older or big-endian file, a
// tensor that is not stored in row-major order).
absl::StatusOr<TensorTable> ParsePytorch(absl::string_view file);

}  // namespace footnote::transformer

#endif  // FOOTNOTE_TRANSFORMER_WEIGHTS_PYTORCH_H_
