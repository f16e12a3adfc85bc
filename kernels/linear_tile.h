#ifndef FOOTNOTE_KERNELS_LINEAR_TILE_H_
#define FOOTNOTE_KERNELS_LINEAR_TILE_H_

#include <cstdint>

#include "kernels/linear_internal.h"
#include "kernels/tile.h"

// The loops around the tile for a linear layer. Beyond what kernels/tile.h asks
// of an Isa: FVec, kLanes f32 values; ToFloat (sums to FVec), LoadF, SetF,
// MulF, AddF, FmaF (a * b + c), StoreF and StoreBf16 (pointer, values, count).
namespace footnote::kernels::internal {
namespace {

// The end of a product: scales int8 sums, adds the bias, writes.
template <class Isa>
struct LinearStore {
  const LinearArgs& args;
  int64_t row;     // of the tile's first
  int64_t column;  // of the panel's first

  FOOTNOTE_ALWAYS_INLINE void operator()(int r, int c, const typename Isa::Vec& sums) const {
    const int64_t j = column + c * Isa::kLanes;
    const int64_t left = args.n - j;
    if (left <= 0) return;
    typename Isa::FVec v = Isa::ToFloat(sums);
    if constexpr (Isa::kQuantized) {
      const typename Isa::FVec scale = Isa::SetF(args.x_scale[row + r]);
      const typename Isa::FVec offset = Isa::SetF(args.x_offset[row + r]);
      const typename Isa::FVec rest =
          Isa::FmaF(offset, Isa::LoadF(args.row_sum + j), Isa::LoadF(args.bias + j));
      v = Isa::FmaF(Isa::MulF(v, scale), Isa::LoadF(args.scale + j), rest);
    } else {
      v = Isa::AddF(v, Isa::LoadF(args.bias + j));
    }
    const int count = left < Isa::kLanes ? static_cast<int>(left) : Isa::kLanes;
    if (args.y != nullptr) {
      Isa::StoreF(args.y + (row + r) * args.ldy + j, v, count);
    } else {
      Isa::StoreBf16(args.y_bf16 + (row + r) * args.ldy + j, v, count);
    }
  }
};

template <class Isa>
struct LinearTileBody {
  const LinearArgs& args;
  const typename Isa::PanelElem* panel;
  int64_t first_row;
  int64_t column;

  template <int R>
  FOOTNOTE_NEVER_INLINE void Run(int64_t r) const {
    const int64_t row = first_row + r;
    RunTile<Isa, R>(static_cast<const typename Isa::Elem*>(args.x) + row * args.ldx, args.ldx,
                    panel, 32 * Isa::kGroup, args.k, LinearStore<Isa>{args, row, column});
  }
};

template <class Isa>
void RunLinear(const LinearArgs& args) {
  const int64_t block = RowsPerBlock<Isa>(args.k);
  for (int64_t r = 0; r < args.rows; r += block) {
    const int64_t rows = args.rows - r < block ? args.rows - r : block;
    const typename Isa::PanelElem* panel = static_cast<const typename Isa::PanelElem*>(args.panels);
    for (int64_t j = 0; j < args.n; j += 32, panel += 32 * args.k) {
      ForEachTile<Isa>(rows, LinearTileBody<Isa>{args, panel, r, j});
    }
  }
}

}  // namespace
}  // namespace footnote::kernels::internal

#endif  // FOOTNOTE_KERNELS_LINEAR_TILE_H_
