#ifndef FOOTNOTE_TRANSFORMER_WEIGHTS_WEIGHT_FILE_H_
#define FOOTNOTE_TRANSFORMER_WEIGHTS_WEIGHT_FILE_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace footnote::transformer {

class GgufMetadata;  // transformer/weights/gguf.h

enum class DType {
  kF32,
  kF16,
  kBF16,
  kF64,
  kI64,
  kI32,
  kI16,
  kI8,
  kU8,
  kBool,
  // GGUF's blocks along the last dimension; see kernels::WeightFormat.
  kQ8_0,
  kQ4_0,
  kQ4_1,
  kQ5_0,
  kQ5_1,
  kQ4_K,
  kQ5_K,
  kQ6_K
};

// Elements that are stored together (1 but for GGUF's blocks), and their bytes.
struct DTypeBlock {
  int64_t elements = 1;
  size_t bytes = 0;
};
DTypeBlock BlockOfDType(DType dtype);
// Bytes of one element. Precondition: not one of GGUF's block types.
size_t DTypeSize(DType dtype);
// "F32", "BF16", ...
absl::string_view DTypeName(DType dtype);

// One tensor inside an open WeightFile, row-major and little-endian. It views
// the file and must not outlive it. `data` need not be aligned for its type:
// read elements with memcpy.
struct TensorView {
  DType dtype = DType::kF32;
  std::vector<int64_t> shape;
  const char* data = nullptr;
  size_t bytes = 0;  // of all blocks

  int64_t elements() const {
    int64_t n = 1;
    for (int64_t d : shape) n *= d;
    return n;
  }
};

// A file of named tensors, mapped into memory; nothing in it is executed. All
// sizes were checked against the file's length when it was opened. Immutable
// and thread-safe. The file must not be changed while it is open.
class WeightFile {
 public:
  virtual ~WeightFile() = default;

  // All tensor names, sorted.
  virtual const std::vector<std::string>& names() const = 0;

  // Null if there is no such tensor.
  virtual const TensorView* Find(absl::string_view name) const = 0;

  virtual const std::string& path() const = 0;
  // "safetensors", "pytorch" or "gguf".
  virtual absl::string_view format() const = 0;
  // Null unless the file is a GGUF file.
  virtual const GgufMetadata* gguf() const = 0;
  // Lets go of the memory that holds a tensor's pages; they are read from the
  // disk again when they are touched. For loading within a bound on memory.
  virtual void Release(const TensorView& tensor) const = 0;
  // Of the whole file. Reads it once; thread-safe.
  virtual std::string ContentHash() const = 0;
};

// Opens a weight file, or those of a model folder: model.safetensors, or the
// shards that model.safetensors.index.json lists, else pytorch_model.bin or its
// shards (a zip of a pickle, which is read by a restricted reader
// that refuses any opcode or global outside its allow-list).
//
// Errors: NotFound, DataLoss (damaged; the message names the file and what is
// wrong), Unimplemented (another format, an element type that nothing here reads),
// PermissionDenied.
absl::StatusOr<std::unique_ptr<const WeightFile>> OpenWeights(const std::string& dir_or_file);

}  // namespace footnote::transformer

#endif  // FOOTNOTE_TRANSFORMER_WEIGHTS_WEIGHT_FILE_H_
