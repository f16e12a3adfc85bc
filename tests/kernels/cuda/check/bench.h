#ifndef FOOTNOTE_TESTS_KERNELS_CUDA_CHECK_BENCH_H_
#define FOOTNOTE_TESTS_KERNELS_CUDA_CHECK_BENCH_H_

#include "absl/status/status.h"

namespace footnote::kernels::cuda {

// Prints what device 0 does: copy bandwidth and bf16 matrix rate as measured, and
// decoding and prompts of random models of Llama's shapes as shares of the two.
absl::Status RunBench();

}  // namespace footnote::kernels::cuda

#endif  // FOOTNOTE_TESTS_KERNELS_CUDA_CHECK_BENCH_H_
