#include <cstring>

#include "kernels/bfloat16_portable.h"
#include "kernels/float16_portable.h"
#include "kernels/matrix_rows.h"
#include "kernels/unaligned.h"

namespace footnote::kernels::internal {
namespace {

float LoadHalf(const uint8_t* p) { return HalfToFloat(Load16(p)); }

// Blocks of 32: d, [m], [one high bit each], four low bits each: those of input
// i below those of input i + 16.
void DecodeNibbles(float d, float m, int zero, const uint8_t* high, const uint8_t* low,
                   float* out) {
  const uint32_t bits = high == nullptr ? 0 : Load32(high);
  for (int i = 0; i < 16; ++i) {
    const int first = (low[i] & 15) | static_cast<int>((bits >> i) & 1) << 4;
    const int second = (low[i] >> 4) | static_cast<int>((bits >> (i + 16)) & 1) << 4;
    out[i] = static_cast<float>(first - zero) * d + m;
    out[i + 16] = static_cast<float>(second - zero) * d + m;
  }
}

// The 6-bit scale and minimum of group g, packed in 12 bytes.
void ScaleAndMin(const uint8_t* packed, int g, int* scale, int* min) {
  if (g < 4) {
    *scale = packed[g] & 63;
    *min = packed[g + 4] & 63;
  } else {
    *scale = (packed[g + 4] & 15) | (packed[g - 4] >> 6) << 4;
    *min = (packed[g + 4] >> 4) | (packed[g] >> 6) << 4;
  }
}

// kQ4_K, kQ5_K: d, dmin, 12 bytes of scales, [32 bytes of high bits], low bits.
void DecodeScaledNibbles(const uint8_t* block, bool five, float* out) {
  const float d = LoadHalf(block), dmin = LoadHalf(block + 2);
  const uint8_t* high = five ? block + 16 : nullptr;
  const uint8_t* low = block + (five ? 48 : 16);
  for (int g = 0; g < 8; ++g) {
    int scale, min;
    ScaleAndMin(block + 4, g, &scale, &min);
    const float group_d = d * static_cast<float>(scale), m = dmin * static_cast<float>(min);
    for (int i = 0; i < 32; ++i) {
      int q = (low[(g / 2) * 32 + i] >> (4 * (g % 2))) & 15;
      if (five) q |= ((high[i] >> g) & 1) << 4;
      out[g * 32 + i] = group_d * static_cast<float>(q) - m;
    }
  }
}

// kQ6_K: 128 bytes of low bits, 64 of two high bits each, 16 scales, d.
void DecodeQ6K(const uint8_t* block, float* out) {
  const int8_t* scales = reinterpret_cast<const int8_t*>(block + 192);
  const float d = LoadHalf(block + 208);
  for (int i = 0; i < 256; ++i) {
    const int half = i / 128, part = (i % 128) / 32, l = i % 32;
    const int low = (block[half * 64 + (part % 2) * 32 + l] >> (4 * (part / 2))) & 15;
    const int high = (block[128 + half * 32 + l] >> (2 * part)) & 3;
    const int scale = i / 16;
    out[i] = d * static_cast<float>(scales[scale]) * static_cast<float>((low | high << 4) - 32);
  }
}

}  // namespace

void DecodeRow(WeightFormat format, const uint8_t* data, int64_t k, float* out) {
  switch (format) {
    case WeightFormat::kF32:
      std::memcpy(out, data, k * sizeof(float));
      return;
    case WeightFormat::kF16:
      for (int64_t i = 0; i < k; ++i) out[i] = LoadHalf(data + 2 * i);
      return;
    case WeightFormat::kBf16:
      for (int64_t i = 0; i < k; ++i) out[i] = Bf16ToFloat(Load16(data + 2 * i));
      return;
    case WeightFormat::kInt8:
      return;  // no file format
    default:
      break;
  }
  const WeightBlock size = BlockOf(format);
  for (int64_t i = 0; i < k; i += size.elements, data += size.bytes, out += size.elements) {
    switch (format) {
      case WeightFormat::kQ8_0:
        for (int j = 0; j < 32; ++j) {
          out[j] = static_cast<float>(static_cast<int8_t>(data[2 + j])) * LoadHalf(data);
        }
        break;
      case WeightFormat::kQ4_0:
      case WeightFormat::kInt4:
        DecodeNibbles(LoadHalf(data), 0, 8, nullptr, data + 2, out);
        break;
      case WeightFormat::kQ4_1:
        DecodeNibbles(LoadHalf(data), LoadHalf(data + 2), 0, nullptr, data + 4, out);
        break;
      case WeightFormat::kQ5_0:
        DecodeNibbles(LoadHalf(data), 0, 16, data + 2, data + 6, out);
        break;
      case WeightFormat::kQ5_1:
        DecodeNibbles(LoadHalf(data), LoadHalf(data + 2), 0, data + 4, data + 8, out);
        break;
      case WeightFormat::kQ4_K:
        DecodeScaledNibbles(data, false, out);
        break;
      case WeightFormat::kQ5_K:
        DecodeScaledNibbles(data, true, out);
        break;
      case WeightFormat::kQ6_K:
        DecodeQ6K(data, out);
        break;
      default:
        return;
    }
  }
}

bool AllFinite(const float* v, int64_t n) {
  uint32_t greatest = 0;
  for (int64_t i = 0; i < n; ++i) {
    uint32_t bits;
    std::memcpy(&bits, v + i, sizeof(bits));
    bits &= 0x7FFFFFFF;
    greatest = bits > greatest ? bits : greatest;
  }
  return greatest < 0x7F800000;
}

}  // namespace footnote::kernels::internal
