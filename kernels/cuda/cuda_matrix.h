#ifndef FOOTNOTE_KERNELS_CUDA_CUDA_MATRIX_H_
#define FOOTNOTE_KERNELS_CUDA_CUDA_MATRIX_H_

#include <memory>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "kernels/cuda/device_memory.h"
#include "kernels/cuda/weight_packing.h"
#include "kernels/cuda/weight_view.h"
#include "kernels/matrix.h"

namespace footnote::kernels::cuda {

// A matrix in device memory.
class CudaMatrix final : public Matrix {
 public:
  CudaMatrix(WeightFormat format, const WeightShape& shape, DeviceMemory memory);
  int64_t n() const override { return view_.n; }
  int64_t k() const override { return view_.k; }
  WeightFormat format() const override { return format_; }
  size_t bytes() const override { return memory_.bytes(); }
  const WeightView& view() const { return view_; }

 private:
  WeightFormat format_;
  DeviceMemory memory_;
  WeightView view_;
};

// See Ops::Pack. Passes the rows through `ring` in pieces and waits for `stream`.
absl::StatusOr<std::unique_ptr<const Matrix>> PackCudaMatrix(absl::Span<const MatrixPart> parts,
                                                             WeightFormat format, PinnedRing& ring,
                                                             cudaStream_t stream);

}  // namespace footnote::kernels::cuda

#endif  // FOOTNOTE_KERNELS_CUDA_CUDA_MATRIX_H_
