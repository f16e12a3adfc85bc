#include "transformer/encoder/tensor_reader.h"

#include <cmath>
#include <cstring>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "kernels/base/status_macros.h"

namespace footnote::transformer {
namespace {

float HalfToFloat(uint16_t h) {
  const uint32_t sign = static_cast<uint32_t>(h & 0x8000) << 16;
  const uint32_t exponent = (h >> 10) & 0x1F;
  const uint32_t fraction = h & 0x3FF;
  if (exponent == 0) {  // zero or subnormal: fraction * 2^-24
    const float magnitude = std::ldexp(static_cast<float>(fraction), -24);
    return sign != 0 ? -magnitude : magnitude;
  }
  const uint32_t bits = sign | ((exponent == 31 ? 0xFFu : exponent + 112) << 23) | (fraction << 13);
  float value;
  std::memcpy(&value, &bits, sizeof(value));
  return value;
}

float BfloatToFloat(uint16_t b) {
  const uint32_t bits = static_cast<uint32_t>(b) << 16;
  float value;
  std::memcpy(&value, &bits, sizeof(value));
  return value;
}

void Convert(const TensorView& tensor, float (*to_float)(uint16_t), std::vector<float>* values) {
  for (size_t i = 0; i < values->size(); ++i) {
    uint16_t bits;
    std::memcpy(&bits, tensor.data + i * sizeof(bits), sizeof(bits));
    (*values)[i] = to_float(bits);
  }
}

}  // namespace

bool TensorReader::Has(absl::string_view name) const {
  return file_.Find(absl::StrCat(prefix_, name)) != nullptr;
}

absl::StatusOr<std::vector<float>> TensorReader::Read(absl::string_view name,
                                                      const std::vector<int64_t>& shape) const {
  const std::string full = absl::StrCat(prefix_, name);
  const TensorView* tensor = file_.Find(full);
  if (tensor == nullptr) {
    return absl::InvalidArgumentError(
        absl::StrCat(file_.path(), ": no tensor ", full, "; config.json asks for it"));
  }
  if (tensor->shape != shape) {
    return absl::InvalidArgumentError(
        absl::StrCat(file_.path(), ": ", full, " has shape [", absl::StrJoin(tensor->shape, ", "),
                     "], but config.json asks for [", absl::StrJoin(shape, ", "), "]"));
  }
  std::vector<float> values(tensor->elements());
  switch (tensor->dtype) {
    case DType::kF32:
      std::memcpy(values.data(), tensor->data, values.size() * sizeof(float));
      break;
    case DType::kF16:
      Convert(*tensor, HalfToFloat, &values);
      break;
    case DType::kBF16:
      Convert(*tensor, BfloatToFloat, &values);
      break;
    default:
      return absl::UnimplementedError(absl::StrCat(file_.path(), ": ", full, " holds ",
                                                   DTypeName(tensor->dtype),
                                                   "; F32, F16 and BF16 can be read"));
  }
  file_.Release(*tensor);
  for (float v : values) {
    if (!std::isfinite(v)) {
      return absl::DataLossError(
          absl::StrCat(file_.path(), ": ", full, " holds a value that isn't a finite number"));
    }
  }
  return values;
}

absl::StatusOr<LinearWeights> TensorReader::Linear(absl::string_view name, int64_t outputs,
                                                   int64_t inputs) const {
  LinearWeights linear{outputs, inputs, {}, {}};
  const absl::string_view dot = name.empty() ? "" : ".";
  FN_ASSIGN_OR_RETURN(linear.w, Read(absl::StrCat(name, dot, "weight"), {outputs, inputs}));
  FN_ASSIGN_OR_RETURN(linear.b, Read(absl::StrCat(name, dot, "bias"), {outputs}));
  return linear;
}

absl::StatusOr<LayerNormWeights> TensorReader::Norm(absl::string_view name, int64_t dim) const {
  LayerNormWeights norm;
  FN_ASSIGN_OR_RETURN(norm.gain, Read(absl::StrCat(name, ".weight"), {dim}));
  FN_ASSIGN_OR_RETURN(norm.bias, Read(absl::StrCat(name, ".bias"), {dim}));
  return norm;
}

}  // namespace footnote::transformer
