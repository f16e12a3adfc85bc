#ifndef FOOTNOTE_TRANSFORMER_TOKENIZER_TOKENIZER_H_
#define FOOTNOTE_TRANSFORMER_TOKENIZER_TOKENIZER_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace footnote::transformer {

// Ids of the special tokens; -1 where the vocabulary has none.
struct SpecialTokens {
  int32_t cls = -1;
  int32_t sep = -1;
  int32_t pad = -1;
  int32_t unk = -1;
  int32_t mask = -1;
  int32_t bos = -1;
  int32_t eos = -1;
};

struct TokenizeOptions {
  // Whether to add what the model's template puts around a text: [CLS] and [SEP], <s>, </s>.
  bool add_special = true;
  // Whether the text of a special token in `text` becomes that token. Never for
  // text from outside: it could pose as the end of a message.
  bool parse_special = false;
};

// Turns text into the token ids that a model was trained on; the ids are those
// of Hugging Face's `tokenizers`. Invalid UTF-8 is read as U+FFFD. Immutable
// and thread-safe.
class Tokenizer {
 public:
  virtual ~Tokenizer() = default;

  // The ids of `text` between the model's special tokens ([CLS] .. [SEP]), at
  // most `max_tokens` in all: what is too long is cut at its end, before the
  // last special token. Precondition: max_tokens >= SpecialCount().
  virtual std::vector<int32_t> Encode(absl::string_view text, int max_tokens) const = 0;

  // Tokens of `text` without special tokens and without truncation.
  virtual int CountTokens(absl::string_view text) const = 0;

  // The ids of `text`, however many.
  virtual std::vector<int32_t> Tokenize(absl::string_view text,
                                        const TokenizeOptions& options) const = 0;

  // The text of `ids`, as `tokenizers` decodes it. An id outside the vocabulary
  // gives nothing. Bytes that are no UTF-8 become U+FFFD.
  virtual std::string Decode(absl::Span<const int32_t> ids, bool skip_special) const = 0;

  // How many special tokens Encode adds.
  virtual int SpecialCount() const = 0;

  virtual const SpecialTokens& special() const = 0;

  // One more than the greatest id.
  virtual int vocab_size() const = 0;

  // The text of a token, such as "##ing"; empty for an id outside the
  // vocabulary.
  virtual absl::string_view TokenText(int32_t id) const = 0;

  // The exact bytes that a token adds in the middle of a text: " ing", or part of
  // a character where the vocabulary has bytes. A special token gives its text.
  virtual std::string TokenBytes(int32_t id) const = 0;

  // Whether Decode leaves the token out when it is asked to skip special tokens.
  virtual bool IsSpecial(int32_t id) const = 0;

  // What it is, for people: "WordPiece", "byte-level BPE".
  virtual absl::string_view kind() const = 0;

  // Changes whenever a tokenizer file changes.
  virtual const std::string& content_hash() const = 0;
};

// Reads the tokenizer of a model: of a folder tokenizer.json, or else
// tokenizer.model (SentencePiece), or vocab.txt with tokenizer_config.json; or
// the one inside a GGUF file.
//
// Errors: NotFound (neither file), DataLoss (a file is damaged; the message
// names it), Unimplemented (a tokenizer of another kind; the message names it).
absl::StatusOr<std::unique_ptr<const Tokenizer>> LoadTokenizer(
    const std::string& model_dir_or_gguf);

}  // namespace footnote::transformer

#endif  // FOOTNOTE_TRANSFORMER_TOKENIZER_TOKENIZER_H_
