#ifndef FOOTNOTE_KERNELS_CUDA_STEP_VIEW_H_
#define FOOTNOTE_KERNELS_CUDA_STEP_VIEW_H_

#include <cstdint>

namespace footnote::kernels::cuda {

// Query rows that one block of the prefill kernel works on.
inline constexpr int32_t kPrefillRows = 128;

// Rows [first_row, end_row) of one sequence.
struct PrefillTile {
  int32_t sequence = 0;
  int32_t first_row = 0;
  int32_t end_row = 0;
  int32_t padding = 0;
};

// A StepLayout in device memory, and the work that it makes. The pointers stay
// the same from step to step while the capacity suffices, so that a recorded
// graph reads the new step's numbers; what may change under a graph is read from
// memory (max_blocks), not from this struct.
struct StepView {
  const int32_t* positions = nullptr;     // [rows]
  const int32_t* row_sequence = nullptr;  // [rows] the sequence of each
  const int32_t* first_row = nullptr;     // [sequences + 1]
  const int32_t* kv_length = nullptr;     // [sequences]
  const int32_t* block_table = nullptr;   // [sequences, *max_blocks]
  const int32_t* max_blocks = nullptr;    // one number
  const int32_t* all_rows = nullptr;      // 0, 1, .. rows - 1
  const int32_t* split_rows = nullptr;    // rows for the split kernel
  const PrefillTile* tiles = nullptr;     // for the prefill kernel
  int64_t rows = 0;
  int64_t num_split_rows = 0;
  int64_t num_tiles = 0;
  // A bound of the keys that a row attends to; what grids are sized by.
  int64_t max_keys = 0;
};

}  // namespace footnote::kernels::cuda

#endif  // FOOTNOTE_KERNELS_CUDA_STEP_VIEW_H_
