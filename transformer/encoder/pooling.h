#ifndef FOOTNOTE_TRANSFORMER_ENCODER_POOLING_H_
#define FOOTNOTE_TRANSFORMER_ENCODER_POOLING_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "transformer/encoder/tensor_reader.h"
#include "transformer/model/model_config.h"

namespace footnote::transformer {

// y = activation(w x + b) in f32, for one vector. Immutable and thread-safe.
class DenseLayer {
 public:
  DenseLayer(LinearWeights weights, bool tanh) : weights_(std::move(weights)), tanh_(tanh) {}

  int64_t inputs() const { return weights_.inputs; }
  int64_t outputs() const { return weights_.outputs; }
  std::vector<float> Apply(const float* x) const;

 private:
  LinearWeights weights_;
  bool tanh_;
};

// x / max(|x|, 1e-12), as torch's normalize.
void ToUnitLength(absl::Span<float> x);

// From hidden states to one vector of unit length, by sentence-transformers'
// steps. Immutable and thread-safe.
class SentencePooling {
 public:
  // Reads the dense modules' weights. Errors: those of OpenWeights and TensorReader.
  static absl::StatusOr<SentencePooling> Load(const std::string& model_dir,
                                              const ModelConfig& config);

  // states: [tokens, hidden size], tokens >= 1; out: [embedding_size()].
  void Apply(const float* states, int64_t tokens, float* out) const;

  // What tells dense modules apart; empty where there are none.
  const std::string& dense_fingerprint() const { return dense_fingerprint_; }

 private:
  SentencePooling(Pooling pooling, int64_t dim) : pooling_(pooling), dim_(dim) {}

  Pooling pooling_;
  int64_t dim_;
  std::vector<DenseLayer> dense_;
  std::string dense_fingerprint_;
};

}  // namespace footnote::transformer

#endif  // FOOTNOTE_TRANSFORMER_ENCODER_POOLING_H_
