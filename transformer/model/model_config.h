#ifndef FOOTNOTE_TRANSFORMER_MODEL_MODEL_CONFIG_H_
#define FOOTNOTE_TRANSFORMER_MODEL_MODEL_CONFIG_H_

#include <string>

#include "absl/status/statusor.h"

namespace footnote::transformer {

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
// sizes are positive and hidden_size is a multiple of num_attention_heads.
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
};

// A sentence encoder's folder in the Hugging Face layout.
struct ModelConfig {
  std::string family;  // "bert"
  BertConfig bert;
  Pooling pooling = Pooling::kMean;
  // The longest input in tokens, special tokens included; at most
  // bert.max_position_embeddings.
  int max_seq_length = 0;
  // Whether the text is put in lower case before it reaches the tokenizer.
  // Most tokenizers do that by themselves.
  bool do_lower_case = false;
};

// Reads config.json and, where present, sentence_bert_config.json,
// modules.json, 1_Pooling/config.json and tokenizer_config.json.
//
// Errors: NotFound (no folder, no config.json), DataLoss (not JSON),
// InvalidArgument (a value that is missing, of the wrong type or out of range;
// the message names file and key), Unimplemented (another family, position
// embedding, activation, pooling or module; the message names it).
absl::StatusOr<ModelConfig> LoadModelConfig(const std::string& model_dir);

}  // namespace footnote::transformer

#endif  // FOOTNOTE_TRANSFORMER_MODEL_MODEL_CONFIG_H_
