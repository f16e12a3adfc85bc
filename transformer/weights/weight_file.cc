#include "transformer/weights/weight_file.h"

#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "kernels/base/status_macros.h"
#include "transformer/io/file.h"
#include "transformer/weights/gguf.h"
#include "transformer/weights/pytorch.h"
#include "transformer/weights/safetensors.h"
#include "transformer/weights/shard_index.h"
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
    {"pytorch", "", ".pt", Tensors<ParsePytorch>},
    {"gguf", "", ".gguf", Gguf},
};

constexpr absl::string_view kIndexSuffix = ".index.json";
constexpr uint64_t kMaxIndexBytes = uint64_t{64} << 20;

struct OpenedFile {
  std::unique_ptr<const MappedFile> file;
  WeightContents contents;
};

absl::StatusOr<OpenedFile> OpenOne(const Format& format, const std::string& path) {
  OpenedFile out;
  FN_ASSIGN_OR_RETURN(out.file, MappedFile::Open(path));
  auto contents = format.parse(out.file->bytes());
  if (!contents.ok()) {
    const bool damaged = absl::IsDataLoss(contents.status());
    return absl::Status(
        contents.status().code(),
        absl::StrCat(path, damaged ? " is damaged: " : ": ", contents.status().message()));
  }
  out.contents = *std::move(contents);
  return out;
}

absl::StatusOr<std::unique_ptr<const WeightFile>> OpenAs(const Format& format,
                                                         const std::string& path) {
  FN_ASSIGN_OR_RETURN(OpenedFile opened, OpenOne(format, path));
  std::vector<std::unique_ptr<const MappedFile>> files;
  files.push_back(std::move(opened.file));
  return MakeWeightFile(path, format.name, std::move(files), std::move(opened.contents));
}

// The files that an index lists, beside it.
absl::StatusOr<std::unique_ptr<const WeightFile>> OpenShards(const Format& format,
                                                             const std::string& index_path) {
  FN_ASSIGN_OR_RETURN(const std::string text, ReadFile(index_path, kMaxIndexBytes));
  FN_ASSIGN_OR_RETURN(const ShardIndex index, ParseShardIndex(text, index_path, format.suffix));
  const size_t slash = index_path.rfind('/');
  const std::string dir = slash == std::string::npos ? "" : index_path.substr(0, slash + 1);
  std::vector<std::unique_ptr<const MappedFile>> files;
  WeightContents contents;
  for (const auto& [name, tensors] : index) {
    FN_ASSIGN_OR_RETURN(OpenedFile shard, OpenOne(format, dir + name));
    if (const absl::Status status = CheckShard(index, name, shard.contents.tensors); !status.ok()) {
      return absl::Status(status.code(),
                          absl::StrCat(dir, name, " ", status.message(), " (", index_path, ")"));
    }
    files.push_back(std::move(shard.file));
    contents.tensors.merge(shard.contents.tensors);  // no name is in two: CheckShard
  }
  return MakeWeightFile(index_path, format.name, std::move(files), std::move(contents));
}

absl::StatusOr<std::unique_ptr<const WeightFile>> OpenFolder(const std::string& dir) {
  std::string wanted;
  for (const Format& format : kFormats) {
    if (format.file_in_folder.empty()) continue;
    const std::string path = absl::StrCat(dir, "/", format.file_in_folder);
    if (IsFile(path)) return OpenAs(format, path);
    const std::string index = absl::StrCat(path, kIndexSuffix);
    if (IsFile(index)) return OpenShards(format, index);
    absl::StrAppend(&wanted, wanted.empty() ? "" : " or ", format.file_in_folder);
  }
  return absl::NotFoundError(
      absl::StrCat(dir, " has no ", wanted, ", nor an index of their parts"));
}

}  // namespace

absl::StatusOr<std::unique_ptr<const WeightFile>> OpenWeights(const std::string& dir_or_file) {
  if (IsDirectory(dir_or_file)) return OpenFolder(dir_or_file);
  for (const Format& format : kFormats) {
    if (absl::EndsWith(dir_or_file, format.suffix)) return OpenAs(format, dir_or_file);
    if (!format.file_in_folder.empty() &&
        absl::EndsWith(dir_or_file, absl::StrCat(format.suffix, kIndexSuffix))) {
      return OpenShards(format, dir_or_file);
    }
  }
  if (!IsFile(dir_or_file)) {
    return absl::NotFoundError(absl::StrCat(dir_or_file, ": no such file or folder"));
  }
  return absl::UnimplementedError(
      absl::StrCat(dir_or_file, ": not the name of a supported weight format"));
}

}  // namespace footnote::transformer
