#ifndef FOOTNOTE_TRANSFORMER_ENCODER_PROJECTION_H_
#define FOOTNOTE_TRANSFORMER_ENCODER_PROJECTION_H_

#include <cstdint>
#include <variant>
#include <vector>

#include "kernels/base/buffer.h"
#include "kernels/base/cpu.h"
#include "kernels/linear.h"
#include "transformer/encoder/bert_weights.h"
#include "transformer/text_encoder.h"

namespace footnote::transformer {

// What a linear layer's inputs look like on ordinary text, for choosing how to
// quantise them.
struct InputStatistics {
  std::vector<float> mean;      // of each input
  std::vector<float> greatest;  // of |input - mean|
};

// Space for a projection's inputs in the type that the product takes. Grows to
// what is asked and stays. Not thread-safe: one per worker.
struct ProjectionScratch {
  kernels::Buffer<kernels::Bf16> bf16;
  kernels::Buffer<uint8_t> q;
  kernels::Buffer<float> scale;
  kernels::Buffer<float> offset;
};

// A linear layer at one precision. Immutable and thread-safe.
class Projection {
 public:
  // int8: `statistics` (may be null) is used to move and weigh the inputs so that
  // no single one takes most of the 256 steps of its row; the weights undo it.
  // Preconditions: inputs are a multiple of 2 for bf16 and of 4 for int8.
  static Projection Make(const LinearWeights& weights, Precision precision,
                         const InputStatistics* statistics);

  // y = w x + b for `rows` rows of f32 x, ldx apart.
  void Apply(kernels::CpuLevel level, const float* x, int64_t ldx, int64_t rows,
             const kernels::LinearOutput& y, ProjectionScratch* scratch) const;

 private:
  struct Int8 {
    kernels::LinearInt8 linear;
    kernels::Buffer<float> center;  // both empty where there are no statistics
    kernels::Buffer<float> gain;
  };

  static Int8 MakeInt8(const LinearWeights& weights, const InputStatistics* statistics);
  void ApplyInt8(const Int8& w, kernels::CpuLevel level, const float* x, int64_t ldx, int64_t rows,
                 const kernels::LinearOutput& y, ProjectionScratch* scratch) const;

  std::variant<kernels::LinearF32, kernels::LinearBf16, Int8> weights_;
};

}  // namespace footnote::transformer

#endif  // FOOTNOTE_TRANSFORMER_ENCODER_PROJECTION_H_
