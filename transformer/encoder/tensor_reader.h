#ifndef FOOTNOTE_TRANSFORMER_ENCODER_TENSOR_READER_H_
#define FOOTNOTE_TRANSFORMER_ENCODER_TENSOR_READER_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "transformer/weights/weight_file.h"

namespace footnote::transformer {

// One linear layer: y = w x + b. w is row-major [outputs, inputs].
struct LinearWeights {
  int64_t outputs = 0;
  int64_t inputs = 0;
  std::vector<float> w;
  std::vector<float> b;
};

struct LayerNormWeights {
  std::vector<float> gain;
  std::vector<float> bias;
};

// Reads tensors of a file by name, as f32, and checks what it reads. The file's
// pages are let go of once they were copied. Views the file.
//
// Errors of all: InvalidArgument: a tensor is missing or has another shape.
// Unimplemented: an element type that isn't F32, F16 or BF16. DataLoss: a number
// that isn't finite. Messages name tensor and file.
class TensorReader {
 public:
  // `prefix` stands before every name.
  TensorReader(const WeightFile& file, absl::string_view prefix) : file_(file), prefix_(prefix) {}

  bool Has(absl::string_view name) const;
  absl::StatusOr<std::vector<float>> Read(absl::string_view name,
                                          const std::vector<int64_t>& shape) const;
  // name.weight and name.bias; weight and bias where `name` is empty
  absl::StatusOr<LinearWeights> Linear(absl::string_view name, int64_t outputs,
                                       int64_t inputs) const;
  absl::StatusOr<LayerNormWeights> Norm(absl::string_view name, int64_t dim) const;

 private:
  const WeightFile& file_;
  const std::string prefix_;
};

}  // namespace footnote::transformer

#endif  // FOOTNOTE_TRANSFORMER_ENCODER_TENSOR_READER_H_
