#ifndef FOOTNOTE_TRANSFORMER_MODEL_MODEL_CONFIG_H_
#define FOOTNOTE_TRANSFORMER_MODEL_MODEL_CONFIG_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "transformer/encoder_output.h"

namespace footnote::transformer {

// Bounds against nonsense and overflow, far above any published encoder.
inline constexpr int64_t kMaxWidth = 65'536;
inline constexpr int64_t kMaxPositions = 1'048'576;

enum class Activation {
  kGelu,      // x * Phi(x), by erf
  kGeluTanh,  // the tanh approximation ("gelu_new", "gelu_pytorch_tanh")
  kRelu,
};

enum class Pooling {
  kMean,  // over the tokens of the input, special tokens included
  kCls,   // the first token
};

// What config.json of a BERT-type encoder says. Every value was checked: all
// sizes are positive, hidden_size is a multiple of num_attention_heads, and
// position_offset is below max_position_embeddings.
struct BertConfig {
  int vocab_size = 0;
  int hidden_size = 0;
  int num_hidden_layers = 0;
  int num_attention_heads = 0;
  int intermediate_size = 0;
  int max_position_embeddings = 0;
  int type_vocab_size = 0;
  float layer_norm_eps = 1e-12f;
  Activation activation = Activation::kGelu;
  // The row of the first token in the table of positions.
  int position_offset = 0;
  // A token that takes row position_offset - 1 and isn't counted (RoBERTa's
  // padding, which a text may name); -1: there is none.
  int32_t unplaced_token = -1;

  // The longest input in tokens.
  int longest_input() const { return max_position_embeddings - position_offset; }
};

// A layer that sentence-transformers puts behind the pooling:
// y = activation(w x + b).
struct DenseConfig {
  std::string dir;  // of its weights, below the model's folder
  int inputs = 0;
  int outputs = 0;
  bool bias = true;
  bool tanh = false;
};

// What is put before a text, by its role ("query: "). Models are trained with
// such words and find less without.
struct Prompts {
  std::string query;
  std::string passage;
};

// An encoder's folder in the Hugging Face layout.
struct ModelConfig {
  std::string family;  // a row of encoder/families/registry.cc: "bert"
  BertConfig bert;
  Pooling pooling = Pooling::kMean;
  std::vector<DenseConfig> dense;
  Prompts prompts;
  // Files below the model's folder with the weights of bge-m3's heads on single
  // tokens; empty: the model has no such head.
  std::string sparse_head;
  std::string colbert_head;
  // The longest input in tokens, special tokens included; at most
  // bert.longest_input().
  int max_seq_length = 0;
  // Whether the text is put in lower case before it reaches the tokenizer.
  // Most tokenizers do that by themselves.
  bool do_lower_case = false;
  // Of a cross-encoder: the scores it gives, and whether they go through a
  // sigmoid. 0 labels: the folder holds no classifier.
  int labels = 0;
  bool sigmoid = true;

  // Length of an embedding.
  int embedding_size() const { return dense.empty() ? bert.hidden_size : dense.back().outputs; }
  // What the model makes of a text, when it isn't used as a cross-encoder.
  std::vector<EncoderOutput> outputs() const;
};

// Reads config.json and, where present, sentence_bert_config.json,
// config_sentence_transformers.json, modules.json, 1_Pooling/config.json, the
// dense modules' config.json and tokenizer_config.json; and looks for heads.
//
// Errors: NotFound (no folder, no config.json), DataLoss (not JSON),
// InvalidArgument (a value that is missing, of the wrong type or out of range;
// the message names file and key), Unimplemented (another family, position
// embedding, activation, pooling or module; the message names it).
absl::StatusOr<ModelConfig> LoadModelConfig(const std::string& model_dir);

}  // namespace footnote::transformer

#endif  // FOOTNOTE_TRANSFORMER_MODEL_MODEL_CONFIG_H_
