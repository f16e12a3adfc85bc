// What a build without CUDA links in place of kernels/cuda/'s other sources.
#include <memory>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "kernels/cuda/devices.h"
#include "kernels/ops.h"

namespace footnote::kernels {
namespace {

absl::Status NoCuda() {
  return absl::UnavailableError(
      "this build has no CUDA: configure with -DFOOTNOTE_CUDA=ON (preset `cuda`) after "
      "`./bootstrap cuda-toolkit`");
}

}  // namespace

absl::StatusOr<std::vector<CudaDeviceInfo>> ListCudaDevices() { return NoCuda(); }

absl::StatusOr<CudaDeviceInfo> DescribeCudaDevice(int /*device*/) { return NoCuda(); }

absl::StatusOr<std::unique_ptr<Ops>> MakeCudaOps(int /*device*/,
                                                 const CudaOpsOptions& /*options*/) {
  return NoCuda();
}

}  // namespace footnote::kernels
