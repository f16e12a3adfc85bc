#ifndef FOOTNOTE_TRANSFORMER_TOKENIZER_GGUF_PRE_TOKENIZERS_H_
#define FOOTNOTE_TRANSFORMER_TOKENIZER_GGUF_PRE_TOKENIZERS_H_

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "transformer/tokenizer/normalizer.h"
#include "transformer/tokenizer/pre_tokenizer.h"

namespace footnote::transformer {

// What tokenizer.ggml.pre stands for. Bytes are left as they are.
struct GgufPreTokenizer {
  NormalizerPtr normalizer;  // may be null
  PreTokenizerPtr pre_tokenizer;
  bool ignore_merges = false;
  bool adds_bos = false;  // unless tokenizer.ggml.add_bos_token says otherwise
};

// A row of the table of names: how a text is split before byte-level BPE.
struct GgufPreTokenizerRow {
  absl::string_view pre;
  const char* regex;
  bool single_digits = false;  // digits are split off first
  bool nfc = false;
  bool ignore_merges = false;
  bool adds_bos = false;
};
absl::Span<const GgufPreTokenizerRow> GgufPreTokenizerRows();

// `name` is the file's. Errors: Unimplemented (the message lists those that are
// known).
absl::StatusOr<GgufPreTokenizer> MakeGgufPreTokenizer(absl::string_view pre,
                                                      absl::string_view name);

}  // namespace footnote::transformer

#endif  // FOOTNOTE_TRANSFORMER_TOKENIZER_GGUF_PRE_TOKENIZERS_H_
