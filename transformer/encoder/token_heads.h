#ifndef FOOTNOTE_TRANSFORMER_ENCODER_TOKEN_HEADS_H_
#define FOOTNOTE_TRANSFORMER_ENCODER_TOKEN_HEADS_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "kernels/base/cpu.h"
#include "transformer/encoder/pooling.h"
#include "transformer/encoder/projection.h"
#include "transformer/model/model_config.h"
#include "transformer/text_encoder.h"
#include "transformer/tokenizer/tokenizer.h"

namespace footnote::transformer {

// The heads that models of bge-m3's kind put on each token's hidden state, each
// in a file of its own beside the encoder's weights. They run in f32 whatever the
// encoder's precision: a hundredth of one of its layers' work. Immutable and
// thread-safe.
//
// Source: Chen et al. 2024, https://arxiv.org/abs/2402.03216; FlagEmbedding 1.4.2,
// finetune/embedder/encoder_only/m3/modeling.py (_sparse_embedding,
// _colbert_embedding) and inference/embedder/encoder_only/m3.py
// (_process_token_weights, _process_colbert_vecs).
class TokenHeads {
 public:
  // Reads those heads that `config` names; there may be none. Errors: those of
  // OpenWeights and TensorReader.
  static absl::StatusOr<TokenHeads> Load(const std::string& model_dir, const ModelConfig& config,
                                         const SpecialTokens& special);

  // In both, states is [ids, hidden size], and `ids` are those of one text with its
  // special tokens, at least one. Precondition: the model has the head.

  // For each different token the greatest relu(w state + b) of its places, where
  // that is above 0; without the tokens of the template, padding and the unknown.
  // By ascending id.
  std::vector<TokenWeight> LexicalWeights(absl::Span<const int32_t> ids, const float* states) const;
  // w state + b of every token but the first, to unit length.
  TokenVectors ColbertVectors(absl::Span<const int32_t> ids, const float* states) const;

  // What tells heads apart; empty where there are none.
  const std::string& fingerprint() const { return fingerprint_; }

 private:
  TokenHeads(int64_t hidden, const SpecialTokens& special);

  absl::Status ReadSparse(const std::string& path);
  absl::Status ReadColbert(const std::string& path);

  int64_t hidden_;
  kernels::CpuLevel level_;
  std::vector<int32_t> unused_;  // tokens that weigh nothing
  std::optional<DenseLayer> sparse_;
  std::optional<Projection> colbert_;
  int64_t colbert_dim_ = 0;
  std::string fingerprint_;
};

}  // namespace footnote::transformer

#endif  // FOOTNOTE_TRANSFORMER_ENCODER_TOKEN_HEADS_H_
