#ifndef FOOTNOTE_TRANSFORMER_TOKENIZER_GGUF_TOKENIZER_H_
#define FOOTNOTE_TRANSFORMER_TOKENIZER_GGUF_TOKENIZER_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "transformer/tokenizer/tokenizer.h"
#include "transformer/weights/gguf.h"

namespace footnote::transformer {

// The tokenizer inside a GGUF file: "llama" (SentencePiece's BPE), "gpt2"
// (byte-level BPE, split as tokenizer.ggml.pre says), "t5" (Unigram) or "bert"
// (WordPiece, lower case). `name` is the file's.
//
// Errors: DataLoss (keys that are missing, of another type or at odds with each
// other), Unimplemented (another kind; another tokenizer.ggml.pre; the message
// names it).
absl::StatusOr<std::unique_ptr<const Tokenizer>> MakeGgufTokenizer(const GgufMetadata& metadata,
                                                                   absl::string_view name);

}  // namespace footnote::transformer

#endif  // FOOTNOTE_TRANSFORMER_TOKENIZER_GGUF_TOKENIZER_H_
