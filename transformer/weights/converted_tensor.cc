#include <algorithm>
#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "kernels/base/status_macros.h"
#include "transformer/weights/block_quant.h"
#include "transformer/weights/weight_writer.h"

namespace footnote::transformer {
namespace {

constexpr float kMaxHalf = 65504;
// A multiple of every block.
constexpr int64_t kChunkElements = int64_t{1} << 18;

// Whether `dtype` can hold x: those with f16 numbers in them have its range.
bool Holds(DType dtype, float x) {
  if (dtype == DType::kF32 || dtype == DType::kBF16) return true;
  return std::isfinite(x) && std::fabs(x) <= kMaxHalf;
}

absl::Status WriteConverted(const std::string& name, const TensorView& stored, DType dtype,
                            const ByteSink& sink) {
  const DTypeBlock in = BlockOfDType(stored.dtype);
  std::vector<float> values(static_cast<size_t>(std::min(stored.elements(), kChunkElements)));
  const char* data = stored.data;
  for (int64_t done = 0; done < stored.elements();) {
    const int64_t n = std::min(kChunkElements, stored.elements() - done);
    DequantizeRow(stored.dtype, data, n, values.data());
    FN_RETURN_IF_ERROR(
        WriteValues(name, absl::MakeConstSpan(values).first(static_cast<size_t>(n)), dtype, sink));
    done += n;
    data += static_cast<size_t>(n / in.elements) * in.bytes;
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status WriteValues(absl::string_view name, absl::Span<const float> values, DType dtype,
                         const ByteSink& sink) {
  for (const float value : values) {
    if (Holds(dtype, value)) continue;
    return absl::InvalidArgumentError(
        absl::StrCat("the tensor \"", absl::CHexEscape(name), "\" has the value ", value,
                     ", which ", DTypeName(dtype), " can't hold; convert to bf16 or f32 instead"));
  }
  const DTypeBlock block = BlockOfDType(dtype);
  const auto n = static_cast<int64_t>(values.size());
  std::string bytes(static_cast<size_t>(n / block.elements) * block.bytes, '\0');
  QuantizeRow(dtype, values.data(), n, bytes.data());
  return sink(bytes);
}

OutputTensor ConvertedTensor(std::string name, const WeightFile& file, const TensorView& stored,
                             DType dtype) {
  OutputTensor out;
  out.name = std::move(name);
  out.dtype = dtype;
  out.shape = stored.shape;
  out.write = [&file, stored, dtype, name = out.name](const ByteSink& sink) {
    FN_RETURN_IF_ERROR(dtype == stored.dtype ? sink(absl::string_view(stored.data, stored.bytes))
                                             : WriteConverted(name, stored, dtype, sink));
    file.Release(stored);
    return absl::OkStatus();
  };
  return out;
}

}  // namespace footnote::transformer
