#ifndef FOOTNOTE_TRANSFORMER_TOKENIZER_DECODER_H_
#define FOOTNOTE_TRANSFORMER_TOKENIZER_DECODER_H_

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "nlohmann/json_fwd.hpp"
#include "transformer/tokenizer/pattern.h"

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

  // Whether it makes one token of all.
  virtual bool joins() const { return false; }
  // Whether it takes something away at the ends of a token.
  virtual bool trims() const { return false; }
  // Whether it reads `token` as a byte, so that neighbours decide what it means.
  virtual bool is_byte(absl::string_view /*token*/) const { return false; }
};

using DecoderPtr = std::unique_ptr<const Decoder>;

// WordPiece: `prefix` marks a piece that continues a word; other pieces begin
// with a space. `cleanup` takes away the space before punctuation.
DecoderPtr MakeWordPieceDecoder(std::string prefix, bool cleanup);

// What `tokenizers` does without a decoder: a space between tokens.
DecoderPtr MakeSpaceDecoder();

DecoderPtr MakeByteLevelDecoder();  // GPT-2's byte alphabet
// `prepends`: a replacement in the first token was not in the text.
DecoderPtr MakeMetaspaceDecoder(char32_t replacement, bool prepends);
DecoderPtr MakeByteFallbackDecoder();  // "<0x41>" is a byte
DecoderPtr MakeFuseDecoder();          // joins all tokens
DecoderPtr MakeStripDecoder(char32_t content, size_t start, size_t stop);
DecoderPtr MakeReplaceDecoder(std::unique_ptr<const Pattern> pattern, std::string content);
DecoderPtr MakeBpeDecoder(std::string suffix);  // which ends a word
DecoderPtr MakeDecoderSequence(std::vector<DecoderPtr> steps);

// The byte that a token such as "<0x41>" stands for; -1 for any other.
int ByteOfToken(absl::string_view token);

// The "decoder" of a tokenizer.json; null for null. `name` is the file's. Errors:
// DataLoss and InvalidArgument (damaged), Unimplemented (an unknown type, which
// is named).
absl::StatusOr<DecoderPtr> ParseDecoder(const nlohmann::json& json, absl::string_view name);

// The tokens after all steps of `decoder`, joined.
std::string DecodeTokens(const Decoder& decoder, std::vector<std::string> tokens);

}  // namespace footnote::transformer

#endif  // FOOTNOTE_TRANSFORMER_TOKENIZER_DECODER_H_
