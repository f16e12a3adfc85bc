#ifndef FOOTNOTE_TRANSFORMER_TOKENIZER_ADDED_VOCABULARY_H_
#define FOOTNOTE_TRANSFORMER_TOKENIZER_ADDED_VOCABULARY_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"
#include "transformer/tokenizer/added_tokens.h"
#include "transformer/tokenizer/normalizer.h"

namespace footnote::transformer {

// The added tokens of one tokenizer, and how they are taken out of a text: first
// those that are not normalised, from the text as it is; then the others, from
// what the normalizer makes of the rest. Immutable and thread-safe.
class AddedVocabulary {
 public:
  // `normalizer` may be null.
  AddedVocabulary(std::vector<AddedToken> tokens, const Normalizer* normalizer);

  // A part of a text: a token, or (id < 0) text between tokens.
  struct Part {
    size_t begin = 0, end = 0;
    int32_t id = -1;
  };

  // Appends the parts of `text`, valid UTF-8, in order. `normalized`: which of
  // the two kinds of tokens is looked for. A special token that is not wanted
  // still hides those that overlap it, as in `tokenizers`.
  void Split(absl::string_view text, bool normalized, bool parse_special,
             std::vector<Part>* parts) const;

  // Null if `id` is no added token.
  const AddedToken* Find(int32_t id) const;
  const std::vector<AddedToken>& tokens() const { return tokens_; }
  bool has_normalized() const { return has_normalized_; }

 private:
  const std::vector<AddedToken> tokens_;
  absl::flat_hash_map<int32_t, size_t> by_id_;
  bool has_normalized_ = false;
  AddedTokenFinder plain_, normalized_;
};

}  // namespace footnote::transformer

#endif  // FOOTNOTE_TRANSFORMER_TOKENIZER_ADDED_VOCABULARY_H_
