#ifndef FOOTNOTE_KERNELS_MATRIX_FLOAT_TILE_H_
#define FOOTNOTE_KERNELS_MATRIX_FLOAT_TILE_H_

#include <cstdint>

#include "kernels/matrix_layout.h"
#include "kernels/matrix_tile.h"
#include "kernels/tile.h"

// Products with panels of floats. Each sum is one chain over the inputs in
// order, whatever the number of rows. The Isa is that of kernels/linear_tile.h.
namespace footnote::kernels::internal {
namespace {

template <class Isa>
struct FloatStore {
  const PanelArgs& args;
  int64_t row;     // of the tile's first
  int64_t column;  // of the panel's first

  FOOTNOTE_ALWAYS_INLINE void operator()(int r, int c, const typename Isa::Vec& sums) const {
    StoreProduct<Isa>(args, row + r, column + c * Isa::kLanes, Isa::ToFloat(sums));
  }
};

template <class Isa>
struct FloatTileBody {
  const PanelArgs& args;
  const uint8_t* panel;
  int64_t column;

  template <int R>
  FOOTNOTE_NEVER_INLINE void Run(int64_t row) const {
    RunTile<Isa, R>(static_cast<const typename Isa::Elem*>(args.x) + row * args.ldx, args.ldx,
                    reinterpret_cast<const typename Isa::PanelElem*>(panel),
                    kFloatPanel * Isa::kGroup, args.k, FloatStore<Isa>{args, row, column});
  }
};

template <class Isa>
void RunFloatPanels(const PanelArgs& args) {
  for (int64_t p = args.first_panel; p < args.last_panel; ++p) {
    const uint8_t* panel = args.panels + p * args.panel_bytes;
    ForEachTile<Isa>(args.rows, FloatTileBody<Isa>{args, panel, p * kFloatPanel});
  }
}

}  // namespace
}  // namespace footnote::kernels::internal

#endif  // FOOTNOTE_KERNELS_MATRIX_FLOAT_TILE_H_
