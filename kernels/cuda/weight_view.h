#ifndef FOOTNOTE_KERNELS_CUDA_WEIGHT_VIEW_H_
#define FOOTNOTE_KERNELS_CUDA_WEIGHT_VIEW_H_

#include <cstdint>

namespace footnote::kernels::cuda {

// How a matrix lies in device memory. Rows of plain numbers, or groups of 32
// numbers along a row, taken apart into planes so that each is read 16 bytes at a
// time:
//   quants  nibbles: 16 bytes a group, byte i = number i | number i + 16 << 4;
//           8-bit: 32 bytes a group
//   high    the fifth bit: 4 bytes a group, bit i of number i; bits five and six
//           (Q6_K): 8 bytes a group, byte i % 8 >> 2 * (i / 8)
//   scales  below
// A number is scale * q + min, where q is the unsigned code, or the signed byte.
enum class Packing : int32_t {
  kF32,
  kF16,
  kBf16,
  kInt8,   // scales: f32 per row
  kQ8,     // scales: f16 per group
  kQ4,     // f16 d per group; min = -8 d
  kQ4Min,  // f16 d, f16 m per group
  kQ5,     // f16 d per group; min = -16 d
  kQ5Min,  // f16 d, f16 m per group
  kQ4K,    // 16 bytes per 256 numbers: f16 d, f16 dmin, Q4_K's 12 bytes of 6-bit scales and mins
  kQ5K,    // as kQ4K
  kQ6K,    // int8 per 16 numbers; `super`: f16 d per 256; q is the code - 32
};

struct WeightView {
  Packing packing = Packing::kF32;
  int64_t n = 0;
  int64_t k = 0;
  int64_t pitch = 0;   // plain numbers: elements from row to row, rows start at 16 bytes
  int64_t groups = 0;  // others: groups of a row
  const void* quants = nullptr;
  const void* high = nullptr;
  const void* scales = nullptr;
  const void* super = nullptr;
};

inline bool IsDense(Packing packing) {
  return packing == Packing::kF32 || packing == Packing::kF16 || packing == Packing::kBf16;
}

}  // namespace footnote::kernels::cuda

#endif  // FOOTNOTE_KERNELS_CUDA_WEIGHT_VIEW_H_
