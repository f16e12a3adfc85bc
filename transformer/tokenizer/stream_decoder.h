#ifndef FOOTNOTE_TRANSFORMER_TOKENIZER_STREAM_DECODER_H_
#define FOOTNOTE_TRANSFORMER_TOKENIZER_STREAM_DECODER_H_

#include <cstdint>
#include <string>
#include <vector>

#include "transformer/tokenizer/tokenizer.h"

namespace footnote::transformer {

// Decodes ids as they come. What Push and Flush return, joined, is what
// Tokenizer::Decode makes of all ids; no part ends within a character. A run of
// byte tokens such as "<0xE4>" is kept back until it ends, for only then is it
// known whether it is text. Costs a few tokens' decoding per id, however long
// the text. Not thread-safe; the tokenizer must outlive it.
class StreamDecoder {
 public:
  StreamDecoder(const Tokenizer& tokenizer, bool skip_special)
      : tokenizer_(tokenizer), skip_special_(skip_special) {}

  // The text that is complete now; often that of `id`, sometimes none.
  std::string Push(int32_t id);

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
