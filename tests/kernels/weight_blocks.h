#ifndef FOOTNOTE_TESTS_KERNELS_WEIGHT_BLOCKS_H_
#define FOOTNOTE_TESTS_KERNELS_WEIGHT_BLOCKS_H_

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <random>
#include <vector>

#include "kernels/matrix.h"

// Stored weights for tests: random ones of each format, and what they mean in
// f64, written from the description of GGUF's formats
// (https://github.com/ggml-org/ggml/blob/master/docs/gguf.md and the structs that
// it names), not from the kernels.
namespace footnote::kernels::testing_blocks {

inline double Half(const uint8_t* p) {
  const int bits = p[0] | p[1] << 8;
  const int exponent = bits >> 10 & 31, fraction = bits & 1023;
  const double magnitude =
      exponent == 0 ? std::ldexp(fraction, -24) : std::ldexp(1024 + fraction, exponent - 25);
  return bits & 0x8000 ? -magnitude : magnitude;
}

inline double Float(const uint8_t* p) {
  float f;
  std::memcpy(&f, p, 4);
  return f;
}

inline double Brain(const uint8_t* p) {
  const uint8_t wide[4] = {0, 0, p[0], p[1]};
  return Float(wide);
}

// Number i of a block.
inline double Dequantized(WeightFormat format, const uint8_t* b, int i) {
  const int nibble = i % 16;  // its byte in blocks of 32
  const auto low = [&](const uint8_t* qs) { return i < 16 ? qs[nibble] & 15 : qs[nibble] >> 4; };
  const auto fifth = [&](const uint8_t* qh) { return (qh[i / 8] >> (i % 8) & 1) << 4; };
  switch (format) {
    case WeightFormat::kF32:
      return Float(b);
    case WeightFormat::kF16:
      return Half(b);
    case WeightFormat::kBf16:
      return Brain(b);
    case WeightFormat::kQ8_0:
      return Half(b) * static_cast<int8_t>(b[2 + i]);
    case WeightFormat::kQ4_0:
      return Half(b) * (low(b + 2) - 8);
    case WeightFormat::kQ4_1:
      return Half(b) * low(b + 4) + Half(b + 2);
    case WeightFormat::kQ5_0:
      return Half(b) * ((low(b + 6) | fifth(b + 2)) - 16);
    case WeightFormat::kQ5_1:
      return Half(b) * (low(b + 8) | fifth(b + 4)) + Half(b + 2);
    case WeightFormat::kQ4_K:
    case WeightFormat::kQ5_K: {
      const bool five = format == WeightFormat::kQ5_K;
      const int g = i / 32;
      const uint8_t* s = b + 4;
      const int scale = g < 4 ? s[g] & 63 : (s[g + 4] & 15) | s[g - 4] >> 6 << 4;
      const int min = g < 4 ? s[g + 4] & 63 : s[g + 4] >> 4 | s[g] >> 6 << 4;
      const uint8_t byte = (b + (five ? 48 : 16))[i / 64 * 32 + i % 32];
      int q = g % 2 == 0 ? byte & 15 : byte >> 4;
      if (five && (b[16 + i % 32] >> g & 1) != 0) q += 16;
      return Half(b) * scale * q - Half(b + 2) * min;
    }
    case WeightFormat::kQ6_K: {
      const int half = i / 128, l = i % 32, part = i % 128 / 32;
      const uint8_t byte = b[half * 64 + l + (part % 2 == 1 ? 32 : 0)];
      const int q = (part < 2 ? byte & 15 : byte >> 4) | (b[128 + half * 32 + l] >> 2 * part & 3)
                                                             << 4;
      return Half(b + 208) * static_cast<int8_t>(b[192 + i / 16]) * (q - 32);
    }
    default:
      return NAN;
  }
}

// [rows, cols] numbers as f64.
inline std::vector<double> Dequantize(WeightFormat format, const uint8_t* data, int64_t rows,
                                      int64_t cols) {
  const WeightBlock block = BlockOf(format);
  std::vector<double> out(rows * cols);
  for (int64_t i = 0; i < rows * cols; ++i) {
    out[i] = Dequantized(format, data + i / block.elements * block.bytes,
                         static_cast<int>(i % block.elements));
  }
  return out;
}

// Any bits are a block but for its scales, which are made small and finite.
inline std::vector<uint8_t> RandomBlocks(WeightFormat format, int64_t rows, int64_t cols,
                                         int seed) {
  std::mt19937 rng(seed);
  const WeightBlock block = BlockOf(format);
  std::vector<uint8_t> data(rows * cols / block.elements * block.bytes);
  for (uint8_t& byte : data) byte = static_cast<uint8_t>(rng());
  const auto set_half = [&](uint8_t* p) {  // magnitudes of 2^-8 to 2^-4, both signs
    p[1] = static_cast<uint8_t>((rng() & 0x80) | (7 + rng() % 4) << 2 | (rng() & 3));
  };
  std::normal_distribution<float> normal(0, 0.3f);
  for (size_t at = 0; at < data.size(); at += block.bytes) {
    uint8_t* b = data.data() + at;
    const float f = normal(rng);
    uint32_t bits;
    std::memcpy(&bits, &f, 4);
    switch (format) {
      case WeightFormat::kF32:
        std::memcpy(b, &f, 4);
        break;
      case WeightFormat::kBf16:
        b[0] = static_cast<uint8_t>(bits >> 16);
        b[1] = static_cast<uint8_t>(bits >> 24);
        break;
      case WeightFormat::kQ6_K:
        set_half(b + 208);
        break;
      case WeightFormat::kQ4_1:
      case WeightFormat::kQ5_1:
      case WeightFormat::kQ4_K:
      case WeightFormat::kQ5_K:
        set_half(b + 2);
        [[fallthrough]];
      default:
        set_half(b);
    }
  }
  return data;
}

}  // namespace footnote::kernels::testing_blocks

#endif  // FOOTNOTE_TESTS_KERNELS_WEIGHT_BLOCKS_H_
