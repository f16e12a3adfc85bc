#include "transformer/weights/block_quant.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <cstring>

#include "kernels/bfloat16_portable.h"
#include "kernels/float16_portable.h"

namespace footnote::transformer {
namespace {

using kernels::internal::Bf16ToFloat;
using kernels::internal::HalfToFloat;
using kernels::internal::RoundToBf16;
using kernels::internal::RoundToHalf;

constexpr int kSmall = 32;   // elements of the simple block types
constexpr int kSuper = 256;  // of the K types

uint16_t LoadU16(const uint8_t* p) {
  uint16_t v;
  std::memcpy(&v, p, sizeof v);
  return v;
}
float LoadHalf(const uint8_t* p) { return HalfToFloat(LoadU16(p)); }
void StoreHalf(float f, uint8_t* p) {
  const uint16_t h = RoundToHalf(f);
  std::memcpy(p, &h, sizeof h);
}

// --- The simple types: 32 elements. Element j is in the low half of byte j, or
// --- for j >= 16 in the high half of byte j - 16; the fifth bits are one word.

// d f16, q i8[32]
void DequantizeQ8_0(const uint8_t* block, float* out) {
  const float d = LoadHalf(block);
  for (int j = 0; j < kSmall; ++j) {
    out[j] = d * static_cast<float>(static_cast<int8_t>(block[2 + j]));
  }
}

// [d f16, m f16 if `has_min`, fifth bits u32 if `bits` is 5, q u4[32]]
template <int bits, bool has_min>
void DequantizeSmall(const uint8_t* block, float* out) {
  const float d = LoadHalf(block);
  const float m = has_min ? LoadHalf(block + 2) : 0.0f;
  const uint8_t* rest = block + (has_min ? 4 : 2);
  uint32_t high = 0;
  if (bits == 5) std::memcpy(&high, rest, sizeof high);
  const uint8_t* qs = rest + (bits == 5 ? 4 : 0);
  for (int j = 0; j < kSmall; ++j) {
    const int low = j < 16 ? qs[j] & 15 : qs[j - 16] >> 4;
    const int q = low | (bits == 5 ? static_cast<int>((high >> j) & 1) << 4 : 0);
    if (has_min) {
      out[j] = d * static_cast<float>(q) + m;
    } else {
      out[j] = d * static_cast<float>(q - (1 << (bits - 1)));
    }
  }
}

void QuantizeQ8_0(const float* x, uint8_t* block) {
  float max = 0;
  for (int j = 0; j < kSmall; ++j) max = std::max(max, std::fabs(x[j]));
  const float d = max / 127;
  float inverse = d == 0 ? 0 : 1 / d;
  if (!std::isfinite(inverse)) inverse = 0;  // d is 0 in f16 too
  StoreHalf(d, block);
  for (int j = 0; j < kSmall; ++j) {
    block[2 + j] = static_cast<uint8_t>(static_cast<int8_t>(std::round(x[j] * inverse)));
  }
}

template <int bits, bool has_min>
void QuantizeSmall(const float* x, uint8_t* block) {
  constexpr int kTop = (1 << bits) - 1;
  float d = 0, shift = 0, rounding = 0;
  if (has_min) {
    const auto [min, max] = std::minmax_element(x, x + kSmall);
    d = (*max - *min) / kTop;
    shift = *min;
    rounding = 0.5f;
    StoreHalf(shift, block + 2);
  } else {
    const float* extreme = std::max_element(
        x, x + kSmall, [](float a, float b) { return std::fabs(a) < std::fabs(b); });
    d = *extreme / -(1 << (bits - 1));
    rounding = static_cast<float>(1 << (bits - 1)) + 0.5f;
  }
  StoreHalf(d, block);
  float inverse = d == 0 ? 0 : 1 / d;
  if (!std::isfinite(inverse)) inverse = 0;
  uint8_t* rest = block + (has_min ? 4 : 2);
  uint8_t* qs = rest + (bits == 5 ? 4 : 0);
  uint32_t high = 0;
  std::memset(qs, 0, 16);
  for (int j = 0; j < kSmall; ++j) {
    const float scaled = (x[j] - shift) * inverse + rounding;  // not negative
    const int q = std::min(static_cast<int>(scaled), kTop);
    qs[j % 16] = static_cast<uint8_t>(qs[j % 16] | (q & 15) << (j < 16 ? 0 : 4));
    high |= static_cast<uint32_t>(q >> 4) << j;
  }
  if (bits == 5) std::memcpy(rest, &high, sizeof high);
}

// --- The K types: 256 elements in sub-blocks with scales of their own.

// 6-bit scale and minimum of sub-block j of 8, packed into 12 bytes.
void UnpackScale(const uint8_t* packed, int j, int* scale, int* min) {
  if (j < 4) {
    *scale = packed[j] & 63;
    *min = packed[j + 4] & 63;
  } else {
    *scale = (packed[j + 4] & 15) | (packed[j - 4] >> 6) << 4;
    *min = (packed[j + 4] >> 4) | (packed[j] >> 6) << 4;
  }
}

// d f16, dmin f16, scales 12 bytes, [fifth bits 32 bytes,] q 128 bytes. Sub-blocks
// 2i and 2i + 1 are the low and high halves of bytes 32i to 32i + 31; the fifth
// bit of sub-block j's element l is bit j of byte l.
template <int bits>
void DequantizeQ45K(const uint8_t* block, float* out) {
  const float d = LoadHalf(block), dmin = LoadHalf(block + 2);
  const uint8_t* scales = block + 4;
  const uint8_t* high = block + 16;
  const uint8_t* qs = high + (bits == 5 ? 32 : 0);
  for (int j = 0; j < 8; ++j) {
    int scale = 0, min = 0;
    UnpackScale(scales, j, &scale, &min);
    const float sub_d = d * static_cast<float>(scale);
    const float sub_min = dmin * static_cast<float>(min);
    for (int l = 0; l < 32; ++l) {
      const uint8_t byte = qs[32 * (j / 2) + l];
      int q = j % 2 == 0 ? byte & 15 : byte >> 4;
      if (bits == 5) q |= ((high[l] >> j) & 1) << 4;
      out[32 * j + l] = sub_d * static_cast<float>(q) - sub_min;
    }
  }
}

// low 4 bits 128 bytes, high 2 bits 64 bytes, scales i8[16], d f16. In each half
// of 128 elements, quarter k's element l has its low bits in byte 32 (k mod 2) +
// l (high half for k >= 2), and its high bits in bits 2k, 2k + 1 of byte l.
void DequantizeQ6K(const uint8_t* block, float* out) {
  const uint8_t* scales = block + 192;
  const float d = LoadHalf(block + 208);
  for (int i = 0; i < kSuper; ++i) {
    const int half = i / 128, quarter = i / 32 % 4, l = i % 32;
    const uint8_t low_byte = block[64 * half + 32 * (quarter % 2) + l];
    const int low = quarter < 2 ? low_byte & 15 : low_byte >> 4;
    const int high = (block[128 + 32 * half + l] >> (2 * quarter)) & 3;
    const int q = (low | high << 4) - 32;
    const float scale = static_cast<float>(static_cast<int8_t>(scales[i / 16]));
    out[i] = (d * scale) * static_cast<float>(q);
  }
}

template <void (*one)(const uint8_t*, float*)>
void EachBlock(DType dtype, const uint8_t* blocks, int64_t n, float* out) {
  const DTypeBlock block = BlockOfDType(dtype);
  for (int64_t i = 0; i < n; i += block.elements, blocks += block.bytes) one(blocks, out + i);
}
template <void (*one)(const float*, uint8_t*)>
void EachBlock(DType dtype, const float* x, int64_t n, uint8_t* blocks) {
  const DTypeBlock block = BlockOfDType(dtype);
  for (int64_t i = 0; i < n; i += block.elements, blocks += block.bytes) one(x + i, blocks);
}

void DequantizeF32(const uint8_t* p, float* out) { std::memcpy(out, p, sizeof *out); }
void DequantizeF16(const uint8_t* p, float* out) { *out = LoadHalf(p); }
void DequantizeBF16(const uint8_t* p, float* out) { *out = Bf16ToFloat(LoadU16(p)); }
void DequantizeF64(const uint8_t* p, float* out) {
  double v;
  std::memcpy(&v, p, sizeof v);
  *out = static_cast<float>(v);
}

void QuantizeF32(const float* x, uint8_t* p) { std::memcpy(p, x, sizeof *x); }
void QuantizeF16(const float* x, uint8_t* p) { StoreHalf(*x, p); }
void QuantizeBF16(const float* x, uint8_t* p) {
  const uint16_t v = RoundToBf16(*x);
  std::memcpy(p, &v, sizeof v);
}

// What can be done with each type. A new type is a row here.
struct Row {
  DType dtype;
  void (*dequantize)(DType, const uint8_t*, int64_t, float*);
  void (*quantize)(DType, const float*, int64_t, uint8_t*);  // null: not written
};
constexpr Row kRows[] = {
    {DType::kF32, EachBlock<DequantizeF32>, EachBlock<QuantizeF32>},
    {DType::kF16, EachBlock<DequantizeF16>, EachBlock<QuantizeF16>},
    {DType::kBF16, EachBlock<DequantizeBF16>, EachBlock<QuantizeBF16>},
    {DType::kF64, EachBlock<DequantizeF64>, nullptr},
    {DType::kQ8_0, EachBlock<DequantizeQ8_0>, EachBlock<QuantizeQ8_0>},
    {DType::kQ4_0, EachBlock<DequantizeSmall<4, false>>, EachBlock<QuantizeSmall<4, false>>},
    {DType::kQ4_1, EachBlock<DequantizeSmall<4, true>>, EachBlock<QuantizeSmall<4, true>>},
    {DType::kQ5_0, EachBlock<DequantizeSmall<5, false>>, EachBlock<QuantizeSmall<5, false>>},
    {DType::kQ5_1, EachBlock<DequantizeSmall<5, true>>, EachBlock<QuantizeSmall<5, true>>},
    {DType::kQ4_K, EachBlock<DequantizeQ45K<4>>, nullptr},
    {DType::kQ5_K, EachBlock<DequantizeQ45K<5>>, nullptr},
    {DType::kQ6_K, EachBlock<DequantizeQ6K>, nullptr},
};

const Row* Find(DType dtype) {
  const auto* it = std::find_if(std::begin(kRows), std::end(kRows),
                                [dtype](const Row& row) { return row.dtype == dtype; });
  return it == std::end(kRows) ? nullptr : it;
}

}  // namespace

bool CanDequantize(DType dtype) { return Find(dtype) != nullptr; }

bool CanQuantize(DType dtype) {
  const Row* row = Find(dtype);
  return row != nullptr && row->quantize != nullptr;
}

void DequantizeRow(DType dtype, const void* blocks, int64_t n, float* out) {
  const Row* row = Find(dtype);
  assert(row != nullptr && n % BlockOfDType(dtype).elements == 0);
  row->dequantize(dtype, static_cast<const uint8_t*>(blocks), n, out);
}

void QuantizeRow(DType dtype, const float* x, int64_t n, void* blocks) {
  const Row* row = Find(dtype);
  assert(row != nullptr && row->quantize != nullptr && n % BlockOfDType(dtype).elements == 0);
  row->quantize(dtype, x, n, static_cast<uint8_t*>(blocks));
}

}  // namespace footnote::transformer
