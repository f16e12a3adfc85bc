#ifndef FOOTNOTE_TRANSFORMER_FAMILIES_REGISTRY_H_
#define FOOTNOTE_TRANSFORMER_FAMILIES_REGISTRY_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "transformer/families/config_reader.h"
#include "transformer/families/definition.h"
#include "transformer/families/gguf_keys.h"
#include "transformer/weights/gguf.h"
#include "transformer/weights/weight_file.h"

namespace footnote::transformer {

// A model family: how its configuration and tensor names map to the one
// transformer definition. Both functions look at the tensors' names and shapes,
// never at weights. Null where a family has no such files.
struct Family {
  absl::string_view name;               // config.json's "model_type"
  absl::string_view gguf_architecture;  // "general.architecture"; empty: none
  absl::StatusOr<ModelDefinition> (*from_config)(const ConfigReader& config,
                                                 const WeightFile& weights);
  absl::StatusOr<ModelDefinition> (*from_gguf)(const GgufMetadata& metadata,
                                               const WeightFile& weights);
  // What the functions above read, for the same model.
  void (*to_config)(const ModelDefinition& model, nlohmann::ordered_json* out);
  void (*to_gguf)(const TransformerConfig& config, GgufKeys* keys);
};

// All families, by name.
absl::Span<const Family> Families();

// What the model at `path` (a folder with config.json, or a GGUF file), whose
// weights are open, is. Every size was checked to be positive and within
// bounds; tensors were not looked at beyond what a family needs.
//
// Errors: NotFound (no config.json), DataLoss (not JSON), InvalidArgument (a
// value that is missing, of the wrong type or out of range; the message names
// the key), Unimplemented (an unknown family: the message lists those there are;
// a setting that nothing here computes).
absl::StatusOr<ModelDefinition> DefineModel(const std::string& path, const WeightFile& weights);

// The same of a config.json that is at hand; `config.path()` is for messages.
// Nothing beside it is read.
absl::StatusOr<ModelDefinition> DefineFromConfig(const ConfigReader& config,
                                                 const WeightFile& weights);

}  // namespace footnote::transformer

#endif  // FOOTNOTE_TRANSFORMER_FAMILIES_REGISTRY_H_
