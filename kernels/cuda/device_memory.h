#ifndef FOOTNOTE_KERNELS_CUDA_DEVICE_MEMORY_H_
#define FOOTNOTE_KERNELS_CUDA_DEVICE_MEMORY_H_

#include <cuda_runtime_api.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace footnote::kernels::cuda {

// OK, or Internal with the operation's and the error's name; ResourceExhausted
// where the device has no memory left.
absl::Status CudaStatus(cudaError_t error, absl::string_view operation);

// Device memory that this object owns; may be empty. Freeing waits for the device.
class DeviceMemory {
 public:
  DeviceMemory() = default;
  static absl::StatusOr<DeviceMemory> Allocate(size_t bytes);
  DeviceMemory(DeviceMemory&& other) noexcept
      : data_(std::exchange(other.data_, nullptr)), bytes_(std::exchange(other.bytes_, 0)) {}
  DeviceMemory& operator=(DeviceMemory&& other) noexcept {
    std::swap(data_, other.data_);
    std::swap(bytes_, other.bytes_);
    return *this;
  }
  ~DeviceMemory() {
    if (data_ != nullptr) cudaFree(data_);
  }

  template <typename T>
  T* as() const {
    return static_cast<T*>(data_);
  }
  size_t bytes() const { return bytes_; }

 private:
  void* data_ = nullptr;
  size_t bytes_ = 0;
};

// A CUDA stream that this object owns.
class Stream {
 public:
  static absl::StatusOr<Stream> Create();
  Stream(Stream&& other) noexcept : stream_(std::exchange(other.stream_, nullptr)) {}
  Stream& operator=(Stream&& other) noexcept {
    std::swap(stream_, other.stream_);
    return *this;
  }
  ~Stream() {
    if (stream_ != nullptr) cudaStreamDestroy(stream_);
  }
  cudaStream_t get() const { return stream_; }

 private:
  explicit Stream(cudaStream_t stream) : stream_(stream) {}
  cudaStream_t stream_;
};

// Page-locked host memory through which small data passes to and from one
// stream, so that a copy needn't wait: handed out in order, and the stream is
// waited for when it starts over. Not thread-safe.
class PinnedRing {
 public:
  static absl::StatusOr<PinnedRing> Create(size_t bytes, cudaStream_t stream);

  // `bytes` <= size() that stay untouched until the stream has done what is
  // enqueued before the ring comes round.
  absl::StatusOr<void*> Take(size_t bytes);
  size_t size() const { return size_; }

 private:
  struct Free {
    void operator()(void* p) const { cudaFreeHost(p); }
  };
  PinnedRing(void* data, size_t size, cudaStream_t stream)
      : data_(data), size_(size), stream_(stream) {}

  std::unique_ptr<void, Free> data_;
  size_t size_;
  size_t used_ = 0;
  cudaStream_t stream_;
};

}  // namespace footnote::kernels::cuda

#endif  // FOOTNOTE_KERNELS_CUDA_DEVICE_MEMORY_H_
