#ifndef FOOTNOTE_TRANSFORMER_MODEL_SENTENCE_MODULES_H_
#define FOOTNOTE_TRANSFORMER_MODEL_SENTENCE_MODULES_H_

#include <string>

#include "absl/status/status.h"
#include "transformer/model/model_config.h"

namespace footnote::transformer {

// What sentence-transformers' files in a model's folder say about the steps
// around the encoder: fills pooling, dense and prompts of `out`, whose `bert` is
// set, and the sigmoid of a cross-encoder.
// Errors: as LoadModelConfig.
absl::Status ReadSentenceModules(const std::string& model_dir, ModelConfig* out);

// Whether the activation of a cross-encoder's score that a file names by its
// class in torch is a sigmoid. Errors: Unimplemented (neither that nor none).
absl::StatusOr<bool> IsSigmoid(const std::string& activation, absl::string_view path);

}  // namespace footnote::transformer

#endif  // FOOTNOTE_TRANSFORMER_MODEL_SENTENCE_MODULES_H_
