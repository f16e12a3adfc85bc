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
// A chunk holds, each starting at a multiple of 32 bytes:
//   scale     f16 [groups or 1][16 outputs]   d; kInt8 has one f32 per output at the panel's start
//   min       f16 [groups or 1][16]           m, or -dmin, of the formats that have one
//   sub_scale u8 (kQ6K: s8) [sub-groups][16]  of 256-blocks, times d
//   sub_min   u8 [sub-groups][16]             of 256-blocks, times -dmin
//   low       [groups][quads][16][4]          8 bits: 8 quads of inputs, a byte each; else 4 quads:
//                                             quad q in the lower four bits, quad q + 4 above
//   high      [groups][high_bits][16][4]      1 bit: that of quad q is bit q; 2 bits: those of
//   quads
//                                             0 to 3 in the first 64 bytes, of 4 to 7 in the second
// where a group is 32 inputs, a quad 4. So one vector instruction's weights lie
// together, and a product reads the panel from start to end. A weight is
// scale * (stored - zero) + min. Inputs past k and outputs past n have scale 0.
inline constexpr int64_t kBlockPanel = 16;
inline constexpr int64_t kGroupInputs = 32;
inline constexpr int64_t kQuadBytes = 4 * kBlockPanel;

struct ChunkLayout {
  int inputs = 0;
  int header = 0;  // bytes at the start of a panel
  int scale = -1;  // offsets in a chunk; -1: none
  int min = -1;
  int sub_scale = -1;
  int sub_min = -1;
  int low = 0;
  int low_bits = 4;
  int high = -1;
  int high_bits = 0;
  int zero = 0;
  int sub_inputs = 32;  // inputs with one scale
  int bytes = 0;
};

namespace {

constexpr ChunkLayout LayoutOf(PanelKind kind) {
  ChunkLayout c;
  c.inputs = 64;
  c.scale = 0;
  switch (kind) {
    case PanelKind::kF32:
    case PanelKind::kF16:
    case PanelKind::kBf16:
      return ChunkLayout();
    case PanelKind::kInt8:
      c.header = 64;
      c.scale = -1;
      c.low_bits = 8;
      c.zero = 128;
      c.bytes = 1024;
      break;
    case PanelKind::kQ8_0:
      c.low = 64;
      c.low_bits = 8;
      c.zero = 128;
      c.bytes = 64 + 1024;
      break;
    case PanelKind::kQ4_0:
      c.low = 64;
      c.zero = 8;
      c.bytes = 64 + 512;
      break;
    case PanelKind::kQ4_1:
      c.min = 64;
      c.low = 128;
      c.bytes = 128 + 512;
      break;
    case PanelKind::kQ5_0:
      c.low = 64;
      c.high = 64 + 512;
      c.high_bits = 1;
      c.zero = 16;
      c.bytes = 64 + 512 + 128;
      break;
    case PanelKind::kQ5_1:
      c.min = 64;
      c.low = 128;
      c.high = 128 + 512;
      c.high_bits = 1;
      c.bytes = 128 + 512 + 128;
      break;
    case PanelKind::kQ4K:
    case PanelKind::kQ5K:
      c.inputs = 256;
      c.min = 32;
      c.sub_scale = 64;
      c.sub_min = 192;
      c.low = 320;
      c.bytes = 320 + 2048;
      if (kind == PanelKind::kQ5K) {
        c.high = c.bytes;
        c.high_bits = 1;
        c.bytes += 512;
      }
      break;
    case PanelKind::kQ6K:
      c.inputs = 256;
      c.sub_scale = 64;
      c.sub_inputs = 16;
      c.low = 320;
      c.high = 320 + 2048;
      c.high_bits = 2;
      c.zero = 32;
      c.bytes = 320 + 2048 + 1024;
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
