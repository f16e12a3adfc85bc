#include "tests/kernels/cuda/check/llama.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <random>
#include <utility>

#include "kernels/base/status_macros.h"
#include "kernels/bfloat16_portable.h"

namespace footnote::kernels::cuda {
namespace {

constexpr uint64_t kTokenKey = 1;

}  // namespace

absl::StatusOr<std::unique_ptr<RandomLlama>> RandomLlama::Make(CudaOps& ops,
                                                               const LlamaShape& shape,
                                                               WeightFormat format,
                                                               int64_t max_tokens) {
  std::unique_ptr<RandomLlama> model(new RandomLlama(ops, shape, max_tokens));
  FN_RETURN_IF_ERROR(model->Load(format));
  return model;
}

absl::Status RandomLlama::Load(WeightFormat format) {
  const LlamaShape& s = shape_;
  const int64_t width = s.heads * s.head_dim;
  const int64_t kv_width = s.kv_heads * s.head_dim;
  // One run of random numbers serves all matrices; each has its own place on the device.
  const int64_t largest = std::max(s.vocab, 2 * s.intermediate) * s.hidden;
  std::vector<uint16_t> values(largest);
  std::mt19937 rng(1);
  std::normal_distribution<float> normal(0, 0.02f);
  std::vector<uint16_t> numbers(65521);
  for (uint16_t& v : numbers) v = internal::RoundToBf16(normal(rng));
  for (int64_t i = 0; i < largest; ++i) values[i] = numbers[i % numbers.size()];
  const auto pack = [&](int64_t n, int64_t k) {
    MatrixPart part;
    part.format = WeightFormat::kBf16;
    part.data = values.data();
    part.rows = n;
    part.cols = k;
    return ops_.Pack({&part, 1}, format);
  };
  const int64_t blocks = (max_tokens_ + kKvBlockTokens - 1) / kKvBlockTokens;
  for (int64_t l = 0; l < s.layers; ++l) {
    Layer layer;
    FN_ASSIGN_OR_RETURN(layer.qkv, pack(width + 2 * kv_width, s.hidden));
    FN_ASSIGN_OR_RETURN(layer.out, pack(s.hidden, width));
    FN_ASSIGN_OR_RETURN(layer.gate_up, pack(2 * s.intermediate, s.hidden));
    FN_ASSIGN_OR_RETURN(layer.down, pack(s.hidden, s.intermediate));
    FN_ASSIGN_OR_RETURN(
        layer.cache, ops_.Allocate(blocks * KvBlockBytes(KvFormat::kBf16, s.kv_heads, s.head_dim)));
    bytes_ +=
        layer.qkv->bytes() + layer.out->bytes() + layer.gate_up->bytes() + layer.down->bytes();
    layers_.push_back(std::move(layer));
  }
  FN_ASSIGN_OR_RETURN(embedding_, pack(s.vocab, s.hidden));
  FN_ASSIGN_OR_RETURN(head_, pack(s.vocab, s.hidden));
  bytes_ += head_->bytes();

  const std::vector<float> ones(s.hidden, 1.f);
  std::vector<float> cos;
  std::vector<float> sin;
  for (int64_t p = 0; p < max_tokens_; ++p) {
    for (int64_t i = 0; i < s.head_dim / 2; ++i) {
      const double angle =
          static_cast<double>(p) * std::pow(5e5, -2.0 * static_cast<double>(i) / s.head_dim);
      cos.push_back(static_cast<float>(std::cos(angle)));
      sin.push_back(static_cast<float>(std::sin(angle)));
    }
  }
  const auto allocate = [&](int64_t floats, Ops::Memory* memory) {
    auto allocated = ops_.Allocate(floats * sizeof(float));
    if (allocated.ok()) *memory = *std::move(allocated);
    return allocated.status();
  };
  FN_RETURN_IF_ERROR(allocate(s.hidden, &norm_));
  FN_RETURN_IF_ERROR(allocate(static_cast<int64_t>(cos.size()), &cos_));
  FN_RETURN_IF_ERROR(allocate(static_cast<int64_t>(sin.size()), &sin_));
  FN_RETURN_IF_ERROR(allocate(max_tokens_ * s.hidden, &x_));
  FN_RETURN_IF_ERROR(allocate(max_tokens_ * s.hidden, &normed_));
  FN_RETURN_IF_ERROR(allocate(max_tokens_ * (width + 2 * kv_width), &qkv_));
  FN_RETURN_IF_ERROR(allocate(max_tokens_ * width, &attended_));
  FN_RETURN_IF_ERROR(allocate(max_tokens_ * 2 * s.intermediate, &gate_up_));
  FN_RETURN_IF_ERROR(allocate(max_tokens_ * s.intermediate, &gated_));
  FN_RETURN_IF_ERROR(allocate(s.vocab, &logits_));
  ops_.CopyIn(ones.data(), ones.size() * sizeof(float), norm_.get());
  ops_.CopyIn(cos.data(), cos.size() * sizeof(float), cos_.get());
  ops_.CopyIn(sin.data(), sin.size() * sizeof(float), sin_.get());
  step_ = ops_.NewStep();
  return ops_.Synchronize();
}

double RandomLlama::operations(int64_t tokens) const {
  const LlamaShape& s = shape_;
  const double width = static_cast<double>(s.heads * s.head_dim);
  const double kv_width = static_cast<double>(s.kv_heads * s.head_dim);
  const auto hidden = static_cast<double>(s.hidden);
  const double layer =
      2 * hidden * (2 * width + 2 * kv_width) + 6 * hidden * static_cast<double>(s.intermediate);
  const auto t = static_cast<double>(tokens);
  const double attention = 2 * width * t * (t + 1);  // half of all pairs, two products
  return static_cast<double>(s.layers) * (t * layer + attention) +
         2 * hidden * static_cast<double>(s.vocab);
}

void RandomLlama::Upload(int64_t rows) {
  length_ += rows;
  std::vector<int32_t> positions(rows);
  std::iota(positions.begin(), positions.end(), static_cast<int32_t>(length_ - rows));
  std::vector<int32_t> table((max_tokens_ + kKvBlockTokens - 1) / kKvBlockTokens);
  std::iota(table.begin(), table.end(), 0);
  const std::vector<int32_t> first_row = {0, static_cast<int32_t>(rows)};
  const std::vector<int32_t> kv_length = {static_cast<int32_t>(length_)};
  StepLayout layout;
  layout.positions = positions;
  layout.first_row = first_row;
  layout.kv_length = kv_length;
  layout.block_table = table;
  layout.max_blocks = static_cast<int64_t>(table.size());
  ops_.Upload(layout, step_.get());
  std::vector<int32_t> ids(rows);
  for (int64_t r = 0; r < rows; ++r)
    ids[r] = static_cast<int32_t>((r * 7919 + length_) % shape_.vocab);
  ops_.Gather(*embedding_, ids, Part(x_), shape_.hidden);
}

void RandomLlama::Multiply(const Matrix& w, const float* x, int64_t rows, float* y, bool add) {
  MatMulArgs args;
  args.w = &w;
  args.x = x;
  args.ldx = w.k();
  args.rows = rows;
  args.y = y;
  args.ldy = w.n();
  args.add = add;
  ops_.MatMul(args);
}

void RandomLlama::Run(int64_t rows) {
  const LlamaShape& s = shape_;
  const int64_t width = s.heads * s.head_dim;
  const int64_t kv_width = s.kv_heads * s.head_dim;
  const int64_t ld = width + 2 * kv_width;
  NormArgs norm;
  norm.rows = rows;
  norm.ldx = norm.ldy = norm.dim = s.hidden;
  norm.weight = Part(norm_);
  norm.eps = 1e-5f;
  norm.x = Part(x_);
  norm.y = Part(normed_);
  for (const Layer& layer : layers_) {
    const KvLayer cache = {KvFormat::kBf16, s.kv_heads, s.head_dim, layer.cache.get()};
    ops_.Norm(norm);
    Multiply(*layer.qkv, Part(normed_), rows, Part(qkv_), false);
    ops_.StoreKv(*step_, cache, Part(qkv_) + width, ld, Part(qkv_) + width + kv_width, ld);
    AttendArgs attend;
    attend.step = step_.get();
    attend.cache = cache;
    attend.q = Part(qkv_);
    attend.ldq = ld;
    attend.heads = s.heads;
    attend.rotary = {RotaryLayout::kHalf, s.head_dim, max_tokens_, Part(cos_), Part(sin_)};
    attend.scale = 1 / std::sqrt(static_cast<float>(s.head_dim));
    attend.out = Part(attended_);
    attend.ldo = width;
    ops_.Attend(attend);
    Multiply(*layer.out, Part(attended_), rows, Part(x_), true);
    ops_.Norm(norm);
    Multiply(*layer.gate_up, Part(normed_), rows, Part(gate_up_), false);
    ops_.GatedActivate(Unary::kSilu, Part(gate_up_), 2 * s.intermediate, rows, s.intermediate,
                       Part(gated_), s.intermediate);
    Multiply(*layer.down, Part(gated_), rows, Part(x_), true);
  }
  norm.x = Part(x_) + (rows - 1) * s.hidden;
  norm.rows = 1;
  ops_.Norm(norm);
  Multiply(*head_, Part(normed_), 1, Part(logits_), false);
}

void RandomLlama::Prompt(int64_t tokens) {
  length_ = 0;
  Upload(tokens);
  Run(tokens);
}

void RandomLlama::Token() {
  Upload(1);
  ops_.RunGraph(kTokenKey, [&] { Run(1); });
}

}  // namespace footnote::kernels::cuda
