#ifndef FOOTNOTE_KERNELS_BIT_PACKING_H_
#define FOOTNOTE_KERNELS_BIT_PACKING_H_

#include <cstddef>
#include <cstdint>

// Blocks of 128 small numbers in as many bits each as the largest needs: the
// vertical layout of Lemire and Boytsov 2015, "Decoding billions of integers per
// second through vectorization" (SIMD-BP128). Value i is in lane i % 4 of vectors of
// four little-endian words, so that four neighbours are unpacked at once. Vectors of
// 16 bytes are every x86-64's, so nothing is chosen at run time.
namespace footnote::kernels {

inline constexpr size_t kPackedBlock = 128;

// Bytes of a block whose values have `bits` bits each, 0 to 32.
inline constexpr size_t PackedBytes(int bits) { return 16 * static_cast<size_t>(bits); }

// The bits that the largest of 128 values needs.
int BitsOf(const uint32_t* values);

// Writes PackedBytes(bits) to `out`. Precondition: bits >= BitsOf(values), <= 32.
void PackBlock(const uint32_t* values, int bits, uint8_t* out);

// Reads PackedBytes(bits) and writes 128 values, each increased by `plus` (modulo 2^32).
void UnpackBlock(const uint8_t* in, int bits, uint32_t plus, uint32_t* values);

// As UnpackBlock with plus = 1, then sums up: values[i] = base + the first i + 1 of
// them, modulo 2^32.
void UnpackAscending(const uint8_t* in, int bits, uint32_t base, uint32_t* values);

}  // namespace footnote::kernels

#endif  // FOOTNOTE_KERNELS_BIT_PACKING_H_
