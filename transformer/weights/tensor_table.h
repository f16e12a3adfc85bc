#ifndef FOOTNOTE_TRANSFORMER_WEIGHTS_TENSOR_TABLE_H_
#define FOOTNOTE_TRANSFORMER_WEIGHTS_TENSOR_TABLE_H_

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "transformer/io/file.h"
#include "transformer/weights/weight_file.h"

namespace footnote::transformer {

// No published model comes near these; beyond them a file is damaged.
inline constexpr size_t kMaxTensors = 100'000;
inline constexpr size_t kMaxDimensions = 8;

// Bytes of a tensor of this shape. Errors: DataLoss (a negative dimension, too
// many of them, or a product that does not fit).
absl::StatusOr<uint64_t> TensorBytes(absl::Span<const int64_t> shape, DType dtype);

// A name from a file for a message: in quotes, unprintable bytes as escapes.
std::string Quoted(absl::string_view name);

using TensorTable = std::map<std::string, TensorView, std::less<>>;

// What a file holds, as its parser found it.
struct WeightContents {
  TensorTable tensors;
  std::unique_ptr<const GgufMetadata> gguf;  // null unless a GGUF file
};

// A WeightFile over tables of views into `files`, merged into `contents`. `path`
// is what its path() says: the file, or the index of several. Precondition: at
// least one file.
std::unique_ptr<const WeightFile> MakeWeightFile(
    std::string path, absl::string_view format,
    std::vector<std::unique_ptr<const MappedFile>> files, WeightContents contents);

}  // namespace footnote::transformer

#endif  // FOOTNOTE_TRANSFORMER_WEIGHTS_TENSOR_TABLE_H_
