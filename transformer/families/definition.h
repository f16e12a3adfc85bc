#ifndef FOOTNOTE_TRANSFORMER_FAMILIES_DEFINITION_H_
#define FOOTNOTE_TRANSFORMER_FAMILIES_DEFINITION_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "transformer/model/transformer_config.h"

namespace footnote::transformer {

// Shared by all layers: it is as long as a matrix is high.
using RowOrder = std::shared_ptr<const std::vector<int32_t>>;

// Rows of one stored tensor, which become consecutive rows of a matrix or
// elements of a vector.
struct TensorSource {
  std::string name;
  int64_t rows = 0;
  // How many rows the tensor has; 0: `rows`.
  int64_t stored_rows = 0;
  // Row i is the tensor's row (*row_order)[i]; null: the tensor's first `rows` rows.
  RowOrder row_order;
  // The tensor is [columns, rows].
  bool transposed = false;

  int64_t tensor_rows() const { return stored_rows > 0 ? stored_rows : rows; }
};

// A linear layer: tensors one under another. No weight: the layer isn't there.
struct LinearSource {
  std::vector<TensorSource> weight;
  std::vector<TensorSource> bias;  // empty: none
  int64_t columns = 0;

  bool present() const { return !weight.empty(); }
  int64_t rows() const {
    int64_t n = 0;
    for (const TensorSource& part : weight) n += part.rows;
    return n;
  }
};

// A norm's tensors. `dim` 0: there is no such norm; empty names: without weight
// or bias.
struct NormSource {
  std::string weight;
  std::string bias;
  int64_t dim = 0;
};

// One layer. The queries', keys' and values' rows stand in this order in `qkv`,
// the gate's before the others in `up`.
struct LayerSource {
  NormSource attention_norm;
  LinearSource qkv;
  NormSource q_norm;
  NormSource k_norm;
  LinearSource attention_out;
  NormSource attention_post_norm;
  NormSource mlp_norm;
  LinearSource up;
  LinearSource down;
  NormSource mlp_post_norm;
  // Of a decoder that attends to an encoder's states, between self-attention and
  // feed-forward; the keys' rows stand before the values'.
  NormSource cross_norm;
  LinearSource cross_q;
  LinearSource cross_kv;
  LinearSource cross_out;
};

// Where each weight of a model is found in its file.
struct WeightSource {
  LinearSource embedding;  // [vocab_size, embedding_size or hidden_size]
  LinearSource positions;  // [position_rows, hidden_size]
  NormSource embedding_norm;
  LinearSource project_in;   // [hidden_size, embedding_size]
  LinearSource project_out;  // [embedding_size, hidden_size]
  std::vector<LayerSource> layers;
  NormSource final_norm;
  LinearSource head;  // absent when tied
  // Of an encoder-decoder, which shares the embedding.
  std::vector<LayerSource> encoder_layers;
  NormSource encoder_norm;
  LinearSource relative_bias;  // [relative_buckets, heads]
  LinearSource encoder_relative_bias;
  // Endings of the names of tensors that are no weights: masks, frequencies.
  std::vector<std::string> ignored;
};

// What a family makes of a model's configuration: what to compute, and with
// which tensors.
struct ModelDefinition {
  TransformerConfig config;
  WeightSource source;
  // Changes with the configuration; a GGUF file's is among its weights' bytes.
  std::string fingerprint;
};

}  // namespace footnote::transformer

#endif  // FOOTNOTE_TRANSFORMER_FAMILIES_DEFINITION_H_
