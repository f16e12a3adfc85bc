#ifndef FOOTNOTE_TRANSFORMER_ENCODER_PROJECTION_H_
#define FOOTNOTE_TRANSFORMER_ENCODER_PROJECTION_H_

#include <cstdint>
#include <variant>
#include <vector>

#include "kernels/base/buffer.h"
#include "kernels/base/cpu.h"
#include "kernels/linear.h"
#include "transformer/encoder/tensor_reader.h"
#include "transformer/text_encoder.h"

namespace footnote::transformer {

// What a linear layer's inputs look like on ordinary text, for choosing how to
// quantise them.
struct InputStatistics {
  std::vector<float> mean;      // of each input
  std::vector<float> greatest;  // of |input - mean|
};

// How the inputs of an int8 layer are brought into 8 bits.
struct Int8Inputs {
  InputStatistics statistics;
  // How much of each input's spread its weights take over, so that no single
  // input takes most of the 256 steps of its row: 0 nothing, 1 all of it.
  double smoothing = 0;
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
  // `inputs` may be null; only int8 uses it. Preconditions: the number of inputs
  // is a multiple of 2 for bf16 and of 4 for int8.
  static Projection Make(const LinearWeights& weights, Precision precision,
                         const Int8Inputs* inputs);

  // y = w x + b for `rows` rows of f32 x, ldx apart.
  void Apply(kernels::CpuLevel level, const float* x, int64_t ldx, int64_t rows,
             const kernels::LinearOutput& y, ProjectionScratch* scratch) const;

 private:
  struct Int8 {
    kernels::LinearInt8 linear;
    kernels::Buffer<float> center;  // both empty without smoothing
    kernels::Buffer<float> gain;
  };

  static Int8 MakeInt8(const LinearWeights& weights, const Int8Inputs* inputs);
  static void Smooth(const Int8Inputs& inputs, LinearWeights* weights, Int8* out);
  void ApplyInt8(const Int8& w, kernels::CpuLevel level, const float* x, int64_t ldx, int64_t rows,
                 const kernels::LinearOutput& y, ProjectionScratch* scratch) const;

  std::variant<kernels::LinearF32, kernels::LinearBf16, Int8> weights_;
};

}  // namespace footnote::transformer

#endif  // FOOTNOTE_TRANSFORMER_ENCODER_PROJECTION_H_
