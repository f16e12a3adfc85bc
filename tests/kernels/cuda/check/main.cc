// footnote_cuda_check [--tests | --bench] [GoogleTest's arguments]: the tests of
// kernels/cuda/ on device 0, then the bench. One program that runs without the
// build around it.
// Exit: 0 all passed, 1 a test or the bench failed, 77 there is no device to run on.
#include <gtest/gtest.h>

#include <cstdio>
#include <string>

#include "kernels/cuda/devices.h"
#include "tests/kernels/cuda/check/bench.h"

namespace {

constexpr int kNoDevice = 77;

}  // namespace

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  bool tests = true;
  bool bench = true;
  for (int i = 1; i < argc; ++i) {
    const std::string argument = argv[i];
    if (argument == "--tests") {
      bench = false;
    } else if (argument == "--bench") {
      tests = false;
    } else {
      std::fprintf(stderr, "usage: footnote_cuda_check [--tests | --bench]\n");
      return 2;
    }
  }
  const auto devices = footnote::kernels::ListCudaDevices();
  if (!devices.ok()) {
    std::fprintf(stderr, "footnote_cuda_check: nothing was run: %s\n",
                 std::string(devices.status().message()).c_str());
    return kNoDevice;
  }
  for (const auto& device : *devices) {
    std::printf("%s, %.1f GiB (%.1f free), compute capability %d.%d\n", device.name.c_str(),
                static_cast<double>(device.memory) / (1 << 30),
                static_cast<double>(device.free) / (1 << 30), device.major, device.minor);
  }
  if (tests && RUN_ALL_TESTS() != 0) return 1;
  if (!bench) return 0;
  const absl::Status status = footnote::kernels::cuda::RunBench();
  if (status.ok()) return 0;
  std::fprintf(stderr, "footnote_cuda_check: %s\n", std::string(status.message()).c_str());
  return 1;
}
