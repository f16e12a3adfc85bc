#ifndef FOOTNOTE_TRANSFORMER_EXECUTOR_WEIGHTS_H_
#define FOOTNOTE_TRANSFORMER_EXECUTOR_WEIGHTS_H_

#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "kernels/matrix.h"
#include "kernels/ops.h"

namespace footnote::transformer {

// f32 numbers in a device's memory. Empty: there are none. Must not outlive the
// Ops whose memory it is.
class DeviceVector {
 public:
  DeviceVector() = default;
  explicit DeviceVector(kernels::Ops::Memory memory) : memory_(std::move(memory)) {}

  float* data() const { return static_cast<float*>(memory_.get()); }

 private:
  kernels::Ops::Memory memory_{nullptr, kernels::Ops::Free{}};
};

// A linear layer, y = w x + bias. Its weight is one matrix, or several where the
// file keeps parts of it in different block formats.
struct Linear {
  struct Piece {
    std::unique_ptr<const kernels::Matrix> matrix;
    int64_t row = 0;  // of y, where the piece's outputs begin
  };
  std::vector<Piece> pieces;  // empty: there is no such layer
  DeviceVector bias;
  int64_t rows = 0;
  int64_t columns = 0;
  // Which of the model's layers it is, in the order of VisitSources: adapters
  // are found by it.
  int id = -1;

  bool present() const { return !pieces.empty(); }
};

// dim 0: there is no such norm.
struct Norm {
  DeviceVector weight;
  DeviceVector bias;
  int64_t dim = 0;
};

struct LayerWeights {
  Norm attention_norm;
  Linear qkv;
  Norm q_norm;
  Norm k_norm;
  Linear attention_out;
  Norm attention_post_norm;
  Norm mlp_norm;
  Linear up;
  Linear down;
  Norm mlp_post_norm;
  Norm cross_norm;
  Linear cross_q;
  Linear cross_kv;
  Linear cross_out;
};

// What is added to the scores of attention by head and distance, [heads, ld]; see
// kernels::AttendArgs. ld 0: nothing.
struct DistanceBias {
  DeviceVector values;
  int64_t ld = 0;
  int64_t origin = 0;
};

// The weights of a decoder on a device, in the order of WeightSource.
struct DecoderWeights {
  Linear embedding;
  Linear positions;
  Norm embedding_norm;
  Linear project_in;
  Linear project_out;
  std::vector<LayerWeights> layers;
  Norm final_norm;
  Linear head;  // absent when tied
  DistanceBias relative_bias;
};

// Those of an encoder, which looks tokens up in the decoder's table.
struct EncoderWeights {
  std::vector<LayerWeights> layers;
  Norm final_norm;
  DistanceBias relative_bias;
};

}  // namespace footnote::transformer

#endif  // FOOTNOTE_TRANSFORMER_EXECUTOR_WEIGHTS_H_
