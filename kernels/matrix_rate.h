#ifndef FOOTNOTE_KERNELS_MATRIX_RATE_H_
#define FOOTNOTE_KERNELS_MATRIX_RATE_H_

#include <cstdint>

#include "absl/status/statusor.h"
#include "kernels/ops.h"

namespace footnote::kernels {

struct MatrixRateOptions {
  // The product: [rows, k] times [k, n], of a prompt's kind.
  int64_t rows = 512;
  int64_t n = 2048;
  int64_t k = 2048;
  // The best one counts: the others were disturbed.
  int passes = 4;
};

// Operations per second, two for each multiplication, of a product with weights
// of `format` on the device of `ops`. Errors: those of Ops.
absl::StatusOr<double> MeasureMatrixRate(Ops& ops, WeightFormat format,
                                         const MatrixRateOptions& options = {});

}  // namespace footnote::kernels

#endif  // FOOTNOTE_KERNELS_MATRIX_RATE_H_
