#ifndef FOOTNOTE_KERNELS_CUDA_PTX_CUH_
#define FOOTNOTE_KERNELS_CUDA_PTX_CUH_

// What the kernels need of the machine below CUDA C++. Everything else in the .cu
// files is plain C++ with threads, blocks, shared memory and shuffles, so that the
// tests can run it on a CPU with another version of this one header
// (tests/kernels/cuda/emulator/).

#include <cuda_runtime.h>

#include <cstdint>

namespace footnote::kernels::cuda {

// Memory that the kernel's launch sized.
#define FN_DYNAMIC_SHARED(name) extern __shared__ __align__(128) unsigned char name[]

// Programmatic dependent launch: a kernel may start while the one before it ends,
// and waits here before it touches what that one wrote. Every kernel calls both,
// so a kernel's end means that all before it have ended.
__device__ inline void WaitForPrevious() {
#if __CUDA_ARCH__ >= 900
  asm volatile("griddepcontrol.wait;" ::: "memory");
#endif
}
__device__ inline void LetNextStart() {
#if __CUDA_ARCH__ >= 900
  asm volatile("griddepcontrol.launch_dependents;");
#endif
}

__device__ inline float Bf16ToFloat(uint32_t bits) { return __uint_as_float(bits << 16); }
// Two numbers rounded to nearest even, `low` in the low half.
__device__ inline uint32_t PackBf16(float low, float high) {
  uint32_t packed;
  asm("cvt.rn.bf16x2.f32 %0, %1, %2;" : "=r"(packed) : "f"(high), "f"(low));
  return packed;
}
__device__ inline float HalfToFloat(uint32_t bits) {
  float value;
  asm("{ .reg .b16 h; cvt.u16.u32 h, %1; cvt.f32.f16 %0, h; }" : "=f"(value) : "r"(bits));
  return value;
}

// Reads what no kernel writes and what is not read again soon: past the first-level cache.
__device__ inline uint4 LoadStream16(const void* p) {
  uint4 v;
  asm("ld.global.nc.L1::no_allocate.v4.u32 {%0, %1, %2, %3}, [%4];"
      : "=r"(v.x), "=r"(v.y), "=r"(v.z), "=r"(v.w)
      : "l"(p));
  return v;
}
__device__ inline uint2 LoadStream8(const void* p) {
  uint2 v;
  asm("ld.global.nc.L1::no_allocate.v2.u32 {%0, %1}, [%2];" : "=r"(v.x), "=r"(v.y) : "l"(p));
  return v;
}
// Starts reading what will be read soon. `p` must lie in an allocation.
__device__ inline void PrefetchL2(const void* p) {
  asm volatile("prefetch.global.L2 [%0];" ::"l"(p));
}

// c + the sum of four products of signed bytes.
__device__ inline int DotBytes(uint32_t a, uint32_t b, int c) {
  return __dp4a(static_cast<int>(a), static_cast<int>(b), c);
}

// Four 8 x 8 matrices of 16-bit numbers from shared memory. Lane l gives the
// address of row l % 8 of matrix l / 8 (16 bytes, aligned) and gets, in each r[m],
// numbers (l / 4, 2 (l % 4)) and (l / 4, 2 (l % 4) + 1) of matrix m; of its
// transpose in the second function.
__device__ inline void LoadMatrices(const void* row, uint32_t r[4]) {
  const uint32_t address = static_cast<uint32_t>(__cvta_generic_to_shared(row));
  asm volatile("ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%0, %1, %2, %3}, [%4];"
               : "=r"(r[0]), "=r"(r[1]), "=r"(r[2]), "=r"(r[3])
               : "r"(address)
               : "memory");
}
__device__ inline void LoadMatricesTransposed(const void* row, uint32_t r[4]) {
  const uint32_t address = static_cast<uint32_t>(__cvta_generic_to_shared(row));
  asm volatile("ldmatrix.sync.aligned.m8n8.x4.trans.shared.b16 {%0, %1, %2, %3}, [%4];"
               : "=r"(r[0]), "=r"(r[1]), "=r"(r[2]), "=r"(r[3])
               : "r"(address)
               : "memory");
}

// c [16, 8] f32 += a [16, 16] bf16 * b [16, 8] bf16. With g = lane / 4 and t = 2 (lane % 4), a
// lane holds a[0]: (g, t..), a[1]: (g + 8, t..), a[2]: (g, t + 8..), a[3]: (g + 8, t + 8..);
// b0: (t.., g), b1: (t + 8.., g); c[0], c[1]: (g, t..), c[2], c[3]: (g + 8, t..).
// Source: PTX ISA, "Matrix Fragments for mma.m16n8k16".
__device__ inline void MultiplyBf16(float c[4], const uint32_t a[4], uint32_t b0, uint32_t b1) {
  asm("mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 "
      "{%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, {%0, %1, %2, %3};"
      : "+f"(c[0]), "+f"(c[1]), "+f"(c[2]), "+f"(c[3])
      : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b0), "r"(b1));
}

}  // namespace footnote::kernels::cuda

#endif  // FOOTNOTE_KERNELS_CUDA_PTX_CUH_
