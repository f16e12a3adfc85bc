#ifndef FOOTNOTE_KERNELS_MATRIX_LAYOUT_H_
#define FOOTNOTE_KERNELS_MATRIX_LAYOUT_H_

#include <cstdint>

// How a matrix lies in memory, the same at every CPU level. Included by sources
// of one instruction set, hence no standard headers and unnamed functions.
namespace footnote::kernels::internal {

// kInt4 is stored as kQ4_0.
enum class PanelKind {
  kF32,
  kF16,
  kBf16,
  kInt8,
  kQ8_0,
  kQ4_0,
  kQ4_1,
  kQ5_0,
  kQ5_1,
  kQ4K,
  kQ5K,
  kQ6K
};

// Numbers of floating point: panels of 32 outputs. For each input (kBf16: each
// pair of inputs) the weights of output 0, then those of output 1, and so on.
inline constexpr int64_t kFloatPanel = 32;

// Blocks: panels of 16 outputs, cut along the inputs into chunks of 64 or 256.
// A chunk is read from start to end; everything in it is for all 16 outputs:
//   scale  f16 [2 groups, or 1 of chunks of 256][16]   d
//   min    likewise, of the formats that have one: m, or -dmin
//   then for each pair of groups
//     sub-scales, of chunks of 256, 64 bytes: u8 [2][16] times d, u8 [2][16] times -dmin;
//                kQ6K: s8 [4][16] times d, one for 16 inputs
//     then for each of the two groups
//       low    [quads][16][4]      8 bits: 8 quads of inputs, a byte each; else 4: quad q in the
//                                  lower four bits, quad q + 4 in the upper ones
//       high   [high_bits][16][4]  1 bit: that of quad q is bit q; 2 bits: those of quads 0 to 3
//                                  in the first 64 bytes, of 4 to 7 in the second
// where a group is 32 inputs, a quad 4. So one vector instruction's weights lie
// together. A weight is scale * (stored - zero) + min. kInt8 has no scales in
// chunks but one f32 per output at the panel's start. Inputs past k and outputs
// past n have scale 0.
inline constexpr int64_t kBlockPanel = 16;
inline constexpr int64_t kGroupInputs = 32;
inline constexpr int64_t kQuadBytes = 4 * kBlockPanel;

namespace {

struct ChunkLayout {
  int inputs = 64;
  int header = 0;  // bytes at the start of a panel
  int scale = 0;   // offsets in a chunk; -1: none
  int min = -1;
  int pairs = 64;       // where the first pair begins
  int sub_scales = 0;   // bytes of sub-scales of a pair
  int sub_inputs = 32;  // inputs with one scale
  int low_bits = 4;
  int high_bits = 0;
  int zero = 0;

  constexpr int LowBytes() const { return low_bits * 64; }
  constexpr int GroupBytes() const { return LowBytes() + high_bits * 64; }
  constexpr int PairBytes() const { return sub_scales + 2 * GroupBytes(); }
  constexpr int Bytes() const { return pairs + inputs / 64 * PairBytes(); }

  constexpr int Pair(int g) const { return pairs + g / 2 * PairBytes(); }
  constexpr int Low(int g) const { return Pair(g) + sub_scales + g % 2 * GroupBytes(); }
  constexpr int High(int g) const { return Low(g) + LowBytes(); }
  // The one of sub-group s: of 32 inputs, of kQ6K 16.
  constexpr int SubScale(int s) const {
    const int of_pair = 64 / sub_inputs;
    return Pair(s * sub_inputs / 32) + s % of_pair * 16;
  }
  constexpr int SubMin(int g) const { return Pair(g) + 32 + g % 2 * 16; }
};

constexpr ChunkLayout LayoutOf(PanelKind kind) {
  ChunkLayout c;
  switch (kind) {
    case PanelKind::kF32:
    case PanelKind::kF16:
    case PanelKind::kBf16:
      break;
    case PanelKind::kInt8:
      c.header = 64;
      c.scale = -1;
      c.pairs = 0;
      c.low_bits = 8;
      c.zero = 128;
      break;
    case PanelKind::kQ8_0:
      c.low_bits = 8;
      c.zero = 128;
      break;
    case PanelKind::kQ4_0:
      c.zero = 8;
      break;
    case PanelKind::kQ4_1:
      c.min = 64;
      c.pairs = 128;
      break;
    case PanelKind::kQ5_0:
      c.high_bits = 1;
      c.zero = 16;
      break;
    case PanelKind::kQ5_1:
      c.min = 64;
      c.pairs = 128;
      c.high_bits = 1;
      break;
    case PanelKind::kQ4K:
    case PanelKind::kQ5K:
      c.inputs = 256;
      c.min = 32;
      c.sub_scales = 64;
      c.high_bits = kind == PanelKind::kQ5K ? 1 : 0;
      break;
    case PanelKind::kQ6K:
      c.inputs = 256;
      c.sub_scales = 64;
      c.sub_inputs = 16;
      c.high_bits = 2;
      c.zero = 32;
      break;
  }
  return c;
}

constexpr bool IsFloat(PanelKind kind) {
  return kind == PanelKind::kF32 || kind == PanelKind::kF16 || kind == PanelKind::kBf16;
}

}  // namespace

// One product, or some of its panels. Plain pointers.
struct PanelArgs {
  const uint8_t* panels = nullptr;
  int64_t panel_bytes = 0;
  int64_t first_panel = 0;  // the ones to multiply
  int64_t last_panel = 0;
  int64_t n = 0;
  int64_t k = 0;  // inputs as stored: of whole pairs or chunks
  int64_t rows = 0;
  const void* x = nullptr;  // kF32, kF16: f32, kBf16: bf16, ldx elements between rows; else groups
  int64_t ldx = 0;
  float scale = 1;
  const float* bias = nullptr;  // [n], or null
  float* y = nullptr;
  int64_t ldy = 0;
  bool add = false;
};

// Inputs of block formats. Rows are taken in tiles of at most the level's
// tile_rows; a tile of R rows holds for each group of 32 inputs
//   s8  [8 quads][R][4]
//   f32 [R]     d: an input is d times its number
//   s32 [2][R]  -zero * the sum of the numbers; kQ6K: of each half
//   f32 [R]     d * the sum of the numbers
// so R * kGroupBytes, and the tile of row r starts at r * groups * kGroupBytes.
inline constexpr int64_t kGroupBytes = 48;

struct QuantizeGroupsArgs {
  const float* x = nullptr;  // [rows, k], ldx between rows
  int64_t ldx = 0;
  int64_t rows = 0;
  int64_t k = 0;
  int64_t groups = 0;  // as stored: at least k / 32
  int zero = 0;
  bool halves = false;
  uint8_t* out = nullptr;
};

// The functions of one CPU level.
struct PanelKernels {
  int64_t tile_rows = 1;
  void (*quantize)(const QuantizeGroupsArgs& args) = nullptr;
  void (*multiply)(PanelKind kind, const PanelArgs& args) = nullptr;
};

PanelKernels PanelKernelsPortable();
PanelKernels PanelKernelsAvx2();
PanelKernels PanelKernelsAvx512();
PanelKernels PanelKernelsAvx512Vnni();
PanelKernels PanelKernelsAvx512Bf16();

}  // namespace footnote::kernels::internal

#endif  // FOOTNOTE_KERNELS_MATRIX_LAYOUT_H_
