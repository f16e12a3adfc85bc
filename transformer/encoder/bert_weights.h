#ifndef FOOTNOTE_TRANSFORMER_ENCODER_BERT_WEIGHTS_H_
#define FOOTNOTE_TRANSFORMER_ENCODER_BERT_WEIGHTS_H_

#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "transformer/model/model_config.h"
#include "transformer/weights/weight_file.h"

namespace footnote::transformer {

// One linear layer: y = w x + b. w is row-major [outputs, inputs].
struct LinearWeights {
  int64_t outputs = 0;
  int64_t inputs = 0;
  std::vector<float> w;
  std::vector<float> b;
};

struct LayerNormWeights {
  std::vector<float> gain;
  std::vector<float> bias;
};

struct BertLayerWeights {
  // Queries, keys and values of all heads as one layer: [3 * attention_width,
  // hidden_size].
  LinearWeights qkv;
  LinearWeights attention_out;  // [hidden_size, attention_width]
  LayerNormWeights attention_norm;
  LinearWeights up;    // [intermediate_size, hidden_size]
  LinearWeights down;  // [hidden_size, intermediate_size]
  LayerNormWeights output_norm;
};

// The weights of a BERT-type encoder in f32, as the forward pass wants them:
// each head is padded with zeros to head_dim, a multiple of 32, which changes no
// result.
struct BertWeights {
  int64_t head_dim = 0;
  int64_t attention_width = 0;  // heads * head_dim
  std::vector<float> words;     // [vocab_size, hidden_size]
  // Position embeddings, each with the embedding of token type 0 added:
  // [max_position_embeddings, hidden_size].
  std::vector<float> positions;
  LayerNormWeights embedding_norm;
  std::vector<BertLayerWeights> layers;
};

// Copies the weights out of `file`. Tensor names are those of Hugging Face's
// BertModel, with or without the prefix "bert.".
//
// Errors: InvalidArgument: a tensor is missing or has another shape than
// `config` says. Unimplemented: an element type that isn't F32, F16 or BF16.
// DataLoss: a weight that isn't a finite number. Messages name tensor and file.
absl::StatusOr<BertWeights> ReadBertWeights(const BertConfig& config, const WeightFile& file);

}  // namespace footnote::transformer

#endif  // FOOTNOTE_TRANSFORMER_ENCODER_BERT_WEIGHTS_H_
