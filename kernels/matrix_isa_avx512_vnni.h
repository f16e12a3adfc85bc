#ifndef FOOTNOTE_KERNELS_MATRIX_ISA_AVX512_VNNI_H_
#define FOOTNOTE_KERNELS_MATRIX_ISA_AVX512_VNNI_H_

#include <cstdint>

#include "kernels/matrix_isa_avx512.h"

// Included only by sources compiled for AVX-512 with VNNI.
namespace footnote::kernels::internal {
namespace {

struct BlocksVnni : BlocksAvx512 {
  static constexpr int kMaxRows = 12;
  static constexpr bool kSignedDot8 = false;

  static FOOTNOTE_ALWAYS_INLINE void Dot(Sums& sums, Bytes w, const int8_t* x) {
    // Not the intrinsic: with it gcc 12 copies each sum to another register and back.
    asm("vpdpbusd %2%{1to16%}, %1, %0"
        : "+v"(sums)
        : "v"(w), "m"(*reinterpret_cast<const int32_t*>(x)));
  }
  static FOOTNOTE_ALWAYS_INLINE void Dot8(Sums& sums, Bytes w, const int8_t* x) { Dot(sums, w, x); }
};

}  // namespace
}  // namespace footnote::kernels::internal

#endif  // FOOTNOTE_KERNELS_MATRIX_ISA_AVX512_VNNI_H_
