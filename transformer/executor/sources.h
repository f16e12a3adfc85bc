#ifndef FOOTNOTE_TRANSFORMER_EXECUTOR_SOURCES_H_
#define FOOTNOTE_TRANSFORMER_EXECUTOR_SOURCES_H_

#include <cstdint>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "kernels/matrix.h"
#include "transformer/families/definition.h"
#include "transformer/families/source_visitor.h"
#include "transformer/language_model.h"
#include "transformer/weights/weight_file.h"

namespace footnote::transformer {

// The format in the file. Errors: InvalidArgument (numbers that aren't weights).
absl::StatusOr<kernels::WeightFormat> StoredFormat(DType dtype);

// The format in memory of what is stored as `stored`.
kernels::WeightFormat HeldFormat(kernels::WeightFormat stored, LinearRole role,
                                 WeightPrecision precision);

// That every tensor that `source` names is in the file with the shape that the
// configuration asks for and holds weights, and that the file holds no other
// tensor. Looks at the table only. Errors: InvalidArgument, naming the tensor.
absl::Status CheckTensors(const WeightSource& source, const WeightFile& file);

// Bytes of all weights in memory. Precondition: CheckTensors passes.
absl::StatusOr<uint64_t> WeightBytes(const WeightSource& source, const WeightFile& file,
                                     WeightPrecision precision);

}  // namespace footnote::transformer

#endif  // FOOTNOTE_TRANSFORMER_EXECUTOR_SOURCES_H_
