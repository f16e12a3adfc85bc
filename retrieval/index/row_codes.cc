#include "retrieval/index/row_codes.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <new>
#include <utility>

#include "absl/strings/str_cat.h"
#include "kernels/code_dot.h"

namespace footnote::retrieval {
namespace {

constexpr float kGreatestCode = 127;
constexpr size_t kEstimatedAtOnce = 256;
constexpr size_t kRowsBetweenLooks = 1024;  // at whether to stop
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

size_t RowCodes::StrideOf(int dim) {
  constexpr size_t kBlock = kernels::kCodeBlock;
  return (static_cast<size_t>(dim) + kBlock - 1) / kBlock * kBlock;
}

RowCodes::RowCodes(int dim, Parts parts)
    : dim_(dim),
      stride_(StrideOf(dim)),
      codes_(std::move(parts.codes)),
      scales_(std::move(parts.scales)),
      errors_(std::move(parts.errors)),
      longest_(parts.longest) {}

std::shared_ptr<const RowCodes> RowCodes::Build(const GrowingIndex& vectors, size_t first,
                                                size_t rows, const std::atomic<bool>& stop) {
  const size_t stride = StrideOf(vectors.d);
  if (stride > 0 && rows > SIZE_MAX / stride) throw std::bad_alloc();
  Parts parts;
  parts.scales.resize(rows);
  parts.errors.resize(rows);
  parts.codes = kernels::Pages(rows * stride);
  if (parts.codes.data() == nullptr && rows * stride > 0) throw std::bad_alloc();
  for (size_t r = 0; r < rows; ++r) {
    if (r % kRowsBetweenLooks == 0 && stop.load()) return nullptr;
    const float* x = vectors.row(static_cast<faiss::Index::idx_t>(first + r));
    const Encoded row = Encode(x, vectors.d, stride, parts.codes.data() + r * stride);
    parts.scales[r] = row.scale;
    parts.errors[r] = row.error;
    parts.longest = std::max(parts.longest, row.length);
  }
  return std::shared_ptr<const RowCodes>(new RowCodes(vectors.d, std::move(parts)));
}

absl::StatusOr<std::shared_ptr<const RowCodes>> RowCodes::FromParts(int dim, Parts parts) {
  const size_t rows = parts.scales.size(), stride = StrideOf(dim);
  const auto is_length = [](double v) { return std::isfinite(v) && v >= 0; };
  if (dim < 1 || rows > SIZE_MAX / stride || parts.codes.size() != rows * stride ||
      parts.errors.size() != rows || !is_length(parts.longest) ||
      !std::all_of(parts.scales.begin(), parts.scales.end(), is_length) ||
      !std::all_of(parts.errors.begin(), parts.errors.end(), is_length)) {
    return absl::DataLossError("codes are damaged: their sizes or scales");
  }
  // No code is -128, and what a row is filled up with is 0.
  for (size_t r = 0; r < rows; ++r) {
    const uint8_t* row = parts.codes.data() + r * stride;
    if (std::memchr(row, 0, stride) != nullptr ||
        std::any_of(row + dim, row + stride, [](uint8_t code) { return code != 128; })) {
      return absl::DataLossError(absl::StrCat("codes are damaged: row ", r));
    }
  }
  return std::shared_ptr<const RowCodes>(new RowCodes(dim, std::move(parts)));
}

RowCodes::Encoded RowCodes::Encode(const float* x, int dim, size_t stride, uint8_t* codes) {
  Encoded out;
  out.scale = Greatest(x, dim) / kGreatestCode;
  const float inverse = out.scale > 0 ? 1 / out.scale : 0;
  double error2 = 0, norm2 = 0, coded2 = 0;
  for (int i = 0; i < dim; ++i) {
    const int code = Nearest(x[i] * inverse);
    codes[i] = static_cast<uint8_t>(code + 128);
    const double coded = double{out.scale} * code;
    error2 += (x[i] - coded) * (x[i] - coded);
    norm2 += double{x[i]} * x[i];
    coded2 += coded * coded;
  }
  std::memset(codes + dim, 128, stride - static_cast<size_t>(dim));
  out.error = RoundUp(std::sqrt(error2));
  out.length = std::sqrt(std::max(norm2, coded2)) * kRoundedUp;
  return out;
}

bool RowCodes::IsOf(size_t r, const float* x) const {
  std::vector<uint8_t> codes(stride_);
  const Encoded encoded = Encode(x, dim_, stride_, codes.data());
  return std::equal(codes.begin(), codes.end(), row(r)) && encoded.scale == scales_[r] &&
         encoded.error == errors_[r] && encoded.length <= longest_;
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
