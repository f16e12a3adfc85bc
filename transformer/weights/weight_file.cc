#include "transformer/weights/weight_file.h"

#include <utility>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "kernels/base/status_macros.h"
#include "transformer/io/file.h"
#include "transformer/weights/gguf.h"
#include "transformer/weights/pytorch.h"
#include "transformer/weights/safetensors.h"
#include "transformer/weights/tensor_table.h"

namespace footnote::transformer {
namespace {

template <absl::StatusOr<TensorTable> (*parse)(absl::string_view)>
absl::StatusOr<WeightContents> Tensors(absl::string_view file) {
  WeightContents out;
  FN_ASSIGN_OR_RETURN(out.tensors, parse(file));
  return out;
}

absl::StatusOr<WeightContents> Gguf(absl::string_view file) {
  FN_ASSIGN_OR_RETURN(GgufContents contents, ParseGguf(file));
  return WeightContents{std::move(contents.tensors),
                        std::make_unique<const GgufMetadata>(std::move(contents.metadata))};
}

// A weight format: the file's name in a model folder (empty: it is always named
// itself), how its name ends elsewhere, and its parser. A new format is a row
// here.
struct Format {
  absl::string_view name;
  absl::string_view file_in_folder;
  absl::string_view suffix;
  absl::StatusOr<WeightContents> (*parse)(absl::string_view file);
};
constexpr Format kFormats[] = {
    {"safetensors", "model.safetensors", ".safetensors", Tensors<ParseSafetensors>},
    {"pytorch", "pytorch_model.bin", ".bin", Tensors<ParsePytorch>},
    {"gguf", "", ".gguf", Gguf},
};

absl::StatusOr<std::unique_ptr<const WeightFile>> OpenAs(const Format& format,
                                                         const std::string& path) {
  FN_ASSIGN_OR_RETURN(std::unique_ptr<const MappedFile> file, MappedFile::Open(path));
  auto contents = format.parse(file->bytes());
  if (!contents.ok()) {
    const bool damaged = absl::IsDataLoss(contents.status());
    return absl::Status(
        contents.status().code(),
        absl::StrCat(path, damaged ? " is damaged: " : ": ", contents.status().message()));
  }
  return MakeWeightFile(std::move(file), format.name, std::move(*contents));
}

}  // namespace

absl::StatusOr<std::unique_ptr<const WeightFile>> OpenWeights(const std::string& dir_or_file) {
  if (IsDirectory(dir_or_file)) {
    for (const Format& format : kFormats) {
      if (format.file_in_folder.empty()) continue;
      const std::string path = absl::StrCat(dir_or_file, "/", format.file_in_folder);
      if (IsFile(path)) return OpenAs(format, path);
    }
    for (const Format& format : kFormats) {
      if (format.file_in_folder.empty()) continue;
      const std::string index =
          absl::StrCat(dir_or_file, "/", format.file_in_folder, ".index.json");
      if (IsFile(index)) {
        return absl::UnimplementedError(
            absl::StrCat(index, ": weights that are split over several files are not supported"));
      }
    }
    std::string wanted;
    for (const Format& format : kFormats) {
      if (format.file_in_folder.empty()) continue;
      absl::StrAppend(&wanted, wanted.empty() ? "" : " or ", format.file_in_folder);
    }
    return absl::NotFoundError(absl::StrCat(dir_or_file, " has no ", wanted));
  }
  for (const Format& format : kFormats) {
    if (absl::EndsWith(dir_or_file, format.suffix)) return OpenAs(format, dir_or_file);
  }
  if (!IsFile(dir_or_file)) {
    return absl::NotFoundError(absl::StrCat(dir_or_file, ": no such file or folder"));
  }
  return absl::UnimplementedError(
      absl::StrCat(dir_or_file, ": not the name of a supported weight format"));
}

}  // namespace footnote::transformer
