#ifndef FOOTNOTE_TRANSFORMER_CONVERT_TOKENIZER_FROM_GGUF_H_
#define FOOTNOTE_TRANSFORMER_CONVERT_TOKENIZER_FROM_GGUF_H_

#include <string>

#include "absl/status/statusor.h"
#include "nlohmann/json.hpp"
#include "transformer/weights/gguf.h"

namespace footnote::transformer {

// A tokenizer as a model folder has it.
struct TokenizerFiles {
  nlohmann::ordered_json tokenizer;  // tokenizer.json
  nlohmann::ordered_json config;     // tokenizer_config.json, with the chat template
};

// What the GGUF file `name` says of its tokenizer, as files. Errors: those of
// MakeGgufTokenizer; Unimplemented: tokenizer.json can't say how it works.
absl::StatusOr<TokenizerFiles> TokenizerFromGguf(const GgufMetadata& metadata,
                                                 const std::string& name);

}  // namespace footnote::transformer

#endif  // FOOTNOTE_TRANSFORMER_CONVERT_TOKENIZER_FROM_GGUF_H_
