#ifndef FOOTNOTE_TRANSFORMER_TOKENIZER_SENTENCEPIECE_LOADER_H_
#define FOOTNOTE_TRANSFORMER_TOKENIZER_SENTENCEPIECE_LOADER_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "transformer/tokenizer/sentencepiece_shim.h"

namespace footnote::transformer::internal {

// Reads a serialised model; the first call loads the module. DataLossError, naming `name`, if
// `model` is none; FailedPreconditionError if the module can't be loaded.
absl::StatusOr<std::unique_ptr<const SentencePieceShim>> LoadSentencePiece(
    absl::string_view name, const std::string& model);

}  // namespace footnote::transformer::internal

#endif  // FOOTNOTE_TRANSFORMER_TOKENIZER_SENTENCEPIECE_LOADER_H_
