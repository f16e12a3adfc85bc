#ifndef FOOTNOTE_KERNELS_MATRIX_PACK_BLOCKS_H_
#define FOOTNOTE_KERNELS_MATRIX_PACK_BLOCKS_H_

#include <cstdint>

#include "kernels/matrix_layout.h"

namespace footnote::kernels::internal {

// Moves the stored blocks of kBlockPanel rows into one panel (zero before),
// without a change to their numbers. rows[c] is null where there is no output.
// k is a multiple of the format's block. False: a scale isn't finite.
bool PackBlockPanel(PanelKind kind, const uint8_t* const* rows, int64_t k, uint8_t* panel);

// Rounds kBlockPanel rows of k numbers (ld floats between two; the last rows of
// the panel may be missing) to kInt8 and writes them into one panel.
void PackInt8Panel(const float* rows, int64_t ld, int64_t count, int64_t k, uint8_t* panel);

// Rounds k numbers to stored blocks of kQ4_0, as ggml's reference does; k is a
// multiple of 32. False: a scale is too large for f16.
bool QuantizeQ4(const float* x, int64_t k, uint8_t* blocks);

}  // namespace footnote::kernels::internal

#endif  // FOOTNOTE_KERNELS_MATRIX_PACK_BLOCKS_H_
