#include "transformer/weights/tensor_values.h"

#include <cmath>
#include <cstdint>
#include <cstring>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

namespace footnote::transformer {
namespace {

float FromBits(uint32_t bits) {
  float value;
  std::memcpy(&value, &bits, sizeof(value));
  return value;
}

float FromHalf(uint16_t h) {
  const uint32_t sign = static_cast<uint32_t>(h & 0x8000) << 16;
  const uint32_t exponent = (h >> 10) & 0x1F;
  const uint32_t fraction = h & 0x3FF;
  if (exponent == 0) {  // zero or subnormal: fraction * 2^-24
    const float magnitude = std::ldexp(static_cast<float>(fraction), -24);
    return sign != 0 ? -magnitude : magnitude;
  }
  return FromBits(sign | ((exponent == 31 ? 0xFFu : exponent + 112) << 23) | (fraction << 13));
}

float FromBfloat16(uint16_t b) { return FromBits(static_cast<uint32_t>(b) << 16); }

void Convert(const TensorView& tensor, float (*to_float)(uint16_t), std::vector<float>* values) {
  for (size_t i = 0; i < values->size(); ++i) {
    uint16_t bits;
    std::memcpy(&bits, tensor.data + i * sizeof(bits), sizeof(bits));
    (*values)[i] = to_float(bits);
  }
}

}  // namespace

absl::StatusOr<std::vector<float>> ReadTensorValues(const TensorView& tensor) {
  std::vector<float> values(tensor.elements());
  switch (tensor.dtype) {
    case DType::kF32:
      if (!values.empty()) std::memcpy(values.data(), tensor.data, values.size() * sizeof(float));
      break;
    case DType::kF16:
      Convert(tensor, FromHalf, &values);
      break;
    case DType::kBF16:
      Convert(tensor, FromBfloat16, &values);
      break;
    default:
      return absl::UnimplementedError(
          absl::StrCat("holds ", DTypeName(tensor.dtype), "; F32, F16 and BF16 can be read"));
  }
  for (float value : values) {
    if (!std::isfinite(value)) return absl::DataLossError("holds a value that isn't finite");
  }
  return values;
}

}  // namespace footnote::transformer
