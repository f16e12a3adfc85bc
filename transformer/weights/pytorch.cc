#include "transformer/weights/pytorch.h"

#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "kernels/base/status_macros.h"
#include "transformer/weights/state_dict_pickle.h"
#include "transformer/weights/stored_zip.h"

namespace footnote::transformer {
namespace {

// Whether elements in row-major order follow each other. A dimension of size 1
// may have any stride.
bool IsContiguous(const PickledTensor& tensor) {
  int64_t expected = 1;
  for (size_t i = tensor.shape.size(); i-- > 0;) {
    if (tensor.shape[i] != 1 && tensor.stride[i] != expected) return false;
    expected *= tensor.shape[i];
  }
  return true;
}

absl::StatusOr<TensorView> MakeView(const PickledTensor& tensor, absl::string_view storage) {
  const std::string name = absl::StrCat("tensor \"", absl::CHexEscape(tensor.name), "\"");
  const auto bytes = TensorBytes(tensor.shape, tensor.dtype);
  if (!bytes.ok()) return absl::DataLossError(absl::StrCat(name, " ", bytes.status().message()));

  // By division: the products could wrap.
  const size_t width = DTypeSize(tensor.dtype);
  if (storage.size() % width != 0 || storage.size() / width != tensor.storage_elements) {
    return absl::DataLossError(absl::StrCat(
        name, " is in a storage of ", tensor.storage_elements, " ", DTypeName(tensor.dtype),
        " elements, for which there are ", storage.size(), " bytes"));
  }
  if (tensor.offset > tensor.storage_elements ||
      *bytes / width > tensor.storage_elements - tensor.offset) {
    return absl::DataLossError(absl::StrCat(name, " reaches beyond its storage"));
  }
  if (*bytes > 0 && !IsContiguous(tensor)) {
    return absl::UnimplementedError(
        absl::StrCat(name, " is not stored in row-major order, which is not supported"));
  }
  TensorView view;
  view.dtype = tensor.dtype;
  view.shape = tensor.shape;
  view.data = storage.data() + tensor.offset * width;
  view.bytes = static_cast<size_t>(*bytes);
  return view;
}

}  // namespace

absl::StatusOr<TensorTable> ParsePytorch(absl::string_view file) {
  if (file.size() >= 2 && file.substr(0, 2) != "PK") {
    return absl::UnimplementedError(
        "is not a zip archive: either damaged, or written by PyTorch before 1.6; save it again "
        "with a newer one, or as safetensors");
  }
  FN_ASSIGN_OR_RETURN(const auto entries, ParseStoredZip(file));

  // All entries are in one folder with the name of the file at its writing.
  constexpr absl::string_view kPickle = "data.pkl";
  std::string folder;
  absl::string_view pickle;
  int pickles = 0;
  for (const auto& [name, data] : entries) {
    if (name != kPickle && !absl::EndsWith(name, "/data.pkl")) continue;
    folder = name.substr(0, name.size() - kPickle.size());
    pickle = data;
    ++pickles;
  }
  if (pickles != 1) {
    return absl::DataLossError(
        absl::StrCat("has ", pickles, " entries data.pkl; a file of torch.save has 1"));
  }
  const auto byte_order = entries.find(absl::StrCat(folder, "byteorder"));
  if (byte_order != entries.end() && byte_order->second != "little") {
    return absl::UnimplementedError("is not little-endian, which is not supported");
  }

  FN_ASSIGN_OR_RETURN(const std::vector<PickledTensor> tensors, ReadStateDictPickle(pickle));
  TensorTable out;
  for (const PickledTensor& tensor : tensors) {
    const auto storage = entries.find(absl::StrCat(folder, "data/", tensor.storage_key));
    if (storage == entries.end()) {
      return absl::DataLossError(
          absl::StrCat("tensor \"", absl::CHexEscape(tensor.name), "\" is in storage \"",
                       absl::CHexEscape(tensor.storage_key), "\", which is missing"));
    }
    FN_ASSIGN_OR_RETURN(TensorView view, MakeView(tensor, storage->second));
    out.emplace(tensor.name, std::move(view));
  }
  return out;
}

}  // namespace footnote::transformer
