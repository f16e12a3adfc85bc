#ifndef FOOTNOTE_TRANSFORMER_EXECUTOR_WEIGHT_LOADER_H_
#define FOOTNOTE_TRANSFORMER_EXECUTOR_WEIGHT_LOADER_H_

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "kernels/ops.h"
#include "transformer/executor/sources.h"
#include "transformer/executor/weights.h"
#include "transformer/families/definition.h"
#include "transformer/language_model.h"
#include "transformer/weights/weight_file.h"

namespace footnote::transformer {

// Brings weights from a file to a device, tensor by tensor: each is read once
// and its pages are let go of at once, so that a load takes little more than the
// weights themselves. Precondition of all: CheckTensors passed.
//
// Errors: DataLoss (a number that isn't finite; the message names the tensor),
// ResourceExhausted.
class WeightLoader {
 public:
  // Both must outlive this.
  WeightLoader(kernels::Ops* ops, const WeightFile* file, WeightPrecision precision)
      : ops_(ops), file_(file), precision_(precision) {}

  // Linears must be loaded in the order of VisitSources. Absent gives absent.
  absl::StatusOr<Linear> LoadLinear(const LinearSource& source, LinearRole role);
  // `offset` is added to the weights.
  absl::StatusOr<Norm> LoadNorm(const NormSource& source, float offset);

  // T5's table of relative positions, spread out by distance. Absent gives none.
  absl::StatusOr<DistanceBias> LoadRelativeBias(const LinearSource& source,
                                                const TransformerConfig& config,
                                                bool bidirectional);

  // A hash of all that was loaded: names, types, shapes and bytes.
  std::string ContentHash() const;

 private:
  absl::StatusOr<DeviceVector> LoadVector(const std::vector<TensorSource>& parts);
  absl::StatusOr<DeviceVector> Upload(const std::vector<float>& values);
  // Hashes the tensor and lets go of its pages.
  void Done(const std::string& name);

  kernels::Ops* ops_;
  const WeightFile* file_;
  WeightPrecision precision_;
  int next_id_ = 0;
  std::map<std::string, std::string> hashes_;  // by tensor
};

absl::StatusOr<DecoderWeights> LoadDecoderWeights(const ModelDefinition& model,
                                                  WeightLoader* loader);
// After the decoder's. Without layers where the model has no encoder.
absl::StatusOr<EncoderWeights> LoadEncoderWeights(const ModelDefinition& model,
                                                  WeightLoader* loader);

}  // namespace footnote::transformer

#endif  // FOOTNOTE_TRANSFORMER_EXECUTOR_WEIGHT_LOADER_H_
