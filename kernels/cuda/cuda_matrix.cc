#include "kernels/cuda/cuda_matrix.h"

#include <algorithm>
#include <array>

#include "absl/strings/str_cat.h"
#include "kernels/base/status_macros.h"
#include "kernels/matrix_rows.h"

namespace footnote::kernels::cuda {

CudaMatrix::CudaMatrix(WeightFormat format, const WeightShape& shape, DeviceMemory memory)
    : format_(format), memory_(std::move(memory)) {
  const auto* base = memory_.as<const uint8_t>();
  view_.packing = shape.packing;
  view_.n = shape.n;
  view_.k = shape.k;
  view_.pitch = shape.pitch;
  view_.groups = shape.groups;
  view_.quants = base + shape.offset[kQuants];
  view_.high = base + shape.offset[kHigh];
  view_.scales = base + shape.offset[kScales];
  view_.super = base + shape.offset[kSuper];
}

absl::StatusOr<std::unique_ptr<const Matrix>> PackCudaMatrix(absl::Span<const MatrixPart> parts,
                                                             WeightFormat format, PinnedRing& ring,
                                                             cudaStream_t stream) {
  FN_ASSIGN_OR_RETURN(const internal::MatrixRows rows, internal::MatrixRows::Make(parts));
  const bool made = format == WeightFormat::kF32 || format == WeightFormat::kF16 ||
                    format == WeightFormat::kBf16 || format == WeightFormat::kInt8 ||
                    format == WeightFormat::kInt4;
  if (!made && !rows.AllStoredAs(format)) {
    return absl::InvalidArgumentError(absl::StrCat(
        "a matrix can't be made ", WeightFormatName(format), ": its parts are stored otherwise"));
  }
  const WeightShape shape(format, rows.n(), rows.k());
  FN_ASSIGN_OR_RETURN(DeviceMemory memory, DeviceMemory::Allocate(shape.bytes));
  auto* base = memory.as<uint8_t>();
  int64_t row_bytes = 0;
  for (const int64_t bytes : shape.row_bytes) row_bytes += bytes;
  const int64_t room = static_cast<int64_t>(ring.size()) - kPlanes * 256;
  if (row_bytes > room) {
    return absl::InvalidArgumentError(
        absl::StrCat("a weight matrix has rows of ", rows.k(), " numbers: more than fit"));
  }
  // Two pieces at a time in the ring: one is filled while the other one travels.
  const int64_t piece = std::max<int64_t>(1, room / 2 / row_bytes);
  for (int64_t first = 0; first < rows.n(); first += piece) {
    const int64_t count = std::min(piece, rows.n() - first);
    FN_ASSIGN_OR_RETURN(void* const taken, ring.Take(count * row_bytes));
    std::array<uint8_t*, kPlanes> planes;
    auto* at = static_cast<uint8_t*>(taken);
    for (int p = 0; p < kPlanes; ++p) {
      planes[p] = at;
      at += count * shape.row_bytes[p];
    }
    FN_RETURN_IF_ERROR(PackWeightRows(rows, format, shape, first, count, planes));
    for (int p = 0; p < kPlanes; ++p) {
      if (shape.row_bytes[p] == 0) continue;
      FN_RETURN_IF_ERROR(
          CudaStatus(cudaMemcpyAsync(base + shape.offset[p] + first * shape.row_bytes[p], planes[p],
                                     count * shape.row_bytes[p], cudaMemcpyHostToDevice, stream),
                     "copying weights"));
    }
  }
  FN_RETURN_IF_ERROR(CudaStatus(cudaStreamSynchronize(stream), "copying weights"));
  return std::make_unique<CudaMatrix>(format, shape, std::move(memory));
}

}  // namespace footnote::kernels::cuda
