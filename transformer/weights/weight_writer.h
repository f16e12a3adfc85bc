#ifndef FOOTNOTE_TRANSFORMER_WEIGHTS_WEIGHT_WRITER_H_
#define FOOTNOTE_TRANSFORMER_WEIGHTS_WEIGHT_WRITER_H_

#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "transformer/weights/weight_file.h"

namespace footnote::transformer {

// Takes the next bytes of a tensor.
using ByteSink = std::function<absl::Status(absl::string_view)>;

// A tensor that is to be written. Its bytes are made while they are written, so
// that a model larger than memory passes through.
struct OutputTensor {
  std::string name;
  DType dtype = DType::kF32;
  std::vector<int64_t> shape;  // outermost first
  // Hands over exactly the bytes of `shape` in `dtype`, in order.
  std::function<absl::Status(const ByteSink&)> write;
};

// `stored` as `dtype`: bytes as they are if it is of that type already, else
// through f32. Precondition: equal types, or CanDequantize and CanQuantize.
// When written: InvalidArgument, naming the tensor, for a number that `dtype`
// can't hold (infinite, NaN, or beyond f16's range). Pages of `file` are let go
// of as they are done. `file` must outlive the result.
OutputTensor ConvertedTensor(std::string name, const WeightFile& file, const TensorView& stored,
                             DType dtype);

// Hands over `values` as `dtype`; `name` is the tensor's. Errors: InvalidArgument
// (a number that `dtype` can't hold), those of `sink`. Precondition: CanQuantize,
// and a whole number of blocks.
absl::Status WriteValues(absl::string_view name, absl::Span<const float> values, DType dtype,
                         const ByteSink& sink);

// Writes a safetensors file, whole or not at all. Errors: InvalidArgument (a
// block type, a tensor that handed over another number of bytes), or of the
// tensors and the disk.
absl::Status WriteSafetensors(const std::string& path, absl::Span<const OutputTensor> tensors);

// Writes `dir`/model.safetensors, or if that would have more than `max_bytes`,
// its parts model-0000i-of-0000n.safetensors in the order of `tensors`, and then
// their index. A tensor larger than `max_bytes` is a part of its own.
absl::Status WriteSafetensorsFolder(const std::string& dir, absl::Span<const OutputTensor> tensors,
                                    uint64_t max_bytes);

// Key-value pairs of a GGUF file's head, in order.
class GgufPairs {
 public:
  void AddU32(absl::string_view key, uint32_t value);
  void AddF32(absl::string_view key, float value);
  void AddBool(absl::string_view key, bool value);
  void AddString(absl::string_view key, absl::string_view value);
  void AddStrings(absl::string_view key, absl::Span<const std::string> values);
  void AddInts(absl::string_view key, absl::Span<const int32_t> values);
  // Numbers from 0 to 255, one byte each.
  void AddBytes(absl::string_view key, absl::string_view values);
  void AddFloats(absl::string_view key, absl::Span<const float> values);
  // A value as another file has it: GgufValue::stored.
  void AddStored(absl::string_view key, absl::string_view stored);

  uint64_t count() const { return count_; }
  const std::string& bytes() const { return bytes_; }

 private:
  void Begin(absl::string_view key, uint32_t type);

  uint64_t count_ = 0;
  std::string bytes_;
};

// Writes a GGUF file of version 3 with tensors at multiples of 32 bytes, whole or
// not at all. Precondition: `pairs` has no general.alignment. Errors:
// Unimplemented (a type that GGUF lacks), InvalidArgument, as above.
absl::Status WriteGguf(const std::string& path, const GgufPairs& pairs,
                       absl::Span<const OutputTensor> tensors);

}  // namespace footnote::transformer

#endif  // FOOTNOTE_TRANSFORMER_WEIGHTS_WEIGHT_WRITER_H_
