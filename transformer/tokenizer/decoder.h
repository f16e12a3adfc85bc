#ifndef FOOTNOTE_TRANSFORMER_TOKENIZER_DECODER_H_
#define FOOTNOTE_TRANSFORMER_TOKENIZER_DECODER_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace footnote::transformer {

// One step from the texts of tokens to the text that they stand for. Immutable
// and thread-safe.
class Decoder {
 public:
  virtual ~Decoder() = default;

  // Changes the tokens of a whole text, in order; their number may change. What
  // they are after the last step, joined, is the text.
  virtual void Decode(std::vector<std::string>* tokens) const = 0;

  // What Decode makes of a token that is neither the first nor the last. The
  // result may be part of a character.
  virtual std::string Middle(std::string token) const = 0;
};

// WordPiece: `prefix` marks a piece that continues a word; other pieces begin
// with a space. `cleanup` takes away the space before punctuation.
std::unique_ptr<const Decoder> MakeWordPieceDecoder(std::string prefix, bool cleanup);

// What `tokenizers` does without a decoder: a space between tokens.
std::unique_ptr<const Decoder> MakeSpaceDecoder();

// The tokens after all steps of `decoder`, joined.
std::string DecodeTokens(const Decoder& decoder, std::vector<std::string> tokens);

}  // namespace footnote::transformer

#endif  // FOOTNOTE_TRANSFORMER_TOKENIZER_DECODER_H_
