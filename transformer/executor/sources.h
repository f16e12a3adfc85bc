#ifndef FOOTNOTE_TRANSFORMER_EXECUTOR_SOURCES_H_
#define FOOTNOTE_TRANSFORMER_EXECUTOR_SOURCES_H_

#include <cstdint>
#include <functional>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "kernels/matrix.h"
#include "transformer/families/definition.h"
#include "transformer/language_model.h"
#include "transformer/weights/weight_file.h"

namespace footnote::transformer {

// What a linear source is used for; it decides at which precision it is held.
enum class LinearRole {
  kProduct,    // a matrix of a layer
  kEmbedding,  // the token table or the head: held at 8 bits where 4 are asked for
  kTable,      // positions: never quantised
};

// Calls the functions for every linear layer and every norm that the model has,
// in one fixed order. A linear's number in that order is its Linear::id.
struct SourceVisitor {
  std::function<absl::Status(const LinearSource&, LinearRole)> linear;
  std::function<absl::Status(const NormSource&)> norm;
};
absl::Status VisitSources(const WeightSource& source, const SourceVisitor& visitor);

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
