#include "kernels/cuda/weight_packing.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <vector>

#include "absl/strings/str_cat.h"
#include "kernels/bfloat16_portable.h"
#include "kernels/float16_portable.h"
#include "kernels/matrix_pack_blocks.h"

namespace footnote::kernels::cuda {
namespace {

using internal::MatrixRows;
using Planes = std::array<uint8_t*, kPlanes>;

Packing PackingOf(WeightFormat format) {
  switch (format) {
    case WeightFormat::kF32:
      return Packing::kF32;
    case WeightFormat::kF16:
      return Packing::kF16;
    case WeightFormat::kBf16:
      return Packing::kBf16;
    case WeightFormat::kInt8:
      return Packing::kInt8;
    case WeightFormat::kInt4:
    case WeightFormat::kQ4_0:
      return Packing::kQ4;
    case WeightFormat::kQ8_0:
      return Packing::kQ8;
    case WeightFormat::kQ4_1:
      return Packing::kQ4Min;
    case WeightFormat::kQ5_0:
      return Packing::kQ5;
    case WeightFormat::kQ5_1:
      return Packing::kQ5Min;
    case WeightFormat::kQ4_K:
      return Packing::kQ4K;
    case WeightFormat::kQ5_K:
      return Packing::kQ5K;
    case WeightFormat::kQ6_K:
      return Packing::kQ6K;
  }
  return Packing::kF32;
}

int64_t RoundUp(int64_t v, int64_t to) { return (v + to - 1) / to * to; }

bool FiniteHalf(const uint8_t* bits) {
  uint16_t half;
  std::memcpy(&half, bits, 2);
  return (half & 0x7C00) != 0x7C00;
}

// 32 codes of 4 bits, number i and number i + 16 in byte i.
void PutNibbles(const uint8_t codes[32], uint8_t* to) {
  for (int i = 0; i < 16; ++i) {
    to[i] = static_cast<uint8_t>((codes[i] & 15) | (codes[i + 16] & 15) << 4);
  }
}

// The stored blocks of one row, taken apart. Each function takes one block and its index in the
// row. False: a scale isn't finite.
// Source of the block layouts: https://github.com/ggml-org/ggml/blob/master/src/ggml-common.h

// d [m] [high bits] codes, of 32 numbers.
bool SplitBlock32(Packing packing, const uint8_t* block, int64_t b, const Planes& row) {
  const bool pairs = packing == Packing::kQ4Min || packing == Packing::kQ5Min;
  const bool five = packing == Packing::kQ5 || packing == Packing::kQ5Min;
  const int codes = packing == Packing::kQ8 ? 32 : 16;
  const int scale_bytes = pairs ? 4 : 2;
  if (!FiniteHalf(block) || (pairs && !FiniteHalf(block + 2))) return false;
  std::memcpy(row[kScales] + b * scale_bytes, block, scale_bytes);
  block += scale_bytes;
  if (five) {
    std::memcpy(row[kHigh] + b * 4, block, 4);
    block += 4;
  }
  std::memcpy(row[kQuants] + b * codes, block, codes);
  return true;
}

// Q4_K, Q5_K: d, dmin, 12 bytes of scales, [32 bytes of high bits], 128 bytes of nibbles: chunk c
// of 32 bytes has group 2 c in its lower and group 2 c + 1 in its upper halves.
bool SplitBlockK(Packing packing, const uint8_t* block, int64_t b, const Planes& row) {
  if (!FiniteHalf(block) || !FiniteHalf(block + 2)) return false;
  std::memcpy(row[kScales] + b * 16, block, 16);
  const uint8_t* high = block + 16;
  const uint8_t* nibbles = packing == Packing::kQ5K ? high + 32 : high;
  for (int g = 0; g < 8; ++g) {
    uint8_t codes[32];
    uint32_t bits = 0;
    for (int i = 0; i < 32; ++i) {
      codes[i] = nibbles[g / 2 * 32 + i] >> (g % 2 * 4) & 15;
      bits |= static_cast<uint32_t>(high[i] >> g & 1) << i;
    }
    PutNibbles(codes, row[kQuants] + (b * 8 + g) * 16);
    if (packing == Packing::kQ5K) std::memcpy(row[kHigh] + (b * 8 + g) * 4, &bits, 4);
  }
  return true;
}

// Q6_K: 128 bytes of nibbles, 64 of two bits, 16 scales, d. Each half of the block has four groups
// in 64 and 32 bytes.
bool SplitBlock6(const uint8_t* block, int64_t b, const Planes& row) {
  const uint8_t* high = block + 128;
  const uint8_t* scales = block + 192;
  if (!FiniteHalf(block + 208)) return false;
  std::memcpy(row[kScales] + b * 16, scales, 16);
  std::memcpy(row[kSuper] + b * 2, block + 208, 2);
  for (int g = 0; g < 8; ++g) {
    const int half = g / 4;
    const int m = g % 4;
    uint8_t codes[32];
    uint8_t bits[8] = {};
    for (int i = 0; i < 32; ++i) {
      codes[i] = block[half * 64 + m % 2 * 32 + i] >> (m / 2 * 4) & 15;
      const int two = high[half * 32 + i] >> (2 * m) & 3;
      bits[i % 8] = static_cast<uint8_t>(bits[i % 8] | two << 2 * (i / 8));
    }
    PutNibbles(codes, row[kQuants] + (b * 8 + g) * 16);
    std::memcpy(row[kHigh] + (b * 8 + g) * 8, bits, 8);
  }
  return true;
}

bool SplitRow(WeightFormat format, Packing packing, const uint8_t* data, int64_t k,
              const Planes& row) {
  const WeightBlock block = BlockOf(format);
  for (int64_t b = 0; b < k / block.elements; ++b) {
    const uint8_t* at = data + b * block.bytes;
    bool finite = true;
    if (packing == Packing::kQ6K) {
      finite = SplitBlock6(at, b, row);
    } else if (block.elements == 256) {
      finite = SplitBlockK(packing, at, b, row);
    } else {
      finite = SplitBlock32(packing, at, b, row);
    }
    if (!finite) return false;
  }
  return true;
}

void PutInt8(const float* x, int64_t k, const Planes& row) {
  float largest = 0;
  for (int64_t i = 0; i < k; ++i) largest = std::max(largest, std::fabs(x[i]));
  const float scale = largest / 127.f;
  std::memcpy(row[kScales], &scale, 4);
  for (int64_t i = 0; i < k; ++i) {
    const float q = scale > 0 ? std::nearbyint(x[i] / scale) : 0.f;
    row[kQuants][i] = static_cast<uint8_t>(static_cast<int8_t>(std::clamp(q, -127.f, 127.f)));
  }
}

void PutNumbers(Packing packing, const float* x, int64_t k, uint8_t* to) {
  if (packing == Packing::kF32) {
    std::memcpy(to, x, k * sizeof(float));
    return;
  }
  for (int64_t i = 0; i < k; ++i) {
    const uint16_t v =
        packing == Packing::kBf16 ? internal::RoundToBf16(x[i]) : internal::RoundToHalf(x[i]);
    std::memcpy(to + 2 * i, &v, 2);
  }
}

// Whether the numbers' exponents say finite.
template <typename T>
bool FiniteBits(const uint8_t* data, int64_t k, T exponent) {
  bool finite = true;
  for (int64_t i = 0; i < k; ++i) {
    T bits;
    std::memcpy(&bits, data + i * sizeof(T), sizeof(T));
    finite &= (bits & exponent) != exponent;
  }
  return finite;
}

bool FiniteNumbers(Packing packing, const uint8_t* data, int64_t k) {
  switch (packing) {
    case Packing::kF32:
      return FiniteBits<uint32_t>(data, k, 0x7F800000);
    case Packing::kBf16:
      return FiniteBits<uint16_t>(data, k, 0x7F80);
    default:
      return FiniteBits<uint16_t>(data, k, 0x7C00);
  }
}

// One row that is stored as it will be kept.
bool CopyRow(WeightFormat format, const WeightShape& shape, const uint8_t* data,
             const Planes& row) {
  if (!IsDense(shape.packing)) return SplitRow(format, shape.packing, data, shape.k, row);
  std::memcpy(row[kQuants], data, shape.k * (shape.packing == Packing::kF32 ? 4 : 2));
  return FiniteNumbers(shape.packing, data, shape.k);
}

// One row of f32 numbers (padded with zeros to groups) to what is kept.
bool ConvertRow(WeightFormat format, const WeightShape& shape, const float* x, const Planes& row,
                std::vector<uint8_t>* blocks) {
  if (format == WeightFormat::kInt8) {
    PutInt8(x, shape.k, row);
    return true;
  }
  if (format == WeightFormat::kInt4) {
    blocks->resize(shape.groups * BlockOf(WeightFormat::kQ4_0).bytes);
    return internal::QuantizeQ4(x, shape.groups * 32, blocks->data()) &&
           SplitRow(WeightFormat::kQ4_0, shape.packing, blocks->data(), shape.groups * 32, row);
  }
  PutNumbers(shape.packing, x, shape.k, row[kQuants]);
  return FiniteNumbers(shape.packing, row[kQuants], shape.k);
}

}  // namespace

WeightShape::WeightShape(WeightFormat format, int64_t n_in, int64_t k_in)
    : packing(PackingOf(format)), n(n_in), k(k_in) {
  if (IsDense(packing)) {
    const int64_t element = packing == Packing::kF32 ? 4 : 2;
    pitch = RoundUp(k, 16 / element);
    row_bytes[kQuants] = pitch * element;
  } else {
    const bool bytes_each = packing == Packing::kInt8 || packing == Packing::kQ8;
    groups = RoundUp(k, 32) / 32;
    row_bytes[kQuants] = groups * (bytes_each ? 32 : 16);
    switch (packing) {
      case Packing::kInt8:
        row_bytes[kScales] = 4;
        break;
      case Packing::kQ8:
      case Packing::kQ4:
        row_bytes[kScales] = groups * 2;
        break;
      case Packing::kQ4Min:
        row_bytes[kScales] = groups * 4;
        break;
      case Packing::kQ5:
        row_bytes[kHigh] = groups * 4;
        row_bytes[kScales] = groups * 2;
        break;
      case Packing::kQ5Min:
        row_bytes[kHigh] = groups * 4;
        row_bytes[kScales] = groups * 4;
        break;
      case Packing::kQ5K:
        row_bytes[kHigh] = groups * 4;
        row_bytes[kScales] = groups * 2;
        break;
      case Packing::kQ4K:
        row_bytes[kScales] = groups * 2;
        break;
      default:  // kQ6K
        row_bytes[kHigh] = groups * 8;
        row_bytes[kScales] = groups * 2;
        row_bytes[kSuper] = groups / 8 * 2;
        break;
    }
  }
  for (int p = 0; p < kPlanes; ++p) {
    offset[p] = bytes;
    bytes += RoundUp(n * row_bytes[p], 256);
  }
}

absl::Status PackWeightRows(const MatrixRows& rows, WeightFormat format, const WeightShape& shape,
                            int64_t first, int64_t count, const Planes& planes) {
  const bool converts = format == WeightFormat::kInt8 || format == WeightFormat::kInt4;
  const bool as_stored = !converts && rows.AllStoredAs(format);
  const int64_t width = RoundUp(shape.k, 32);
  std::vector<float> numbers(as_stored ? 0 : width);
  std::vector<uint8_t> blocks;
  for (int64_t r = 0; r < count; ++r) {
    Planes row;
    for (int p = 0; p < kPlanes; ++p) {
      row[p] = planes[p] + r * shape.row_bytes[p];
      std::memset(row[p], 0, shape.row_bytes[p]);
    }
    const bool finite = as_stored ? CopyRow(format, shape, rows.Row(first + r), row)
                                  : rows.Decode(first + r, 1, numbers.data(), width) &&
                                        ConvertRow(format, shape, numbers.data(), row, &blocks);
    if (!finite) {
      return absl::DataLossError(absl::StrCat("row ", first + r,
                                              " of a weight matrix has a number that isn't "
                                              "finite, or too large for ",
                                              WeightFormatName(format)));
    }
  }
  return absl::OkStatus();
}

}  // namespace footnote::kernels::cuda
