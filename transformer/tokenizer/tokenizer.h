#ifndef FOOTNOTE_TRANSFORMER_TOKENIZER_TOKENIZER_H_
#define FOOTNOTE_TRANSFORMER_TOKENIZER_TOKENIZER_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace footnote::transformer {

// Ids of the special tokens; -1 where the vocabulary has none.
struct SpecialTokens {
  int32_t cls = -1;
  int32_t sep = -1;
  int32_t pad = -1;
  int32_t unk = -1;
  int32_t mask = -1;
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

  // How many special tokens Encode adds.
  virtual int SpecialCount() const = 0;

  virtual const SpecialTokens& special() const = 0;

  // One more than the greatest id.
  virtual int vocab_size() const = 0;

  // The text of a token, such as "##ing"; empty for an id outside the
  // vocabulary.
  virtual absl::string_view TokenText(int32_t id) const = 0;

  // Changes whenever a tokenizer file changes.
  virtual const std::string& content_hash() const = 0;
};

// Reads the tokenizer of a model folder: tokenizer.json, or else vocab.txt with
// tokenizer_config.json.
//
// Errors: NotFound (neither file), DataLoss (a file is damaged; the message
// names it), Unimplemented (a tokenizer of another kind; the message names it).
absl::StatusOr<std::unique_ptr<const Tokenizer>> LoadTokenizer(const std::string& model_dir);

}  // namespace footnote::transformer

#endif  // FOOTNOTE_TRANSFORMER_TOKENIZER_TOKENIZER_H_
