#include "transformer/weights/tensor_table.h"

#include <functional>
#include <limits>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "kernels/base/hash.h"
#include "transformer/weights/gguf.h"

namespace footnote::transformer {
namespace {

class TableWeightFile final : public WeightFile {
 public:
  TableWeightFile(std::string path, absl::string_view format,
                  std::vector<std::unique_ptr<const MappedFile>> files, WeightContents contents)
      : path_(std::move(path)),
        format_(format),
        files_(std::move(files)),
        contents_(std::move(contents)) {
    names_.reserve(contents_.tensors.size());
    for (const auto& [name, view] : contents_.tensors) names_.push_back(name);
  }

  const std::vector<std::string>& names() const override { return names_; }
  const TensorView* Find(absl::string_view name) const override {
    const auto it = contents_.tensors.find(name);
    return it == contents_.tensors.end() ? nullptr : &it->second;
  }
  const std::string& path() const override { return path_; }
  absl::string_view format() const override { return format_; }
  const GgufMetadata* gguf() const override { return contents_.gguf.get(); }

  void Release(const TensorView& tensor) const override {
    const std::less<const char*> before;
    for (const auto& file : files_) {
      const absl::string_view bytes = file->bytes();
      const char* const end = bytes.data() + bytes.size();
      if (before(tensor.data, bytes.data()) || !before(tensor.data, end)) continue;
      file->Release(tensor.data, tensor.bytes);
      return;
    }
  }

  // Of one file, of its bytes; of several, of their hashes in the order of
  // their names.
  std::string ContentHash() const override {
    if (files_.size() == 1) return kernels::HexHash128(files_[0]->bytes());
    std::string hashes;
    for (const auto& file : files_) hashes += kernels::HexHash128(file->bytes());
    return kernels::HexHash128(hashes);
  }

 private:
  const std::string path_;
  const absl::string_view format_;
  const std::vector<std::unique_ptr<const MappedFile>> files_;
  const WeightContents contents_;
  std::vector<std::string> names_;
};

}  // namespace

std::string Quoted(absl::string_view name) {
  return absl::StrCat("\"", absl::CHexEscape(name), "\"");
}

absl::StatusOr<uint64_t> TensorBytes(absl::Span<const int64_t> shape, DType dtype) {
  if (shape.size() > kMaxDimensions) {
    return absl::DataLossError(
        absl::StrCat("has ", shape.size(), " dimensions; at most ", kMaxDimensions, " are read"));
  }
  // Every factor is checked, zeros too: a product of zero must not hide one
  // that would wrap when the shape is read in another order.
  const DTypeBlock block = BlockOfDType(dtype);
  const int64_t row = shape.empty() ? 1 : shape.back();
  if (row % block.elements != 0) {
    return absl::DataLossError(absl::StrCat("has rows of ", row,
                                            " elements, which is not a whole number of ",
                                            DTypeName(dtype), " blocks"));
  }
  uint64_t product = block.bytes;
  bool empty = false;
  for (const int64_t d : shape) {
    if (d < 0) return absl::DataLossError(absl::StrCat("has the negative dimension ", d));
    if (d == 0) {
      empty = true;
      continue;
    }
    if (product > static_cast<uint64_t>(std::numeric_limits<int64_t>::max()) / d) {
      return absl::DataLossError("has a size that does not fit into 63 bits");
    }
    product *= static_cast<uint64_t>(d);
  }
  return empty ? 0 : product / static_cast<uint64_t>(block.elements);
}

std::unique_ptr<const WeightFile> MakeWeightFile(
    std::string path, absl::string_view format,
    std::vector<std::unique_ptr<const MappedFile>> files, WeightContents contents) {
  return std::make_unique<const TableWeightFile>(std::move(path), format, std::move(files),
                                                 std::move(contents));
}

}  // namespace footnote::transformer
