#ifndef FOOTNOTE_TRANSFORMER_TOKENIZER_SENTENCEPIECE_CHECK_H_
#define FOOTNOTE_TRANSFORMER_TOKENIZER_SENTENCEPIECE_CHECK_H_

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace footnote::transformer {

// Whether the SentencePiece library can be given the serialised model `model`: it
// follows the tables of replacements in it without looking at their bounds, so
// that a damaged or made-up one would have it read elsewhere in memory.
//
// Errors: DataLoss (no protocol buffer, or a table that leads outside itself).
absl::Status CheckSentencePieceModel(absl::string_view model);

}  // namespace footnote::transformer

#endif  // FOOTNOTE_TRANSFORMER_TOKENIZER_SENTENCEPIECE_CHECK_H_
