#include "kernels/cuda/devices.h"

#include <cuda_runtime_api.h>

#include <utility>

#include "absl/strings/str_cat.h"
#include "kernels/base/status_macros.h"
#include "kernels/cuda/device_memory.h"

namespace footnote::kernels {
namespace {

using cuda::CudaStatus;

// At least one.
absl::StatusOr<int> CountDevices() {
  int count = 0;
  const cudaError_t error = cudaGetDeviceCount(&count);
  if (error == cudaErrorInsufficientDriver) {
    return absl::UnavailableError(
        "this machine has no CUDA driver, or one older than this build needs (580 or later)");
  }
  if (error != cudaSuccess) {
    return absl::UnavailableError(absl::StrCat("no CUDA device: ", cudaGetErrorString(error)));
  }
  if (count == 0) return absl::UnavailableError("this machine has no CUDA device");
  return count;
}

}  // namespace

absl::StatusOr<CudaDeviceInfo> DescribeCudaDevice(int device) {
  FN_ASSIGN_OR_RETURN(const int count, CountDevices());
  if (device < 0 || device >= count) {
    return absl::UnavailableError(
        absl::StrCat("there is no CUDA device ", device, "; the machine has ", count));
  }
  int current = 0;
  size_t free = 0;
  size_t total = 0;
  cudaDeviceProp properties = {};
  FN_RETURN_IF_ERROR(CudaStatus(cudaGetDevice(&current), "asking for the device"));
  FN_RETURN_IF_ERROR(
      CudaStatus(cudaGetDeviceProperties(&properties, device), "reading a device's name"));
  FN_RETURN_IF_ERROR(CudaStatus(cudaSetDevice(device), "choosing a device"));
  FN_RETURN_IF_ERROR(CudaStatus(cudaMemGetInfo(&free, &total), "reading a device's memory"));
  FN_RETURN_IF_ERROR(CudaStatus(cudaSetDevice(current), "choosing a device"));
  CudaDeviceInfo info;
  info.name = properties.name;
  info.memory = total;
  info.free = free;
  info.major = properties.major;
  info.minor = properties.minor;
  return info;
}

absl::StatusOr<std::vector<CudaDeviceInfo>> ListCudaDevices() {
  FN_ASSIGN_OR_RETURN(const int count, CountDevices());
  std::vector<CudaDeviceInfo> devices;
  for (int d = 0; d < count; ++d) {
    FN_ASSIGN_OR_RETURN(CudaDeviceInfo info, DescribeCudaDevice(d));
    devices.push_back(std::move(info));
  }
  return devices;
}

}  // namespace footnote::kernels
