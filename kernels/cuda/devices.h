#ifndef FOOTNOTE_KERNELS_CUDA_DEVICES_H_
#define FOOTNOTE_KERNELS_CUDA_DEVICES_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"

namespace footnote::kernels {

struct CudaDeviceInfo {
  std::string name;     // "NVIDIA H200"
  uint64_t memory = 0;  // bytes
  uint64_t free = 0;    // bytes, now
  int major = 0;        // compute capability
  int minor = 0;
};

// The devices that the CUDA driver shows, by number. Errors: Unavailable: this
// build has no CUDA, or the machine has no driver, one too old, or no device; the
// message says which.
absl::StatusOr<std::vector<CudaDeviceInfo>> ListCudaDevices();
// Device `device` alone: asking a device for its free memory takes some of it.
absl::StatusOr<CudaDeviceInfo> DescribeCudaDevice(int device);

}  // namespace footnote::kernels

#endif  // FOOTNOTE_KERNELS_CUDA_DEVICES_H_
