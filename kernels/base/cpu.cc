#include "kernels/base/cpu.h"

#if defined(__x86_64__)
#include <cpuid.h>
#endif

#include <cstdio>
#include <cstdlib>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

namespace footnote::kernels {
namespace {

constexpr CpuLevel kLevels[] = {CpuLevel::kPortable, CpuLevel::kAvx2, CpuLevel::kAvx512,
                                CpuLevel::kAvx512Vnni, CpuLevel::kAvx512Bf16};

#if defined(__x86_64__)
// clang 14's builtin doesn't know this one. Whether the operating system saves
// the registers is checked with avx2, which has the same.
bool HasF16c() {
  unsigned a, b, c, d;
  return __get_cpuid(1, &a, &b, &c, &d) != 0 && (c & bit_F16C) != 0;
}
#endif

}  // namespace

absl::string_view CpuLevelName(CpuLevel level) {
  switch (level) {
    case CpuLevel::kPortable:
      return "portable";
    case CpuLevel::kAvx2:
      return "avx2";
    case CpuLevel::kAvx512:
      return "avx512";
    case CpuLevel::kAvx512Vnni:
      return "avx512_vnni";
    case CpuLevel::kAvx512Bf16:
      return "avx512_bf16";
  }
  return "unknown";
}

absl::StatusOr<CpuLevel> ParseCpuLevel(absl::string_view name) {
  std::string names;
  for (CpuLevel level : kLevels) {
    if (CpuLevelName(level) == name) return level;
    absl::StrAppend(&names, names.empty() ? "" : ", ", CpuLevelName(level));
  }
  return absl::InvalidArgumentError(
      absl::StrCat("\"", name, "\" is no instruction set level; use one of ", names));
}

CpuLevel DetectedCpuLevel() {
#if defined(__x86_64__)
  // The builtin also checks that the operating system saves the registers.
  __builtin_cpu_init();
  if (!(__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && HasF16c() &&
        __builtin_cpu_supports("bmi2"))) {
    return CpuLevel::kPortable;
  }
  if (!(__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
        __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl"))) {
    return CpuLevel::kAvx2;
  }
  if (!__builtin_cpu_supports("avx512vnni")) return CpuLevel::kAvx512;
  if (!__builtin_cpu_supports("avx512bf16")) return CpuLevel::kAvx512Vnni;
  return CpuLevel::kAvx512Bf16;
#else
  return CpuLevel::kPortable;
#endif
}

absl::StatusOr<CpuLevel> ChooseCpuLevel(absl::string_view wanted, CpuLevel detected) {
  if (wanted.empty()) return detected;
  const absl::StatusOr<CpuLevel> level = ParseCpuLevel(wanted);
  if (!level.ok()) return level.status();
  if (*level > detected) {
    return absl::InvalidArgumentError(
        absl::StrCat("this machine has no ", wanted, "; its level is ", CpuLevelName(detected)));
  }
  return *level;
}

CpuLevel ActiveCpuLevel() {
  static const CpuLevel active = [] {
    const char* wanted = std::getenv("FOOTNOTE_CPU");
    const absl::StatusOr<CpuLevel> level =
        ChooseCpuLevel(wanted == nullptr ? "" : wanted, DetectedCpuLevel());
    if (!level.ok()) {
      std::fprintf(stderr, "FOOTNOTE_CPU: %s\n", std::string(level.status().message()).c_str());
      std::exit(2);
    }
    return *level;
  }();
  return active;
}

std::vector<CpuLevel> SupportedCpuLevels() {
  std::vector<CpuLevel> levels;
  for (CpuLevel level : kLevels) {
    if (level <= ActiveCpuLevel()) levels.push_back(level);
  }
  return levels;
}

}  // namespace footnote::kernels
