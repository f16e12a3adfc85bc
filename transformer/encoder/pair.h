#ifndef FOOTNOTE_TRANSFORMER_ENCODER_PAIR_H_
#define FOOTNOTE_TRANSFORMER_ENCODER_PAIR_H_

#include <cstddef>
#include <cstdint>
#include <vector>

#include "transformer/encoder/families/family.h"
#include "transformer/encoder/packed_runner.h"
#include "transformer/tokenizer/tokenizer.h"

namespace footnote::transformer {

// How many tokens of two texts are kept so that they have at most `room`
// together: the longer text gives first, then both give alike and the longer
// keeps the odd one (the rule "longest_first" of Hugging Face's tokenizers).
struct PairLengths {
  size_t first = 0;
  size_t second = 0;
};
PairLengths FitPair(size_t first, size_t second, size_t room);

// Special tokens around a pair.
int PairSpecialCount(const EncoderFamily& family);

// [CLS] first [SEP] second [SEP], with as many [SEP] between as the family has.
// first, second: ids without special tokens. Precondition: max_tokens >
// PairSpecialCount().
EncoderInput JoinPair(const EncoderFamily& family, const SpecialTokens& special,
                      const std::vector<int32_t>& first, const std::vector<int32_t>& second,
                      int max_tokens);

}  // namespace footnote::transformer

#endif  // FOOTNOTE_TRANSFORMER_ENCODER_PAIR_H_
