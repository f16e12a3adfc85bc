#ifndef FOOTNOTE_KERNELS_CPU_OPS_H_
#define FOOTNOTE_KERNELS_CPU_OPS_H_

#include <memory>

#include "kernels/base/cpu.h"
#include "kernels/ops.h"

namespace footnote::kernels {

// MakeCpuOps with another instruction set than ActiveCpuLevel(), for tests.
// Precondition: the machine has `level`.
std::unique_ptr<Ops> MakeCpuOpsAt(CpuLevel level, const CpuOpsOptions& options);

}  // namespace footnote::kernels

#endif  // FOOTNOTE_KERNELS_CPU_OPS_H_
