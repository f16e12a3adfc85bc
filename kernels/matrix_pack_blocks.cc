#include "kernels/matrix_pack_blocks.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "kernels/float16_portable.h"
#include "kernels/unaligned.h"

namespace footnote::kernels::internal {
namespace {

// Where chunk `c` of a panel keeps things, for one output.
struct Output {
  uint8_t* chunk;
  int64_t lane;

  void Half(int offset, int64_t i, const uint8_t* from) const {
    std::memcpy(chunk + offset + (i * kBlockPanel + lane) * 2, from, 2);
  }
  void Byte(int offset, uint8_t v) const { chunk[offset + lane] = v; }
  void Quad(int offset, int64_t i, uint32_t v) const {
    Store32(chunk + offset + i * kQuadBytes + lane * 4, v);
  }
};

bool FiniteHalf(const uint8_t* p) { return (p[1] & 0x7C) != 0x7C; }

constexpr uint32_t kLow = 0x0F0F0F0F, kOnes = 0x01010101;

// 32 high bits, in order, as bit q of the bytes of quad q.
uint32_t SpreadBits(uint32_t bits) {
  uint32_t spread = 0;
  for (int i = 0; i < 4; ++i) {
    for (int q = 0; q < 8; ++q) spread |= ((bits >> (4 * q + i)) & 1) << (8 * i + q);
  }
  return spread;
}

// Blocks of 32; two make a chunk.
bool PackSmallBlock(PanelKind kind, const ChunkLayout& layout, const uint8_t* block, int group,
                    const Output& out) {
  const bool has_min = layout.min >= 0;
  out.Half(layout.scale, group, block);
  if (has_min) out.Half(layout.min, group, block + 2);
  const bool finite = FiniteHalf(block) && (!has_min || FiniteHalf(block + 2));
  const uint8_t* at = block + (has_min ? 4 : 2);
  if (kind == PanelKind::kQ8_0) {
    for (int q = 0; q < 8; ++q) {
      out.Quad(layout.Low(group), q, Load32(at + 4 * q) ^ 0x80808080);
    }
    return finite;
  }
  if (layout.high_bits == 1) {
    out.Quad(layout.High(group), 0, SpreadBits(Load32(at)));
    at += 4;
  }
  // As stored: input i below input i + 16.
  for (int q = 0; q < 4; ++q) out.Quad(layout.Low(group), q, Load32(at + 4 * q));
  return finite;
}

bool PackQ4KOrQ5K(const ChunkLayout& layout, const uint8_t* block, const Output& out) {
  out.Half(layout.scale, 0, block);
  // The minimum is subtracted: negated here, it is added as in the other formats.
  const uint8_t min[2] = {block[2], static_cast<uint8_t>(block[3] ^ 0x80)};
  out.Half(layout.min, 0, min);
  const uint8_t* packed = block + 4;
  for (int g = 0; g < 4; ++g) {
    out.Byte(layout.SubScale(g), packed[g] & 63);
    out.Byte(layout.SubMin(g), packed[g + 4] & 63);
    out.Byte(layout.SubScale(g + 4),
             static_cast<uint8_t>((packed[g + 8] & 15) | (packed[g] >> 6) << 4));
    out.Byte(layout.SubMin(g + 4),
             static_cast<uint8_t>((packed[g + 8] >> 4) | (packed[g + 4] >> 6) << 4));
  }
  const uint8_t* high = block + 16;
  const uint8_t* low = block + (layout.high_bits == 1 ? 48 : 16);
  for (int g = 0; g < 8; ++g) {
    const uint8_t* from = low + (g / 2) * 32;
    const int shift = 4 * (g % 2);
    for (int q = 0; q < 4; ++q) {
      const uint32_t first = (Load32(from + 4 * q) >> shift) & kLow;
      const uint32_t second = (Load32(from + 16 + 4 * q) >> shift) & kLow;
      out.Quad(layout.Low(g), q, first | second << 4);
    }
    if (layout.high_bits == 1) {
      uint32_t bits = 0;
      for (int q = 0; q < 8; ++q) bits |= ((Load32(high + 4 * q) >> g) & kOnes) << q;
      out.Quad(layout.High(g), 0, bits);
    }
  }
  return FiniteHalf(block) && FiniteHalf(block + 2);
}

bool PackQ6K(const ChunkLayout& layout, const uint8_t* block, const Output& out) {
  out.Half(layout.scale, 0, block + 208);
  for (int i = 0; i < 16; ++i) out.Byte(layout.SubScale(i), block[192 + i]);
  for (int g = 0; g < 8; ++g) {
    const int half = g / 4, part = g % 4;
    const uint8_t* low = block + half * 64 + (part % 2) * 32;
    const uint8_t* high = block + 128 + half * 32;
    const int shift = 4 * (part / 2);
    for (int q = 0; q < 4; ++q) {
      const uint32_t first = (Load32(low + 4 * q) >> shift) & kLow;
      const uint32_t second = (Load32(low + 16 + 4 * q) >> shift) & kLow;
      out.Quad(layout.Low(g), q, first | second << 4);
    }
    for (int h = 0; h < 2; ++h) {
      uint32_t bits = 0;
      for (int q = 0; q < 4; ++q) {
        bits |= ((Load32(high + 16 * h + 4 * q) >> (2 * part)) & (3 * kOnes)) << (2 * q);
      }
      out.Quad(layout.High(g), h, bits);
    }
  }
  return FiniteHalf(block + 208);
}

// To the nearest integer, ties to even; |v| < 2^22. The addition rounds, without
// a call of the library.
int Nearest(float v) {
  const float shifted = v + 0x1.8p23f;
  uint32_t bits;
  std::memcpy(&bits, &shifted, sizeof(bits));
  return static_cast<int>(bits) - 0x4B400000;
}

int StoredBytes(PanelKind kind) {
  switch (kind) {
    case PanelKind::kQ8_0:
      return 34;
    case PanelKind::kQ4_0:
      return 18;
    case PanelKind::kQ4_1:
      return 20;
    case PanelKind::kQ5_0:
      return 22;
    case PanelKind::kQ5_1:
      return 24;
    case PanelKind::kQ4K:
      return 144;
    case PanelKind::kQ5K:
      return 176;
    default:
      return 210;
  }
}

}  // namespace

bool PackBlockPanel(PanelKind kind, const uint8_t* const* rows, int64_t k, uint8_t* panel) {
  const ChunkLayout layout = LayoutOf(kind);
  const int64_t block_bytes = StoredBytes(kind);
  const int64_t block_inputs = layout.inputs == 256 ? 256 : 32;
  bool finite = true;
  for (int64_t lane = 0; lane < kBlockPanel; ++lane) {
    const uint8_t* block = rows[lane];
    if (block == nullptr) continue;
    for (int64_t i = 0; i < k; i += block_inputs, block += block_bytes) {
      const Output out{panel + i / layout.inputs * layout.Bytes(), lane};
      if (kind == PanelKind::kQ6K) {
        finite &= PackQ6K(layout, block, out);
      } else if (block_inputs == 256) {
        finite &= PackQ4KOrQ5K(layout, block, out);
      } else {
        finite &= PackSmallBlock(kind, layout, block, static_cast<int>(i / 32 % 2), out);
      }
    }
  }
  return finite;
}

void PackInt8Panel(const float* rows, int64_t ld, int64_t count, int64_t k, uint8_t* panel) {
  const ChunkLayout layout = LayoutOf(PanelKind::kInt8);
  for (int64_t lane = 0; lane < count; ++lane) {
    const float* row = rows + lane * ld;
    float greatest = 0;
    for (int64_t i = 0; i < k; ++i) greatest = std::max(greatest, std::fabs(row[i]));
    const float scale = greatest / 127;
    std::memcpy(panel + 4 * lane, &scale, sizeof(scale));
    // A row of numbers whose inverse overflows counts as zeros.
    const float inverse = greatest > 1e-35f ? 127 / greatest : 0;
    uint8_t* to = panel + layout.header + 4 * lane;
    for (int64_t i = 0; i < k; i += 4, to += kQuadBytes) {
      uint8_t quad[4] = {128, 128, 128, 128};
      for (int64_t j = 0; j < std::min<int64_t>(4, k - i); ++j) {
        quad[j] = static_cast<uint8_t>(Nearest(row[i + j] * inverse) + layout.zero);
      }
      std::memcpy(to, quad, 4);
    }
  }
}

bool QuantizeQ4(const float* x, int64_t k, uint8_t* blocks) {
  for (int64_t i = 0; i < k; i += 32, x += 32, blocks += 18) {
    float most = 0, magnitude = 0;
    for (int j = 0; j < 32; ++j) {
      if (std::fabs(x[j]) > magnitude) {
        magnitude = std::fabs(x[j]);
        most = x[j];
      }
    }
    const float d = most / -8;
    const float inverse = d != 0 ? 1 / d : 0;
    const uint16_t half = RoundToHalf(d);
    std::memcpy(blocks, &half, 2);
    if (!FiniteHalf(blocks)) return false;
    const auto round = [&](float v) {
      return static_cast<uint32_t>(std::min(15.f, std::max(0.f, v * inverse + 8.5f)));
    };
    for (int j = 0; j < 16; ++j) {
      blocks[2 + j] = static_cast<uint8_t>(round(x[j]) | round(x[j + 16]) << 4);
    }
  }
  return true;
}

}  // namespace footnote::kernels::internal
