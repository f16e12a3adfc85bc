#ifndef FOOTNOTE_TRANSFORMER_CONVERT_TOKENIZER_TO_GGUF_H_
#define FOOTNOTE_TRANSFORMER_CONVERT_TOKENIZER_TO_GGUF_H_

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "transformer/tokenizer/tokenizer.h"
#include "transformer/weights/weight_writer.h"

namespace footnote::transformer {

// Adds the keys of the tokenizer and of the chat template in the folder `dir`,
// of which `tokenizer` was read: byte-level BPE becomes "gpt2", BPE with byte
// fallback "llama", Unigram "t5" and WordPiece "bert". As other readers want a
// token for each of the model's `vocab_size` rows, what lacks one gets a name.
// `pairs` has the ids of the tokens that begin, end and pad a text already.
//
// Errors: Unimplemented: GGUF can't say how this tokenizer works; the message
// says what.
absl::Status TokenizerToGguf(const std::string& dir, const Tokenizer& tokenizer, int64_t vocab_size,
                             GgufPairs* pairs);

}  // namespace footnote::transformer

#endif  // FOOTNOTE_TRANSFORMER_CONVERT_TOKENIZER_TO_GGUF_H_
