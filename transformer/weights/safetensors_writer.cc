#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "kernels/base/status_macros.h"
#include "nlohmann/json.hpp"
#include "transformer/weights/weight_writer.h"
#include "transformer/weights/writer_internal.h"

namespace footnote::transformer {
namespace {

using nlohmann::ordered_json;

std::string LittleEndian64(uint64_t value) {
  std::string out;
  for (int i = 0; i < 8; ++i) out.push_back(static_cast<char>(value >> (8 * i)));
  return out;
}

// The header: names, types, shapes and places; padded so that the data begins at
// a multiple of 8. Also puts each tensor's size into `sizes`.
absl::StatusOr<std::string> Header(absl::Span<const OutputTensor> tensors,
                                   std::vector<uint64_t>* sizes) {
  // What `transformers` wants to see there.
  ordered_json header = {{"__metadata__", {{"format", "pt"}}}};
  uint64_t end = 0;
  for (const OutputTensor& tensor : tensors) {
    if (BlockOfDType(tensor.dtype).elements != 1) {
      return absl::InvalidArgumentError(absl::StrCat("safetensors files can't hold ",
                                                     DTypeName(tensor.dtype), " (\"", tensor.name,
                                                     "\"); GGUF files can"));
    }
    FN_ASSIGN_OR_RETURN(const uint64_t bytes, internal::OutputBytes(tensor));
    header[tensor.name] = {{"dtype", std::string(DTypeName(tensor.dtype))},
                           {"shape", tensor.shape},
                           {"data_offsets", {end, end + bytes}}};
    end += bytes;
    sizes->push_back(bytes);
  }
  if (header.size() != tensors.size() + 1) {
    return absl::InvalidArgumentError("two tensors have the same name");
  }
  std::string text = header.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  text.append((8 - text.size() % 8) % 8, ' ');
  return text;
}

// Where each part begins: the first tensor of each.
absl::StatusOr<std::vector<size_t>> CutIntoParts(absl::Span<const OutputTensor> tensors,
                                                 uint64_t max_bytes, uint64_t* total) {
  std::vector<size_t> begins = {0};
  uint64_t in_part = 0;
  *total = 0;
  for (size_t i = 0; i < tensors.size(); ++i) {
    FN_ASSIGN_OR_RETURN(const uint64_t bytes, internal::OutputBytes(tensors[i]));
    if (i > begins.back() && in_part + bytes > max_bytes) {
      begins.push_back(i);
      in_part = 0;
    }
    in_part += bytes;
    *total += bytes;
  }
  return begins;
}

}  // namespace

absl::Status WriteSafetensors(const std::string& path, absl::Span<const OutputTensor> tensors) {
  std::vector<uint64_t> sizes;
  FN_ASSIGN_OR_RETURN(const std::string header, Header(tensors, &sizes));
  FN_ASSIGN_OR_RETURN(const auto file, FileWriter::Create(path));
  FN_RETURN_IF_ERROR(file->Append(LittleEndian64(header.size())));
  FN_RETURN_IF_ERROR(file->Append(header));
  for (size_t i = 0; i < tensors.size(); ++i) {
    FN_RETURN_IF_ERROR(internal::AppendTensor(tensors[i], sizes[i], *file));
  }
  return file->Commit();
}

absl::Status WriteSafetensorsFolder(const std::string& dir, absl::Span<const OutputTensor> tensors,
                                    uint64_t max_bytes) {
  uint64_t total = 0;
  FN_ASSIGN_OR_RETURN(std::vector<size_t> begins, CutIntoParts(tensors, max_bytes, &total));
  if (begins.size() == 1) return WriteSafetensors(absl::StrCat(dir, "/model.safetensors"), tensors);
  ordered_json map = ordered_json::object();
  const size_t parts = begins.size();
  begins.push_back(tensors.size());
  for (size_t p = 0; p < parts; ++p) {
    const std::string name = absl::StrFormat("model-%05d-of-%05d.safetensors", p + 1, parts);
    const auto part = tensors.subspan(begins[p], begins[p + 1] - begins[p]);
    FN_RETURN_IF_ERROR(WriteSafetensors(absl::StrCat(dir, "/", name), part));
    for (const OutputTensor& tensor : part) map[tensor.name] = name;
  }
  const ordered_json index = {{"metadata", {{"total_size", total}}}, {"weight_map", map}};
  return WriteFile(absl::StrCat(dir, "/model.safetensors.index.json"),
                   index.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n");
}

}  // namespace footnote::transformer
