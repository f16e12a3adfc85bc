#include "retrieval/index/row_codes.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <new>

#include "kernels/code_dot.h"

namespace footnote::retrieval {
namespace {

constexpr float kGreatestCode = 127;
constexpr size_t kEstimatedAtOnce = 256;
// More than the rounding of the few operations between a bound and its use.
constexpr double kRoundedUp = 1 + 1e-6;

float RoundUp(double v) {
  return std::nextafter(static_cast<float>(v * kRoundedUp), std::numeric_limits<float>::infinity());
}

// A bound on the rounding of an inner product of `dim` terms in f32, summed up in
// at least eight parts, and of an estimate's few operations, as a share of the
// product of the lengths: Higham 2002, "Accuracy and Stability of Numerical
// Algorithms", section 3.1.
double RoundingShare(int dim) { return 6e-8 * (dim / 8.0 + 16) + 1e-6; }

float Greatest(const float* x, int dim) {
  float greatest = 0;
  for (int i = 0; i < dim; ++i) greatest = std::max(greatest, std::abs(x[i]));
  return greatest;
}

int Nearest(float v) {
  return static_cast<int>(std::lrint(std::clamp(v, -kGreatestCode, kGreatestCode)));
}

}  // namespace

QueryCodes::QueryCodes(const float* query, int dim, size_t stride)
    : high(stride), low(stride), unit(Greatest(query, dim) / kGreatestCode) {
  const float inverse = unit > 0 ? 1 / unit : 0;
  double norm2 = 0, rest2 = 0, high_rest2 = 0;
  for (int i = 0; i < dim; ++i) {
    const int h = Nearest(query[i] * inverse);
    const int l = Nearest((query[i] * inverse - static_cast<float>(h)) * kLowSteps);
    high[i] = static_cast<int8_t>(h);
    low[i] = static_cast<int8_t>(l);
    const double coded = double{unit} * (h + l / double{kLowSteps});
    norm2 += double{query[i]} * query[i];
    rest2 += (query[i] - coded) * (query[i] - coded);
    high_rest2 += (query[i] - double{unit} * h) * (query[i] - double{unit} * h);
  }
  norm = std::sqrt(norm2) * kRoundedUp;
  rest = std::sqrt(rest2) * kRoundedUp;
  high_rest = std::sqrt(high_rest2) * kRoundedUp;
}

RowCodes::RowCodes(const GrowingIndex& vectors, size_t first, size_t rows)
    : dim_(vectors.d),
      stride_((static_cast<size_t>(vectors.d) + kernels::kCodeBlock - 1) / kernels::kCodeBlock *
              kernels::kCodeBlock),
      scales_(rows),
      errors_(rows) {
  if (stride_ > 0 && rows > SIZE_MAX / stride_) throw std::bad_alloc();
  codes_ = kernels::Pages(rows * stride_);
  if (codes_.data() == nullptr && rows * stride_ > 0) throw std::bad_alloc();
  for (size_t r = 0; r < rows; ++r) {
    Encode(r, vectors.row(static_cast<faiss::Index::idx_t>(first + r)));
  }
}

void RowCodes::Encode(size_t r, const float* x) {
  const float scale = Greatest(x, dim_) / kGreatestCode;
  const float inverse = scale > 0 ? 1 / scale : 0;
  uint8_t* codes = codes_.data() + r * stride_;
  double error2 = 0, norm2 = 0, coded2 = 0;
  for (int i = 0; i < dim_; ++i) {
    const int code = Nearest(x[i] * inverse);
    codes[i] = static_cast<uint8_t>(code + 128);
    const double coded = double{scale} * code;
    error2 += (x[i] - coded) * (x[i] - coded);
    norm2 += double{x[i]} * x[i];
    coded2 += coded * coded;
  }
  std::memset(codes + dim_, 128, stride_ - static_cast<size_t>(dim_));
  scales_[r] = scale;
  errors_[r] = RoundUp(std::sqrt(error2));
  longest_ = std::max(longest_, std::sqrt(std::max(norm2, coded2)) * kRoundedUp);
}

void RowCodes::Estimate(const QueryCodes& query, Part part, const uint32_t* ids, size_t begin,
                        size_t count, float* scores, float* errors) const {
  const bool both = part == Part::kBoth;
  int32_t high[kEstimatedAtOnce], low[kEstimatedAtOnce] = {};
  const float unit = query.unit;
  const float low_unit = query.unit / QueryCodes::kLowSteps;
  const float norm = RoundUp(query.norm);
  const float constant = RoundUp((both ? query.rest : query.high_rest) * longest_ +
                                 RoundingShare(dim_) * query.norm * longest_);
  for (size_t done = 0; done < count;) {
    const size_t n = std::min(kEstimatedAtOnce, count - done);
    kernels::CodeDotArgs args;
    args.high = query.high.data();
    args.low = both ? query.low.data() : nullptr;
    args.rows = ids == nullptr ? row(begin + done) : data();
    args.ids = ids == nullptr ? nullptr : ids + done;
    args.stride = static_cast<int64_t>(stride_);
    args.n = static_cast<int64_t>(n);
    args.high_sums = high;
    args.low_sums = both ? low : nullptr;
    kernels::CodeDots(args);
    for (size_t i = 0; i < n; ++i) {
      const size_t r = ids == nullptr ? begin + done + i : ids[done + i];
      const float sum = unit * static_cast<float>(high[i]) + low_unit * static_cast<float>(low[i]);
      scores[done + i] = scales_[r] * sum;
      errors[done + i] = (norm * errors_[r] + constant) * static_cast<float>(kRoundedUp);
    }
    done += n;
  }
}

}  // namespace footnote::retrieval
