#ifndef FOOTNOTE_TRANSFORMER_TOKENIZER_STREAM_DECODER_H_
#define FOOTNOTE_TRANSFORMER_TOKENIZER_STREAM_DECODER_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/types/span.h"
#include "transformer/tokenizer/tokenizer.h"

namespace footnote::transformer {

// Whether a token is one byte, such as "<0xE4>", whose neighbours decide whether it
// is text: a run of them that isn't UTF-8 becomes U+FFFD throughout.
bool IsByteToken(const Tokenizer& tokenizer, int32_t id);

// Decodes ids as they come. What Push and Flush return, joined, is what
// Tokenizer::Decode makes of all ids; no part ends within a character. A run of
// byte tokens such as "<0xE4>" is kept back until it ends, for only then is it
// known whether it is text. Costs a few tokens' decoding per id, however long
// the text. Not thread-safe; the tokenizer must outlive it.
class StreamDecoder {
 public:
  // With `before`, the ids go on a text that ends with these: a first " ing" keeps
  // its space, which it would lose at the beginning of a text.
  StreamDecoder(const Tokenizer& tokenizer, bool skip_special,
                absl::Span<const int32_t> before = {});

  // The text that is complete now; often that of `id`, sometimes none.
  std::string Push(int32_t id);

  // Whether text is kept back.
  bool pending() const { return !pending_.empty(); }

  // What was kept back; bytes that are no character become U+FFFD. Then it
  // begins anew.
  std::string Flush();

 private:
  // Whether what comes next may change the text of what is pending.
  bool MayChange() const;
  // The text that pending_ adds after context_; false if it is not yet settled.
  bool Added(std::string* text) const;

  const Tokenizer& tokenizer_;
  const bool skip_special_;
  std::vector<int32_t> context_;  // the last tokens whose text was returned
  std::vector<int32_t> pending_;  // those after them
};

}  // namespace footnote::transformer

#endif  // FOOTNOTE_TRANSFORMER_TOKENIZER_STREAM_DECODER_H_
