#ifndef FOOTNOTE_KERNELS_CUDA_WEIGHT_PACKING_H_
#define FOOTNOTE_KERNELS_CUDA_WEIGHT_PACKING_H_

#include <array>
#include <cstddef>
#include <cstdint>

#include "absl/status/status.h"
#include "kernels/cuda/weight_view.h"
#include "kernels/matrix.h"
#include "kernels/matrix_rows.h"

// How matrices are laid out for the device, on the host: no CUDA here.
namespace footnote::kernels::cuda {

// The planes of a matrix: quants, high, scales, super (see Packing).
enum Plane { kQuants, kHigh, kScales, kSuper, kPlanes };

// Sizes that follow from a format and a shape.
struct WeightShape {
  WeightShape(WeightFormat format, int64_t n, int64_t k);

  Packing packing;
  int64_t n;
  int64_t k;
  int64_t pitch = 0;   // as in WeightView
  int64_t groups = 0;  // as in WeightView
  std::array<int64_t, kPlanes> row_bytes = {};
  // Where each plane begins, each at a multiple of 256 bytes.
  std::array<int64_t, kPlanes> offset = {};
  int64_t bytes = 0;
};

// Lays rows [first, first + count) out: plane p at planes[p], row after row.
// `format` is as for Ops::Pack. Thread-safe.
// Errors: DataLoss: a number that isn't finite, or a scale too large for f16.
absl::Status PackWeightRows(const internal::MatrixRows& rows, WeightFormat format,
                            const WeightShape& shape, int64_t first, int64_t count,
                            const std::array<uint8_t*, kPlanes>& planes);

}  // namespace footnote::kernels::cuda

#endif  // FOOTNOTE_KERNELS_CUDA_WEIGHT_PACKING_H_
