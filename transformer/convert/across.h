#ifndef FOOTNOTE_TRANSFORMER_CONVERT_ACROSS_H_
#define FOOTNOTE_TRANSFORMER_CONVERT_ACROSS_H_

#include <functional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "transformer/convert/relaid_tensors.h"
#include "transformer/families/layouts.h"
#include "transformer/weights/weight_file.h"
#include "transformer/weights/weight_writer.h"

namespace footnote::transformer {

// From one kind of model file to the other. Both functions hand what is to be
// written to `write`, and pass its status on. `file` has the source's weights.
//
// Errors: those of DefineModel and LoadTokenizer; Unimplemented, naming it:
// something that the other layout can't say.

// `pairs` lacks the tensors' types (general.file_type).
using WriteGgufFile =
    std::function<absl::Status(GgufPairs pairs, const std::vector<OutputTensor>& tensors)>;
absl::Status FolderToGguf(const std::string& dir, const WeightFile& file, const ChooseType& choose,
                          const WriteGgufFile& write);

// The texts of files beside the weights, by name.
struct FolderFiles {
  nlohmann::ordered_json config;  // without "torch_dtype"
  nlohmann::ordered_json tokenizer;
  nlohmann::ordered_json tokenizer_config;
};
using WriteModelFolder =
    std::function<absl::Status(FolderFiles files, const std::vector<OutputTensor>& tensors)>;
absl::Status GgufToFolder(const std::string& path, const WeightFile& file, const ChooseType& choose,
                          const WriteModelFolder& write);

}  // namespace footnote::transformer

#endif  // FOOTNOTE_TRANSFORMER_CONVERT_ACROSS_H_
