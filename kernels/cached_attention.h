#ifndef FOOTNOTE_KERNELS_CACHED_ATTENTION_H_
#define FOOTNOTE_KERNELS_CACHED_ATTENTION_H_

#include <cstdint>
#include <vector>

#include "kernels/base/buffer.h"
#include "kernels/base/cpu.h"
#include "kernels/base/thread_team.h"
#include "kernels/op_types.h"

namespace footnote::kernels {

// Some queries of one sequence and one kv head, for one thread.
struct AttendItem {
  int64_t sequence = 0;
  int64_t kv_head = 0;
  int64_t first = 0;
  int64_t last = 0;
};

// Space that attention uses while it runs; it grows to what the largest call
// needed. One call at a time.
struct AttendScratch {
  std::vector<Buffer<float>> members;
  std::vector<AttendItem> items;
};

// Ops::Attend on the CPU; args.step is a CpuStep.
//
// Numeric: f32 cache: f32 throughout. bf16 and int8 caches: keys are rotated in f32; where the
//          level has BF16 instructions, rotated keys and queries, values and the weights of
//          softmax are rounded to bf16 for products that are added up in f32. Error vs f64 on
//          what was stored: at most twice that of plain loops in the cache's precision.
//          The bits of a row don't depend on how its sequence was split into steps, on other
//          sequences, nor on the number of threads.
void CachedAttention(ThreadTeam& team, CpuLevel level, const AttendArgs& args,
                     AttendScratch* scratch);

}  // namespace footnote::kernels

#endif  // FOOTNOTE_KERNELS_CACHED_ATTENTION_H_
