#ifndef FOOTNOTE_KERNELS_ATTENTION_PACK_H_
#define FOOTNOTE_KERNELS_ATTENTION_PACK_H_

#include <cstdint>

#include "kernels/tile.h"

// Packing of f32 keys and values for kernels/attention_tile.h.
namespace footnote::kernels::internal {
namespace {

// keys: for each 32 tokens, for each dimension, the 32 values; zero beyond the
// last token.
FOOTNOTE_ALWAYS_INLINE void PackKeysF32(const float* k, int64_t ld, int64_t tokens, int64_t dim,
                                        float* keys) {
  for (int64_t t = 0; t < tokens; t += 32, keys += 32 * dim) {
    for (int64_t i = 0; i < dim; ++i) {
      for (int64_t c = 0; c < 32; ++c) {
        keys[i * 32 + c] = t + c < tokens ? k[(t + c) * ld + i] : 0;
      }
    }
  }
}

// A row of values is a row of panels already.
FOOTNOTE_ALWAYS_INLINE void UseValuesF32(const float* v, int64_t ld, const float** values,
                                         int64_t* values_ld, int64_t* values_panel) {
  *values = v;
  *values_ld = ld;
  *values_panel = 32;
}

}  // namespace
}  // namespace footnote::kernels::internal

#endif  // FOOTNOTE_KERNELS_ATTENTION_PACK_H_
