#include "kernels/code_dot.h"

#include <cassert>

#include "kernels/code_dot_internal.h"

namespace footnote::kernels {

void CodeDotsAt(CpuLevel level, const CodeDotArgs& args) {
  assert(args.n >= 0 && args.stride >= 0 && args.stride <= kMaxCodes);
  assert(args.stride % kCodeBlock == 0);
  const internal::CodeRows rows = {args.rows, args.ids, args.stride, args.n};
  const auto run = [&](auto portable_or_isa) {
    portable_or_isa(rows, args.high, args.low, args.high_sums, args.low_sums);
  };
#if defined(__x86_64__)
  if (level >= CpuLevel::kAvx512Vnni) return run(internal::CodeDotsAvx512Vnni);
  if (level >= CpuLevel::kAvx2) return run(internal::CodeDotsAvx2);
#endif
  (void)level;
  run(internal::CodeDotsPortable);
}

void CodeDots(const CodeDotArgs& args) { CodeDotsAt(ActiveCpuLevel(), args); }

}  // namespace footnote::kernels
