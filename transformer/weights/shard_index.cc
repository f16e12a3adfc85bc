#include "transformer/weights/shard_index.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "kernels/base/status_macros.h"
#include "transformer/io/json.h"

namespace footnote::transformer {
namespace {

// No published model comes near.
constexpr size_t kMaxShards = 4096;
constexpr size_t kMaxNameBytes = 255;

// The file that the index puts a tensor into; empty if none.
absl::string_view FileOf(const ShardIndex& index, absl::string_view tensor) {
  for (const auto& [file, tensors] : index) {
    if (tensors.find(tensor) != tensors.end()) return file;
  }
  return "";
}

}  // namespace

bool IsPlainFileName(absl::string_view name) {
  return !name.empty() && name.size() <= kMaxNameBytes && name[0] != '.' &&
         std::none_of(name.begin(), name.end(), [](char c) {
           return c == '/' || c == '\\' || absl::ascii_iscntrl(static_cast<unsigned char>(c));
         });
}

absl::StatusOr<ShardIndex> ParseShardIndex(absl::string_view text, absl::string_view name,
                                           absl::string_view suffix) {
  FN_ASSIGN_OR_RETURN(const nlohmann::json object, ParseJsonObject(text, name));
  const auto map = object.find("weight_map");
  if (map == object.end() || !map->is_object() || map->empty()) {
    return absl::DataLossError(absl::StrCat(name, " has no \"weight_map\" from tensors to files"));
  }
  if (map->size() > kMaxTensors) {
    return absl::DataLossError(
        absl::StrCat(name, " lists ", map->size(), " tensors; at most ", kMaxTensors, " are read"));
  }
  ShardIndex index;
  for (const auto& [tensor, value] : map->items()) {
    const auto* file = value.get_ptr<const std::string*>();
    if (file == nullptr) {
      return absl::DataLossError(
          absl::StrCat(name, " does not name the file of tensor ", Quoted(tensor)));
    }
    if (!IsPlainFileName(*file) || !absl::EndsWith(*file, suffix)) {
      return absl::DataLossError(absl::StrCat(name, " puts tensor ", Quoted(tensor), " into ",
                                              Quoted(*file), ", which is not the plain name of a ",
                                              suffix, " file"));
    }
    index[*file].insert(tensor);
    if (index.size() > kMaxShards) {
      return absl::DataLossError(absl::StrCat(name, " lists more than ", kMaxShards, " files"));
    }
  }
  return index;
}

absl::Status CheckShard(const ShardIndex& index, absl::string_view file,
                        const TensorTable& tensors) {
  const auto expected = index.find(file);
  if (expected == index.end()) {
    return absl::DataLossError(absl::StrCat("the index does not list ", Quoted(file)));
  }
  for (const std::string& tensor : expected->second) {
    if (tensors.find(tensor) == tensors.end()) {
      return absl::DataLossError(
          absl::StrCat("lacks the tensor ", Quoted(tensor), ", which the index puts there"));
    }
  }
  for (const auto& [tensor, view] : tensors) {
    if (expected->second.find(tensor) != expected->second.end()) continue;
    const absl::string_view other = FileOf(index, tensor);
    return absl::DataLossError(
        absl::StrCat("has the tensor ", Quoted(tensor), ", which the index ",
                     other.empty() ? "does not list" : absl::StrCat("puts into ", Quoted(other))));
  }
  return absl::OkStatus();
}

}  // namespace footnote::transformer
