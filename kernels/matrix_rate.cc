#include "kernels/matrix_rate.h"

#include <algorithm>
#include <cassert>
#include <chrono>
#include <memory>
#include <vector>

#include "kernels/base/status_macros.h"

namespace footnote::kernels {

absl::StatusOr<double> MeasureMatrixRate(Ops& ops, WeightFormat format,
                                         const MatrixRateOptions& options) {
  const int64_t rows = options.rows, n = options.n, k = options.k;
  assert(rows > 0 && n > 0 && k > 0 && options.passes > 0);
  std::vector<float> numbers(std::max(n, rows) * k);
  for (size_t i = 0; i < numbers.size(); ++i) {
    numbers[i] = static_cast<float>(static_cast<int>(i % 251) - 125) / 125;
  }
  MatrixPart part;
  part.data = numbers.data();
  part.rows = n;
  part.cols = k;
  FN_ASSIGN_OR_RETURN(const std::unique_ptr<const Matrix> w, ops.Pack({&part, 1}, format));
  FN_ASSIGN_OR_RETURN(const Ops::Memory x, ops.Allocate(rows * k * sizeof(float)));
  FN_ASSIGN_OR_RETURN(const Ops::Memory y, ops.Allocate(rows * n * sizeof(float)));
  ops.CopyIn(numbers.data(), rows * k * sizeof(float), x.get());
  MatMulArgs args;
  args.w = w.get();
  args.x = static_cast<const float*>(x.get());
  args.ldx = k;
  args.rows = rows;
  args.y = static_cast<float*>(y.get());
  args.ldy = n;
  double best = 0;
  // One more: the first one touches the memory.
  for (int pass = 0; pass <= options.passes; ++pass) {
    FN_RETURN_IF_ERROR(ops.Synchronize());
    const auto start = std::chrono::steady_clock::now();
    ops.MatMul(args);
    FN_RETURN_IF_ERROR(ops.Synchronize());
    const std::chrono::duration<double> time = std::chrono::steady_clock::now() - start;
    const double operations =
        2 * static_cast<double>(rows) * static_cast<double>(n) * static_cast<double>(k);
    if (pass > 0) best = std::max(best, operations / time.count());
  }
  return best;
}

}  // namespace footnote::kernels
