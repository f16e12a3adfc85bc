#ifndef FOOTNOTE_KERNELS_CACHED_ATTENTION_H_
#define FOOTNOTE_KERNELS_CACHED_ATTENTION_H_

#include "kernels/base/cpu.h"
#include "kernels/base/thread_team.h"
#include "kernels/op_types.h"

namespace footnote::kernels {

// Ops::Attend on the CPU.
void CachedAttention(ThreadTeam& team, CpuLevel level, const AttendArgs& args);

}  // namespace footnote::kernels

#endif  // FOOTNOTE_KERNELS_CACHED_ATTENTION_H_
