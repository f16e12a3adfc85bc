#ifndef FOOTNOTE_TRANSFORMER_FAMILIES_LAYOUTS_H_
#define FOOTNOTE_TRANSFORMER_FAMILIES_LAYOUTS_H_

#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "nlohmann/json.hpp"
#include "transformer/families/definition.h"
#include "transformer/families/gguf_keys.h"

namespace footnote::transformer {

// How a model looks in the other kind of file. Both functions write the
// configuration and let the family's own reading functions say which tensors go
// with it: there is no second table of names, and what comes out is compared
// with what went in.

// As a folder in the Hugging Face layout.
struct FolderLayout {
  nlohmann::ordered_json config;  // config.json without "torch_dtype"
  ModelDefinition definition;     // what the folder's tensors are called
};
// `model` is a GGUF file's. Errors: Unimplemented, naming what the family's
// config.json can't say.
absl::StatusOr<FolderLayout> FolderLayoutOf(const ModelDefinition& model);

// As a GGUF file.
struct GgufLayout {
  GgufKeys keys;  // without the tokenizer's
  ModelDefinition definition;
};
// `model` is a folder's. Errors: Unimplemented: the family has no GGUF
// architecture (the message names those that have); or the architecture can't
// say something of the model, which is named.
absl::StatusOr<GgufLayout> GgufLayoutOf(const ModelDefinition& model);

}  // namespace footnote::transformer

#endif  // FOOTNOTE_TRANSFORMER_FAMILIES_LAYOUTS_H_
