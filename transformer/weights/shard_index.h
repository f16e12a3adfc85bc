#ifndef FOOTNOTE_TRANSFORMER_WEIGHTS_SHARD_INDEX_H_
#define FOOTNOTE_TRANSFORMER_WEIGHTS_SHARD_INDEX_H_

#include <map>
#include <set>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "transformer/weights/tensor_table.h"

namespace footnote::transformer {

// The files of a model whose weights are split, and the tensors of each.
using ShardIndex = std::map<std::string, std::set<std::string, std::less<>>, std::less<>>;

// Whether `name` can only mean a file in a folder itself: no path, not hidden by
// "." or "..", no control characters.
bool IsPlainFileName(absl::string_view name);

// Reads the text of a model.safetensors.index.json or pytorch_model.bin.index.json:
// {"metadata": .., "weight_map": {tensor: file}}. Every file's name must be plain
// and end with `suffix`. `name` is the index's, for messages.
//
// Errors: DataLoss: not such an index, or one that names a file elsewhere.
absl::StatusOr<ShardIndex> ParseShardIndex(absl::string_view text, absl::string_view name,
                                           absl::string_view suffix);

// Whether `tensors`, which `file` holds, are exactly those that the index puts
// there. Errors: DataLoss, naming the first tensor that is missing or extra.
absl::Status CheckShard(const ShardIndex& index, absl::string_view file,
                        const TensorTable& tensors);

}  // namespace footnote::transformer

#endif  // FOOTNOTE_TRANSFORMER_WEIGHTS_SHARD_INDEX_H_
