#ifndef FOOTNOTE_TRANSFORMER_MODEL_REGISTRY_H_
#define FOOTNOTE_TRANSFORMER_MODEL_REGISTRY_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace footnote::transformer {

// A model that Footnote knows by name.
struct KnownModel {
  absl::string_view name;
  absl::string_view task;     // "text embedding"
  absl::string_view family;   // "bert"
  absl::string_view licence;  // SPDX identifier
  absl::string_view origin;   // who made it
  // Where ./bootstrap takes it from, pinned.
  absl::string_view source_package;
  absl::string_view package_sha256;
  absl::string_view weights_file;
  absl::string_view weights_sha256;
  int dim = 0;
  int max_tokens = 0;
};

// All known models, the default first.
absl::Span<const KnownModel> KnownModels();

// Null if `name` is not a known model.
const KnownModel* FindKnownModel(absl::string_view name);

// The folder of a model. `name_or_dir` is a folder that holds config.json, or a
// name looked for in $FOOTNOTE_MODELS, <folder of the executable>/../models,
// /usr/local/share/footnote/models and /usr/share/footnote/models, in that
// order. Errors: NotFound; the message lists where it looked and the mend.
// InvalidArgument: it is a file.
absl::StatusOr<std::string> FindModel(const std::string& name_or_dir);

// The folders that FindModel looks in for a name.
std::vector<std::string> ModelSearchPath();

// What `footnote model info` prints about a model on disk.
struct ModelDescription {
  struct File {
    std::string name;
    uint64_t bytes = 0;
  };
  std::string name;
  std::string dir;
  std::string family;
  std::string tokenizer;       // "WordPiece, 30522 tokens"
  std::string licence;         // "unknown" where neither the table nor the folder says
  std::string weights_format;  // "safetensors"
  std::string weights_dtype;   // "F32"; the commonest among the tensors
  uint64_t parameters = 0;
  int layers = 0;
  int dim = 0;
  int max_tokens = 0;
  // What it makes of a text: "dense", "sparse", "colbert"; of a pair: "score".
  std::vector<std::string> outputs;
  // Bytes of the weights in memory at each precision that the encoder offers.
  uint64_t bytes_float32 = 0;
  uint64_t bytes_bfloat16 = 0;
  uint64_t bytes_int8 = 0;
  std::vector<File> files;
};

// The licence that a model's folder names: in its README's front matter, else in
// config.json; "unknown" if in neither.
std::string LicenceOfFolder(const std::string& dir);

// Reads configuration, tokenizer and tensor table of the model in `dir`.
// Errors: as LoadModelConfig, LoadTokenizer and OpenWeights.
absl::StatusOr<ModelDescription> DescribeModel(const std::string& dir);

// A name and folder for each model found on ModelSearchPath().
struct InstalledModel {
  std::string name;
  std::string dir;
};
std::vector<InstalledModel> InstalledModels();

}  // namespace footnote::transformer

#endif  // FOOTNOTE_TRANSFORMER_MODEL_REGISTRY_H_
