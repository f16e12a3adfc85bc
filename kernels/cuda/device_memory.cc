#include "kernels/cuda/device_memory.h"

#include "absl/strings/str_cat.h"
#include "kernels/base/status_macros.h"

namespace footnote::kernels::cuda {

absl::Status CudaStatus(cudaError_t error, absl::string_view operation) {
  if (error == cudaSuccess) return absl::OkStatus();
  const std::string message = absl::StrCat("CUDA: ", operation, ": ", cudaGetErrorName(error), " (",
                                           cudaGetErrorString(error), ")");
  if (error == cudaErrorMemoryAllocation) return absl::ResourceExhaustedError(message);
  return absl::InternalError(message);
}

absl::StatusOr<DeviceMemory> DeviceMemory::Allocate(size_t bytes) {
  DeviceMemory memory;
  if (bytes == 0) return memory;
  const cudaError_t error = cudaMalloc(&memory.data_, bytes);
  if (error != cudaSuccess) {
    memory.data_ = nullptr;
    cudaGetLastError();  // the failure is reported here and not again
    return CudaStatus(error, absl::StrCat("allocating ", bytes, " bytes"));
  }
  memory.bytes_ = bytes;
  return memory;
}

absl::StatusOr<Stream> Stream::Create() {
  cudaStream_t stream = nullptr;
  FN_RETURN_IF_ERROR(
      CudaStatus(cudaStreamCreateWithFlags(&stream, cudaStreamNonBlocking), "creating a stream"));
  return Stream(stream);
}

absl::StatusOr<PinnedRing> PinnedRing::Create(size_t bytes, cudaStream_t stream) {
  void* data = nullptr;
  FN_RETURN_IF_ERROR(CudaStatus(cudaHostAlloc(&data, bytes, cudaHostAllocDefault),
                                absl::StrCat("locking ", bytes, " bytes of host memory")));
  return PinnedRing(data, bytes, stream);
}

absl::StatusOr<void*> PinnedRing::Take(size_t bytes) {
  if (bytes > size_) {
    return absl::InternalError(
        absl::StrCat("CUDA: ", bytes, " bytes don't fit into the copy buffer of ", size_));
  }
  if (used_ + bytes > size_) {
    FN_RETURN_IF_ERROR(CudaStatus(cudaStreamSynchronize(stream_), "waiting for copies"));
    used_ = 0;
  }
  void* taken = static_cast<char*>(data_.get()) + used_;
  used_ += (bytes + 255) / 256 * 256;
  return taken;
}

}  // namespace footnote::kernels::cuda
