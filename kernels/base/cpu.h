#ifndef FOOTNOTE_KERNELS_BASE_CPU_H_
#define FOOTNOTE_KERNELS_BASE_CPU_H_

#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace footnote::kernels {

// The instruction sets that ops have code for. Each includes the ones before
// it: a machine that has a level has all lower ones.
enum class CpuLevel {
  kPortable,    // plain C++, whatever the compiler's baseline gives
  kAvx2,        // AVX2, FMA, F16C, BMI2
  kAvx512,      // AVX-512 F, BW, DQ, VL
  kAvx512Vnni,  // and VNNI: 8-bit dot products
  kAvx512Bf16,  // and BF16 dot products
};

// The level that ops use, chosen once per process: the machine's, or the lower
// one that the environment variable FOOTNOTE_CPU names (portable, avx2, avx512,
// avx512_vnni, avx512_bf16). Ends the process with a message if FOOTNOTE_CPU
// names no level or one that this machine lacks: going on with another one
// would make a forced comparison meaningless. Thread-safe.
CpuLevel ActiveCpuLevel();

// The highest level that the machine and its operating system have.
CpuLevel DetectedCpuLevel();

// All levels up to ActiveCpuLevel(), lowest first. Tests run each op on each.
std::vector<CpuLevel> SupportedCpuLevels();

absl::string_view CpuLevelName(CpuLevel level);

// Errors: InvalidArgument: no such level.
absl::StatusOr<CpuLevel> ParseCpuLevel(absl::string_view name);

// The level to use on a machine with `detected` when FOOTNOTE_CPU is `wanted`
// (empty: not set). Errors: InvalidArgument: no such level, or one above
// `detected`.
absl::StatusOr<CpuLevel> ChooseCpuLevel(absl::string_view wanted, CpuLevel detected);

}  // namespace footnote::kernels

#endif  // FOOTNOTE_KERNELS_BASE_CPU_H_
