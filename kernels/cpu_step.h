#ifndef FOOTNOTE_KERNELS_CPU_STEP_H_
#define FOOTNOTE_KERNELS_CPU_STEP_H_

#include <cstdint>
#include <vector>

#include "kernels/ops.h"

namespace footnote::kernels {

// A StepLayout (kernels/ops.h) on the CPU: a copy of its arrays.
struct CpuStep : Step {
  std::vector<int32_t> positions;
  std::vector<int32_t> first_row;
  std::vector<int32_t> kv_length;
  std::vector<int32_t> block_table;
  int64_t max_blocks = 0;

  int64_t sequences() const { return static_cast<int64_t>(kv_length.size()); }
  int64_t rows() const { return static_cast<int64_t>(positions.size()); }
};

}  // namespace footnote::kernels

#endif  // FOOTNOTE_KERNELS_CPU_STEP_H_
