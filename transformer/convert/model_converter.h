#ifndef FOOTNOTE_TRANSFORMER_CONVERT_MODEL_CONVERTER_H_
#define FOOTNOTE_TRANSFORMER_CONVERT_MODEL_CONVERTER_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "transformer/weights/weight_file.h"

namespace footnote::transformer {

struct ConvertOptions {
  // A folder in the Hugging Face layout, or a GGUF file.
  std::string source;
  // The new folder (with safetensors), or a GGUF file where the name ends in
  // ".gguf". It must not exist.
  std::string target;
  // Of the weights. A folder: f32, f16, bf16. A GGUF file: those and q8_0, q4_0,
  // q4_1, q5_0, q5_1; there vectors stay f32, and matrices whose rows are no whole
  // number of blocks become f16.
  DType dtype = DType::kF32;
  // A folder's weights are split into files of at most this many bytes.
  uint64_t max_file_bytes = uint64_t{5} << 30;
};

struct ConvertReport {
  uint64_t tensors = 0;
  uint64_t source_bytes = 0;  // of the tensors
  uint64_t target_bytes = 0;
  // Matrices that could not have the type asked for.
  std::vector<std::string> kept_wider;
};

// "f32", "q8_0", ... Errors: InvalidArgument, listing the names.
absl::StatusOr<DType> ParseWeightType(absl::string_view name);

// Converts a model's weights and copies the rest; from a folder to a GGUF file and
// back, configuration, tokenizer and chat template are said in the other's words.
// The target appears whole or not at all. Holds no more than a few megabytes of
// weights at a time.
//
// Errors: AlreadyExists, Unimplemented (a type that the target's layout lacks, or
// something about the model that it can't say), InvalidArgument (a number that the type can't
// hold), those of OpenWeights and of the disk.
absl::StatusOr<ConvertReport> ConvertModel(const ConvertOptions& options);

}  // namespace footnote::transformer

#endif  // FOOTNOTE_TRANSFORMER_CONVERT_MODEL_CONVERTER_H_
