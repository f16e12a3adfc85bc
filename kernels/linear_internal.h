#ifndef FOOTNOTE_KERNELS_LINEAR_INTERNAL_H_
#define FOOTNOTE_KERNELS_LINEAR_INTERNAL_H_

#include <cstdint>

// The implementations behind kernels/linear.h, on plain pointers: this header
// includes no standard header with inline functions, because the sources of one
// instruction set do.
namespace footnote::kernels::internal {

// One product. Panels, scale, row_sum and bias are padded to whole panels.
struct LinearArgs {
  int64_t n = 0;
  int64_t k = 0;  // elements of x and of the packed weights
  int64_t rows = 0;
  const void* x = nullptr;  // float, uint16_t (bf16) or uint8_t
  int64_t ldx = 0;
  const void* panels = nullptr;  // float, uint16_t (bf16) or int8_t
  const float* bias = nullptr;
  // Of int8 only.
  const float* scale = nullptr;
  const float* row_sum = nullptr;
  const float* x_scale = nullptr;
  const float* x_offset = nullptr;
  // One of the two.
  float* y = nullptr;
  uint16_t* y_bf16 = nullptr;
  int64_t ldy = 0;
};

void LinearF32Portable(const LinearArgs& args);
void LinearF32Avx2(const LinearArgs& args);
void LinearF32Avx512(const LinearArgs& args);

void LinearBf16Portable(const LinearArgs& args);
void LinearBf16Avx2(const LinearArgs& args);
void LinearBf16Avx512(const LinearArgs& args);
void LinearBf16Avx512Bf16(const LinearArgs& args);

void LinearInt8Portable(const LinearArgs& args);
void LinearInt8Avx2(const LinearArgs& args);
void LinearInt8Avx512(const LinearArgs& args);
void LinearInt8Avx512Vnni(const LinearArgs& args);

}  // namespace footnote::kernels::internal

#endif  // FOOTNOTE_KERNELS_LINEAR_INTERNAL_H_
