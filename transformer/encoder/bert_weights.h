#ifndef FOOTNOTE_TRANSFORMER_ENCODER_BERT_WEIGHTS_H_
#define FOOTNOTE_TRANSFORMER_ENCODER_BERT_WEIGHTS_H_

#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "transformer/encoder/families/family.h"
#include "transformer/encoder/tensor_reader.h"
#include "transformer/model/model_config.h"

namespace footnote::transformer {

// The weights of a BERT-type encoder in f32, as the forward pass wants them.
// Tensor names are those of Hugging Face's BertModel, with or without the
// family's prefix. Errors: those of TensorReader.

struct BertEmbeddings {
  std::vector<float> words;  // [vocab_size, hidden_size]
  // Position embeddings, each with the embedding of token type 0 added:
  // [max_position_embeddings, hidden_size].
  std::vector<float> positions;
  // Type 1 less type 0, [hidden_size]; empty where there is but one type.
  std::vector<float> second_type;
  LayerNormWeights norm;
};

// Heads are padded with zeros to head_dim, a multiple of 32, which changes no
// result; width = heads * head_dim.
struct BertLayerWeights {
  // Queries, keys and values of all heads as one layer: [3 * width, hidden_size].
  LinearWeights qkv;
  LinearWeights attention_out;  // [hidden_size, width]
  LayerNormWeights attention_norm;
  LinearWeights up;    // [intermediate_size, hidden_size]
  LinearWeights down;  // [hidden_size, intermediate_size]
  LayerNormWeights output_norm;
};

int64_t PaddedHeadDim(const BertConfig& config);

// A reader of the encoder's tensors in `file`.
TensorReader EncoderTensors(const EncoderFamily& family, const WeightFile& file);

absl::StatusOr<BertEmbeddings> ReadBertEmbeddings(const BertConfig& config,
                                                  const TensorReader& reader);
absl::StatusOr<BertLayerWeights> ReadBertLayer(const BertConfig& config, const TensorReader& reader,
                                               int layer);

}  // namespace footnote::transformer

#endif  // FOOTNOTE_TRANSFORMER_ENCODER_BERT_WEIGHTS_H_
