#ifndef FOOTNOTE_TRANSFORMER_TOKENIZER_SENTENCEPIECE_TOKENIZER_H_
#define FOOTNOTE_TRANSFORMER_TOKENIZER_SENTENCEPIECE_TOKENIZER_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "transformer/tokenizer/tokenizer.h"
#include "transformer/tokenizer/tokenizer_config.h"

namespace footnote::transformer {

// A SentencePiece model (tokenizer.model, spiece.model), with the ids that the
// slow tokenizers of `transformers` give: as they are in the file for Llama and
// its kin, with <s> before; for T5 with </s> after and <extra_id_N> behind the
// vocabulary; for XLM-R moved by one behind its own special tokens. Which of
// these it is, `config` says by its tokenizer_class; without one, a model that
// begins with <pad> and has no <s> is T5's, and any other Llama's.
//
// Errors: DataLoss (not a SentencePiece model), Unimplemented (a tokenizer_class
// that numbers its tokens in another way; it is named).
absl::StatusOr<std::unique_ptr<const Tokenizer>> MakeSentencePieceTokenizer(
    absl::string_view name, const std::string& model, const TokenizerConfig& config);

}  // namespace footnote::transformer

#endif  // FOOTNOTE_TRANSFORMER_TOKENIZER_SENTENCEPIECE_TOKENIZER_H_
