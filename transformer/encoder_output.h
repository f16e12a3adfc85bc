#ifndef FOOTNOTE_TRANSFORMER_ENCODER_OUTPUT_H_
#define FOOTNOTE_TRANSFORMER_ENCODER_OUTPUT_H_

#include "absl/strings/string_view.h"

namespace footnote::transformer {

// What an encoder can make of one text. Every model gives kDense; models of
// bge-m3's kind give the others too.
enum class EncoderOutput {
  kDense,    // one vector for the text
  kSparse,   // a weight for each different token: FlagEmbedding's "lexical_weights"
  kColbert,  // a vector for each token: FlagEmbedding's "colbert_vecs"
};

// "dense", "sparse", "colbert".
absl::string_view EncoderOutputName(EncoderOutput output);

}  // namespace footnote::transformer

#endif  // FOOTNOTE_TRANSFORMER_ENCODER_OUTPUT_H_
