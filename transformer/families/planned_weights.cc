#include "transformer/families/planned_weights.h"

#include <algorithm>

#include "kernels/base/status_macros.h"
#include "transformer/families/source_visitor.h"

namespace footnote::transformer {

void PlannedWeights::AddTensor(const std::string& name, std::vector<int64_t> shape) {
  if (tensors_.count(name) == 0) {
    names_.insert(std::upper_bound(names_.begin(), names_.end(), name), name);
  }
  TensorView view;
  view.shape = std::move(shape);
  tensors_[name] = std::move(view);
}

void PlannedWeights::AddVector(const std::string& name, const std::vector<float>& values) {
  AddTensor(name, {static_cast<int64_t>(values.size())});
  const std::vector<float>& kept = values_[name] = values;
  TensorView& view = tensors_[name];
  view.data = reinterpret_cast<const char*>(kept.data());
  view.bytes = kept.size() * sizeof(float);
}

void PlannedWeights::AddSource(const WeightSource& source) {
  const auto add_linear = [this](const LinearSource& linear, LinearRole) {
    for (const TensorSource& part : linear.weight) {
      std::vector<int64_t> shape = {part.tensor_rows(), linear.columns};
      if (part.transposed) std::swap(shape[0], shape[1]);
      AddTensor(part.name, std::move(shape));
    }
    for (const TensorSource& part : linear.bias) AddTensor(part.name, {part.tensor_rows()});
    return absl::OkStatus();
  };
  const auto add_norm = [this](const NormSource& norm) {
    if (!norm.weight.empty()) AddTensor(norm.weight, {norm.dim});
    if (!norm.bias.empty()) AddTensor(norm.bias, {norm.dim});
    return absl::OkStatus();
  };
  VisitSources(source, {add_linear, add_norm}).IgnoreError();  // neither function fails
}

absl::Status PlannedWeights::SetGguf(const GgufPairs& pairs) {
  pairs_ = pairs.bytes();
  FN_ASSIGN_OR_RETURN(GgufMetadata metadata, ParseGgufPairs(pairs_, pairs.count()));
  gguf_ = std::make_unique<const GgufMetadata>(std::move(metadata));
  return absl::OkStatus();
}

const TensorView* PlannedWeights::Find(absl::string_view name) const {
  const auto it = tensors_.find(name);
  return it == tensors_.end() ? nullptr : &it->second;
}

}  // namespace footnote::transformer
