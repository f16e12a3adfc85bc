#ifndef FOOTNOTE_KERNELS_MATRIX_TILE_H_
#define FOOTNOTE_KERNELS_MATRIX_TILE_H_

#include <cstdint>

#include "kernels/matrix_layout.h"
#include "kernels/tile.h"

// The loops of a product with panels of blocks (kernels/matrix_layout.h): a tile
// of R rows against one panel of 16 outputs. Included only by sources of one
// instruction set, each with its own `Isa`.
//
// The products of a group of 32 inputs are summed as exact integers:
//   sum = -zero * (sum of x) + sum of stored * x = sum of (stored - zero) * x
// and then scaled and added in f32, group after group, each by one rounding of
// d_w * d_x and one of the sum. That order is the same for every R.
//
// Beyond FVec, kLanes, LoadF, LoadPart, SetF, MulF, AddF, FmaF and StoreF, an
// Isa gives: Bytes (a quad of inputs of kLanes outputs), LoadBytes, Low and High
// (the lower and upper four bits of each byte), AddBit<q> and AddTwoBits<q> (bit
// q, or bits 2q and 2q + 1, of each byte as bits 4 and up); Sums (kLanes s32),
// InitSums (from one value), Dot and Dot8 (sums += stored * x, stored of up to 7
// and of 8 bits), ToFloat; LoadHalf, LoadU8 and LoadS8 (kLanes values as FVec).
// kSignedDot8: Dot8 multiplies by stored - 128, so that it needs no first value.
namespace footnote::kernels::internal {
namespace {

// The end of a product, for every format.
template <class Isa>
FOOTNOTE_ALWAYS_INLINE void StoreProduct(const PanelArgs& args, int64_t row, int64_t column,
                                         typename Isa::FVec v) {
  const int64_t left = args.n - column;
  if (left <= 0) return;
  const int count = left < Isa::kLanes ? static_cast<int>(left) : Isa::kLanes;
  float* y = args.y + row * args.ldy + column;
  v = Isa::MulF(v, Isa::SetF(args.scale));
  if (args.bias != nullptr) v = Isa::AddF(v, Isa::LoadPart(args.bias + column, count));
  if (args.add) v = Isa::AddF(v, Isa::LoadPart(y, count));
  Isa::StoreF(y, v, count);
}

// What a tile of R rows holds of one group of inputs.
template <int R>
struct InputGroup {
  const uint8_t* at;

  FOOTNOTE_ALWAYS_INLINE const int8_t* Quad(int q, int r) const {
    return reinterpret_cast<const int8_t*>(at) + (q * R + r) * 4;
  }
  FOOTNOTE_ALWAYS_INLINE float D(int r) const {
    return reinterpret_cast<const float*>(at + 32 * R)[r];
  }
  FOOTNOTE_ALWAYS_INLINE const int32_t* First(int half, int r) const {
    return reinterpret_cast<const int32_t*>(at + 36 * R) + half * R + r;
  }
  FOOTNOTE_ALWAYS_INLINE float Sum(int r) const {
    return reinterpret_cast<const float*>(at + 44 * R)[r];
  }
};

template <class Isa, PanelKind kKind, int R>
struct BlockTile {
  static constexpr ChunkLayout kLayout = LayoutOf(kKind);
  static constexpr int kCols = kBlockPanel / Isa::kLanes;
  using FVec = typename Isa::FVec;
  using Sums = typename Isa::Sums;
  using Bytes = typename Isa::Bytes;

  // Quad 4 * kHalf + q of group g, of the outputs from kLanes * c.
  template <int kHalf>
  static FOOTNOTE_ALWAYS_INLINE Bytes Weights(const uint8_t* chunk, int g, int c, int q) {
    const int lane = c * Isa::kLanes * 4;
    if constexpr (kLayout.low_bits == 8) {
      const int at = kLayout.Low(g) + (kHalf * 4 + q) * 64;
      return Isa::LoadBytes(chunk + at + lane);
    }
    const Bytes both = Isa::LoadBytes(chunk + kLayout.Low(g) + q * 64 + lane);
    Bytes w = kHalf == 0 ? Isa::Low(both) : Isa::High(both);
    if constexpr (kLayout.high_bits == 1) {
      w = Isa::AddBit(w, Isa::LoadBytes(chunk + kLayout.High(g) + lane), kHalf * 4 + q);
    } else if constexpr (kLayout.high_bits == 2) {
      const int at = kLayout.High(g) + kHalf * 64;
      w = Isa::AddTwoBits(w, Isa::LoadBytes(chunk + at + lane), q);
    }
    return w;
  }

  template <int kHalf>
  static FOOTNOTE_ALWAYS_INLINE void DotHalf(Sums* sums, const uint8_t* chunk, int g, int c,
                                             const InputGroup<R>& x) {
    FOOTNOTE_UNROLL for (int q = 0; q < 4; ++q) {
      const Bytes w = Weights<kHalf>(chunk, g, c, q);
      FOOTNOTE_UNROLL for (int r = 0; r < R; ++r) {
        if constexpr (kLayout.low_bits == 8) {
          Isa::Dot8(sums[r], w, x.Quad(kHalf * 4 + q, r));
        } else {
          Isa::Dot(sums[r], w, x.Quad(kHalf * 4 + q, r));
        }
      }
    }
  }

  static FOOTNOTE_ALWAYS_INLINE void Init(Sums* sums, const InputGroup<R>& x, int half) {
    FOOTNOTE_UNROLL for (int r = 0; r < R; ++r) {
      if constexpr (kLayout.zero == 0 || (kLayout.low_bits == 8 && Isa::kSignedDot8)) {
        sums[r] = Isa::InitSums(0);
      } else {
        sums[r] = Isa::InitSums(*x.First(half, r));
      }
    }
  }

  // d of the outputs from kLanes * c in sub-group s (of 32 inputs, of kQ6K 16).
  static FOOTNOTE_ALWAYS_INLINE FVec Scale(const uint8_t* chunk, int s, int c) {
    const int lane = c * Isa::kLanes;
    if constexpr (kLayout.sub_scales == 0) {
      return LoadHalf(chunk + kLayout.scale + (s * kBlockPanel + lane) * 2);
    } else {
      const uint8_t* sub = chunk + kLayout.SubScale(s) + lane;
      const FVec d = LoadHalf(chunk + kLayout.scale + lane * 2);
      if constexpr (kKind == PanelKind::kQ6K) return Isa::MulF(d, Isa::LoadS8(sub));
      return Isa::MulF(d, Isa::LoadU8(sub));
    }
  }

  static FOOTNOTE_ALWAYS_INLINE FVec Min(const uint8_t* chunk, int g, int c) {
    const int lane = c * Isa::kLanes;
    if constexpr (kLayout.sub_scales == 0) {
      return LoadHalf(chunk + kLayout.min + (g * kBlockPanel + lane) * 2);
    } else {
      return Isa::MulF(LoadHalf(chunk + kLayout.min + lane * 2),
                       Isa::LoadU8(chunk + kLayout.SubMin(g) + lane));
    }
  }

  static FOOTNOTE_ALWAYS_INLINE FVec LoadHalf(const uint8_t* p) {
    return Isa::LoadHalf(reinterpret_cast<const uint16_t*>(p));
  }

  static FOOTNOTE_ALWAYS_INLINE void Scaled(FVec* total, Sums* sums, const uint8_t* chunk, int s,
                                            int c, const InputGroup<R>& x) {
    if constexpr (kLayout.scale < 0) {
      FOOTNOTE_UNROLL for (int r = 0; r < R; ++r) {
        total[r] = Isa::FmaF(Isa::ToFloat(sums[r]), Isa::SetF(x.D(r)), total[r]);
      }
    } else {
      const FVec d = Scale(chunk, s, c);
      FOOTNOTE_UNROLL for (int r = 0; r < R; ++r) {
        total[r] = Isa::FmaF(Isa::ToFloat(sums[r]), Isa::MulF(d, Isa::SetF(x.D(r))), total[r]);
      }
    }
  }

  static FOOTNOTE_ALWAYS_INLINE void Group(FVec* total, const uint8_t* chunk, int g, int c,
                                           const InputGroup<R>& x) {
    Sums sums[R];
    Init(sums, x, 0);
    DotHalf<0>(sums, chunk, g, c, x);
    if constexpr (kLayout.sub_inputs == 16) {
      Scaled(total, sums, chunk, 2 * g, c, x);
      Init(sums, x, 1);
      DotHalf<1>(sums, chunk, g, c, x);
      Scaled(total, sums, chunk, 2 * g + 1, c, x);
    } else {
      DotHalf<1>(sums, chunk, g, c, x);
      Scaled(total, sums, chunk, g, c, x);
    }
    if constexpr (kLayout.min >= 0) {
      const FVec m = Min(chunk, g, c);
      FOOTNOTE_UNROLL for (int r = 0; r < R; ++r) {
        total[r] = Isa::FmaF(m, Isa::SetF(x.Sum(r)), total[r]);
      }
    }
  }

  // Rows [row, row + R) against the panel whose first output is `column`.
  static FOOTNOTE_NEVER_INLINE void Run(const PanelArgs& args, const uint8_t* panel, int64_t row,
                                        int64_t column) {
    FVec total[kCols][R];
    FOOTNOTE_UNROLL for (int c = 0; c < kCols; ++c) {
      FOOTNOTE_UNROLL for (int r = 0; r < R; ++r) total[c][r] = Isa::SetF(0);
    }
    const int64_t row_bytes = args.k / kGroupInputs * kGroupBytes;
    InputGroup<R> x{static_cast<const uint8_t*>(args.x) + row * row_bytes};
    const uint8_t* chunk = panel + kLayout.header;
    for (int64_t i = 0; i < args.k; i += kLayout.inputs, chunk += kLayout.Bytes()) {
      for (int g = 0; g < kLayout.inputs / kGroupInputs; ++g, x.at += R * kGroupBytes) {
        FOOTNOTE_UNROLL for (int c = 0; c < kCols; ++c) Group(total[c], chunk, g, c, x);
      }
    }
    FOOTNOTE_UNROLL for (int c = 0; c < kCols; ++c) {
      FOOTNOTE_UNROLL for (int r = 0; r < R; ++r) {
        FVec v = total[c][r];
        if constexpr (kLayout.header > 0) {
          v = Isa::MulF(v, Isa::LoadF(reinterpret_cast<const float*>(panel) + c * Isa::kLanes));
        }
        StoreProduct<Isa>(args, row + r, column + c * Isa::kLanes, v);
      }
    }
  }
};

template <class Isa, PanelKind kKind>
struct BlockTileBody {
  const PanelArgs& args;
  const uint8_t* panel;
  int64_t column;

  template <int R>
  FOOTNOTE_ALWAYS_INLINE void Run(int64_t row) const {
    BlockTile<Isa, kKind, R>::Run(args, panel, row, column);
  }
};

template <class Isa, PanelKind kKind>
void RunBlockPanels(const PanelArgs& args) {
  for (int64_t p = args.first_panel; p < args.last_panel; ++p) {
    const uint8_t* panel = args.panels + p * args.panel_bytes;
    ForEachTile<Isa>(args.rows, BlockTileBody<Isa, kKind>{args, panel, p * kBlockPanel});
  }
}

// All formats of blocks.
template <class Isa>
void MultiplyBlocks(PanelKind kind, const PanelArgs& args) {
  switch (kind) {
    case PanelKind::kInt8:
      return RunBlockPanels<Isa, PanelKind::kInt8>(args);
    case PanelKind::kQ8_0:
      return RunBlockPanels<Isa, PanelKind::kQ8_0>(args);
    case PanelKind::kQ4_0:
      return RunBlockPanels<Isa, PanelKind::kQ4_0>(args);
    case PanelKind::kQ4_1:
      return RunBlockPanels<Isa, PanelKind::kQ4_1>(args);
    case PanelKind::kQ5_0:
      return RunBlockPanels<Isa, PanelKind::kQ5_0>(args);
    case PanelKind::kQ5_1:
      return RunBlockPanels<Isa, PanelKind::kQ5_1>(args);
    case PanelKind::kQ4K:
      return RunBlockPanels<Isa, PanelKind::kQ4K>(args);
    case PanelKind::kQ5K:
      return RunBlockPanels<Isa, PanelKind::kQ5K>(args);
    case PanelKind::kQ6K:
      return RunBlockPanels<Isa, PanelKind::kQ6K>(args);
    default:
      return;  // panels of floats: matrix_float_tile.h
  }
}

// A group whose numbers are all smaller counts as 0: 127 / greatest must not overflow.
constexpr float kLeastMagnitude = 1e-35f;

// The inputs of a tile of R rows. An Isa gives QuantizeGroup(x, count, q, d,
// sums): the first `count` of 32 numbers of x (the rest are 0) as q = x / d to
// nearest with d = greatest magnitude / 127, and the sums of both halves of q.
template <class Isa>
struct QuantizeTileBody {
  const QuantizeGroupsArgs& args;

  template <int R>
  void Run(int64_t row) const {
    uint8_t* out = args.out + row * args.groups * kGroupBytes;
    for (int r = 0; r < R; ++r) RunRow(R, args.x + (row + r) * args.ldx, out, r);
  }

  void RunRow(int rows, const float* x, uint8_t* out, int r) const {
    for (int64_t g = 0; g < args.groups; ++g, out += rows * kGroupBytes) {
      const int64_t left = args.k - g * kGroupInputs;
      const int count = left >= 32 ? 32 : left > 0 ? static_cast<int>(left) : 0;
      int8_t q[32];
      float d = 0;
      int32_t sums[2];
      Isa::QuantizeGroup(x + g * kGroupInputs, count, q, &d, sums);
      for (int i = 0; i < 8; ++i) __builtin_memcpy(out + (i * rows + r) * 4, q + 4 * i, 4);
      const int32_t sum = sums[0] + sums[1];
      reinterpret_cast<float*>(out + 32 * rows)[r] = d;
      int32_t* first = reinterpret_cast<int32_t*>(out + 36 * rows);
      first[r] = -args.zero * (args.halves ? sums[0] : sum);
      first[rows + r] = -args.zero * sums[1];
      reinterpret_cast<float*>(out + 44 * rows)[r] = d * static_cast<float>(sum);
    }
  }
};

template <class Isa>
void QuantizeGroups(const QuantizeGroupsArgs& args) {
  ForEachTile<Isa>(args.rows, QuantizeTileBody<Isa>{args});
}

}  // namespace
}  // namespace footnote::kernels::internal

#endif  // FOOTNOTE_KERNELS_MATRIX_TILE_H_
