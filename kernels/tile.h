#ifndef FOOTNOTE_KERNELS_TILE_H_
#define FOOTNOTE_KERNELS_TILE_H_

#include <cstdint>

// The inner loop of every matrix product here: a tile of R rows of x against one
// panel of 32 outputs, with all sums held in registers. Included only by sources
// of one instruction set, each with its own `Isa`; hence the unnamed namespace.
//
// An Isa gives: Vec, the register of sums, kLanes outputs wide; kCols, registers
// per panel row; kGroup, inputs multiplied by one instruction; kMaxRows, the most
// rows whose sums fit in the registers; and the static functions Zero, LoadPanel
// (the kGroup weights of kLanes outputs), Broadcast (kGroup inputs of one row to
// all lanes) and Mac (sum += x * w).
//
// gcc keeps an array in registers only if every loop over it is unrolled, and it
// needs to be told. And it has general registers for the addresses of 14 rows only
// where nothing else is alive: so a tile is a function of its own.
namespace footnote::kernels::internal {
namespace {

#define FOOTNOTE_ALWAYS_INLINE inline __attribute__((always_inline))
#define FOOTNOTE_NEVER_INLINE __attribute__((noinline))
#define FOOTNOTE_UNROLL _Pragma("GCC unroll 16")

// Calls store(row, column register, sums) for each register of the tile.
// panel_ld: panel elements between two groups.
template <class Isa, int R, class Store>
FOOTNOTE_ALWAYS_INLINE void RunTile(const typename Isa::Elem* x, int64_t ldx,
                                    const typename Isa::PanelElem* panel, int64_t panel_ld,
                                    int64_t k, const Store& store) {
  typename Isa::Vec sums[R][Isa::kCols];
  FOOTNOTE_UNROLL for (int r = 0; r < R; ++r) {
    FOOTNOTE_UNROLL for (int c = 0; c < Isa::kCols; ++c) sums[r][c] = Isa::Zero();
  }
  for (int64_t i = 0; i < k; i += Isa::kGroup) {
    typename Isa::PanelVec w[Isa::kCols];
    FOOTNOTE_UNROLL for (int c = 0; c < Isa::kCols; ++c) {
      w[c] = Isa::LoadPanel(panel + c * Isa::kLanes * Isa::kGroup);
    }
    FOOTNOTE_UNROLL for (int r = 0; r < R; ++r) {
      const typename Isa::InputVec v = Isa::Broadcast(x + r * ldx + i);
      FOOTNOTE_UNROLL for (int c = 0; c < Isa::kCols; ++c) Isa::Mac(sums[r][c], v, w[c]);
    }
    panel += panel_ld;
  }
  FOOTNOTE_UNROLL for (int r = 0; r < R; ++r) {
    FOOTNOTE_UNROLL for (int c = 0; c < Isa::kCols; ++c) store(r, c, sums[r][c]);
  }
}

// Splits `rows` into tiles of at most Isa::kMaxRows and calls
// body.template Run<R>(first row) for each.
template <class Isa, class Body>
FOOTNOTE_ALWAYS_INLINE void ForEachTile(int64_t rows, const Body& body) {
  int64_t r = 0;
  for (; r + Isa::kMaxRows <= rows; r += Isa::kMaxRows) body.template Run<Isa::kMaxRows>(r);
  if constexpr (Isa::kMaxRows > 8) {
    if (r + 8 <= rows) {
      body.template Run<8>(r);
      r += 8;
    }
  }
  if constexpr (Isa::kMaxRows > 4) {
    if (r + 4 <= rows) {
      body.template Run<4>(r);
      r += 4;
    }
  }
  if constexpr (Isa::kMaxRows > 2) {
    if (r + 2 <= rows) {
      body.template Run<2>(r);
      r += 2;
    }
  }
  for (; r < rows; ++r) body.template Run<1>(r);
}

// Rows of x that are multiplied with all panels before the next ones are: few
// enough to stay in the second-level cache.
template <class Isa>
FOOTNOTE_ALWAYS_INLINE int64_t RowsPerBlock(int64_t k) {
  const int64_t budget = 256 * 1024;
  const int64_t rows = budget / (k * static_cast<int64_t>(sizeof(typename Isa::Elem)));
  const int64_t tiles = rows / Isa::kMaxRows;
  return (tiles < 1 ? 1 : tiles) * Isa::kMaxRows;
}

}  // namespace
}  // namespace footnote::kernels::internal

#endif  // FOOTNOTE_KERNELS_TILE_H_
