#include "transformer/encoder/projection.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "kernels/quantize.h"

namespace footnote::transformer {
namespace {

// Copies of inputs that may be spent on outlying weights, as a part of the
// inputs. Measured on all-MiniLM-L6-v2: without, the output layer of the
// feed-forward network alone costs as much accuracy as everything else together;
// more than this gains nothing.
constexpr int64_t kInputsPerCopy = 48;

// To a quarter power of two, so that the last bits of a sum, which differ
// between CPU levels, don't change the quantised weights.
float Coarse(double factor) {
  return static_cast<float>(std::exp2(std::round(std::log2(factor) * 4) / 4));
}

template <typename T>
void Grow(size_t size, kernels::Buffer<T>* buffer) {
  if (buffer->size() < size) *buffer = kernels::Buffer<T>(size);
}

}  // namespace

Projection Projection::Make(const LinearWeights& weights, Precision precision,
                            const Int8Inputs* inputs) {
  Projection p;
  switch (precision) {
    case Precision::kFloat32:
      p.weights_ = kernels::PackLinearF32(weights.w.data(), weights.b.data(), weights.outputs,
                                          weights.inputs);
      break;
    case Precision::kBfloat16:
      p.weights_ = kernels::PackLinearBf16(weights.w.data(), weights.b.data(), weights.outputs,
                                           weights.inputs);
      break;
    case Precision::kInt8:
      p.weights_ = MakeInt8(weights, inputs);
      break;
  }
  return p;
}

// With gain g and center c: w x + b = (w / g) ((x - c) g) + (b + w c).
void Projection::Smooth(const Int8Inputs& inputs, LinearWeights* weights, Int8* out) {
  const int64_t n = weights->outputs, k = weights->inputs;
  out->center = kernels::Buffer<float>(k);
  out->gain = kernels::Buffer<float>(k);
  std::vector<float> greatest_weight(k, 0);
  for (int64_t j = 0; j < n; ++j) {
    for (int64_t i = 0; i < k; ++i) {
      greatest_weight[i] = std::max(greatest_weight[i], std::abs(weights->w[j * k + i]));
    }
  }
  const std::vector<float>& greatest = inputs.statistics.greatest;
  // An input that hardly moves on a few paragraphs may move elsewhere.
  const double least = std::max(1e-3 * *std::max_element(greatest.begin(), greatest.end()), 1e-6);
  for (int64_t i = 0; i < k; ++i) {
    const double x = std::max<double>(greatest[i], least);
    const double w = std::max<double>(greatest_weight[i], 1e-6);
    out->gain[i] = Coarse(std::pow(w, 1 - inputs.smoothing) / std::pow(x, inputs.smoothing));
    out->center[i] = std::round(inputs.statistics.mean[i] * 64) / 64;
  }
  for (int64_t j = 0; j < n; ++j) {
    double bias = weights->b[j];
    for (int64_t i = 0; i < k; ++i) {
      bias += static_cast<double>(weights->w[j * k + i]) * out->center[i];
      weights->w[j * k + i] /= out->gain[i];
    }
    weights->b[j] = static_cast<float>(bias);
  }
}

Projection::Int8 Projection::MakeInt8(const LinearWeights& weights, const Int8Inputs* inputs) {
  const int64_t n = weights.outputs, k = weights.inputs;
  const int64_t extra = (k / kInputsPerCopy + 3) / 4 * 4;
  Int8 out;
  if (inputs != nullptr && inputs->smoothing > 0) {
    LinearWeights smoothed = weights;
    Smooth(*inputs, &smoothed, &out);
    out.linear = kernels::PackLinearInt8(smoothed.w.data(), smoothed.b.data(), n, k, extra);
    return out;
  }
  out.linear = kernels::PackLinearInt8(weights.w.data(), weights.b.data(), n, k, extra);
  if (inputs == nullptr) return out;
  // What rounding the weights adds to each output on average comes off its bias.
  // (With a center the average input is near zero, and so is this.)
  for (int64_t j = 0; j < n; ++j) {
    const float scale = out.linear.scale[j];
    double error = 0;
    for (int64_t i = 0; i < k; ++i) {
      const float w = weights.w[j * k + i];
      error += static_cast<double>(std::round(w / scale) * scale - w) * inputs->statistics.mean[i];
    }
    out.linear.bias[j] -= static_cast<float>(error);
  }
  return out;
}

void Projection::ApplyInt8(const Int8& w, kernels::CpuLevel level, const float* x, int64_t ldx,
                           int64_t rows, const kernels::LinearOutput& y,
                           ProjectionScratch* scratch) const {
  const kernels::LinearInt8& linear = w.linear;
  Grow(rows * linear.k_packed, &scratch->q);
  Grow(rows, &scratch->scale);
  Grow(rows, &scratch->offset);
  kernels::QuantizeArgs args;
  args.x = x;
  args.ldx = ldx;
  args.rows = rows;
  args.dim = linear.k;
  args.center = w.center.data();
  args.gain = w.gain.data();
  args.extra_inputs = linear.extra_inputs.data();
  args.extra = linear.k_packed - linear.k;
  args.q = scratch->q.data();
  args.ldq = linear.k_packed;
  args.scale = scratch->scale.data();
  args.offset = scratch->offset.data();
  kernels::QuantizeRows(level, args);
  kernels::ApplyLinear(level, linear, {args.q, args.ldq, args.scale, args.offset}, rows, y);
}

void Projection::Apply(kernels::CpuLevel level, const float* x, int64_t ldx, int64_t rows,
                       const kernels::LinearOutput& y, ProjectionScratch* scratch) const {
  if (const auto* f32 = std::get_if<kernels::LinearF32>(&weights_)) {
    kernels::ApplyLinear(level, *f32, x, ldx, rows, y);
  } else if (const auto* bf16 = std::get_if<kernels::LinearBf16>(&weights_)) {
    Grow(rows * bf16->k, &scratch->bf16);
    for (int64_t r = 0; r < rows; ++r) {
      kernels::ToBf16(level, x + r * ldx, bf16->k, scratch->bf16.data() + r * bf16->k);
    }
    kernels::ApplyLinear(level, *bf16, scratch->bf16.data(), bf16->k, rows, y);
  } else {
    ApplyInt8(std::get<Int8>(weights_), level, x, ldx, rows, y, scratch);
  }
}

}  // namespace footnote::transformer
