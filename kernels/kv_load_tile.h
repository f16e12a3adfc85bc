#ifndef FOOTNOTE_KERNELS_KV_LOAD_TILE_H_
#define FOOTNOTE_KERNELS_KV_LOAD_TILE_H_

#include <cstdint>

#include "kernels/kv_layout.h"
#include "kernels/op_types.h"
#include "kernels/row_ops_tile.h"

// Reads queries, keys and values for cached attention: from whatever format to
// f32, rotated, then to the element type of the products. Beyond what
// kernels/row_ops_tile.h asks, an Isa gives LoadBf16 and LoadI8 (the first `count`
// values as f32, zeros after them), DupPairs (count / 2 values, each twice),
// RotatePairs (see there) and StoreElem.
namespace footnote::kernels::internal {
namespace {

// Calls body(load), load(i, count) being the numbers [i, i + count) of tokens one
// after another, each `dim` long, as f32 but for the scales of kInt8.
template <class Isa, class Body>
FOOTNOTE_ALWAYS_INLINE void WithFormat(KvFormat format, const char* data, const Body& body) {
  switch (format) {
    case KvFormat::kF32: {
      const float* from = reinterpret_cast<const float*>(data);
      return body([from](int64_t i, int count)
                      __attribute__((always_inline)) { return Load<Isa>(from + i, count); });
    }
    case KvFormat::kBf16: {
      const uint16_t* from = reinterpret_cast<const uint16_t*>(data);
      return body([from](int64_t i, int count)
                      __attribute__((always_inline)) { return Isa::LoadBf16(from + i, count); });
    }
    case KvFormat::kInt8: {
      const int8_t* from = reinterpret_cast<const int8_t*>(data);
      return body([from](int64_t i, int count)
                      __attribute__((always_inline)) { return Isa::LoadI8(from + i, count); });
    }
  }
}

// Rotates x[0, rotary.dims) in place.
template <class Isa>
FOOTNOTE_ALWAYS_INLINE void RotateRow(const RotaryTable& rotary, int64_t position, float* x) {
  using V = typename Isa::FVec;
  const int64_t half = rotary.dims / 2;
  const float* cos = rotary.cos + position * half;
  const float* sin = rotary.sin + position * half;
  if (rotary.layout == RotaryLayout::kHalf) {
    for (int64_t i = 0; i < half; i += Isa::kLanes) {
      const int count = Count<Isa>(i, half);
      const V a = Load<Isa>(x + i, count), b = Load<Isa>(x + half + i, count);
      const V c = Load<Isa>(cos + i, count), s = Load<Isa>(sin + i, count);
      Isa::StoreF(x + i, Isa::SubF(Isa::MulF(a, c), Isa::MulF(b, s)), count);
      Isa::StoreF(x + half + i, Isa::FmaF(a, s, Isa::MulF(b, c)), count);
    }
  } else if constexpr (Isa::kLanes == 1) {
    for (int64_t i = 0; i < half; ++i) {
      const float a = x[2 * i], b = x[2 * i + 1];
      x[2 * i] = a * cos[i] - b * sin[i];
      x[2 * i + 1] = b * cos[i] + a * sin[i];
    }
  } else {
    for (int64_t i = 0; i < 2 * half; i += Isa::kLanes) {
      const int count = Count<Isa>(i, 2 * half);
      const V c = Isa::DupPairs(cos + i / 2, count), s = Isa::DupPairs(sin + i / 2, count);
      Isa::StoreF(x + i, Isa::RotatePairs(Load<Isa>(x + i, count), c, s), count);
    }
  }
}

// to[0, padded) = x[0, dim), then zeros. x has room for `padded` values.
template <class Isa>
FOOTNOTE_ALWAYS_INLINE void StoreRow(float* x, int64_t dim, int64_t padded,
                                     typename Isa::Elem* to) {
  for (int64_t i = dim; i < padded; ++i) x[i] = 0;
  for (int64_t i = 0; i < padded; i += Isa::kLanes) Isa::StoreElem(to + i, Isa::LoadF(x + i));
}

// Whether vectors divide evenly what is rotated and what isn't.
template <class Isa>
FOOTNOTE_ALWAYS_INLINE bool IsEven(const RotaryTable& rotary, int64_t dim) {
  return dim % Isa::kLanes == 0 && (rotary.dims == 0 || (rotary.layout == RotaryLayout::kHalf &&
                                                         rotary.dims / 2 % Isa::kLanes == 0));
}

// to[t, 0 .. padded) = token t, rotated to its position, then zeros; for the
// first `tokens` of a block. scales: null for 1. row: scratch, [padded].
template <class Isa, class LoadFn>
FOOTNOTE_ALWAYS_INLINE void LoadRows(const LoadFn& load, const float* scales,
                                     const RotaryTable& rotary, int64_t position, int64_t tokens,
                                     int64_t dim, int64_t padded, float* row,
                                     typename Isa::Elem* to) {
  using V = typename Isa::FVec;
  const int64_t half = rotary.dims / 2;
  const bool even = IsEven<Isa>(rotary, dim);
  for (int64_t t = 0; t < tokens; ++t, to += padded) {
    const V scale = Isa::SetF(scales == nullptr ? 1.0f : scales[t]);
    const auto scaled = [&](int64_t i, int count) __attribute__((always_inline)) {
      const V v = load(t * dim + i, count);
      return scales == nullptr ? v : Isa::MulF(v, scale);
    };
    if (!even) {
      for (int64_t i = 0; i < dim; i += Isa::kLanes) {
        const int count = Count<Isa>(i, dim);
        Isa::StoreF(row + i, scaled(i, count), count);
      }
      if (half > 0) RotateRow<Isa>(rotary, position + t, row);
      StoreRow<Isa>(row, dim, padded, to);
      continue;
    }
    const float* cos = rotary.cos + (position + t) * half;
    const float* sin = rotary.sin + (position + t) * half;
    for (int64_t i = 0; i < half; i += Isa::kLanes) {
      const V a = scaled(i, Isa::kLanes), b = scaled(half + i, Isa::kLanes);
      const V c = Isa::LoadF(cos + i), s = Isa::LoadF(sin + i);
      Isa::StoreElem(to + i, Isa::SubF(Isa::MulF(a, c), Isa::MulF(b, s)));
      Isa::StoreElem(to + half + i, Isa::FmaF(a, s, Isa::MulF(b, c)));
    }
    for (int64_t i = 2 * half; i < dim; i += Isa::kLanes) {
      Isa::StoreElem(to + i, scaled(i, Isa::kLanes));
    }
    for (int64_t i = dim; i < padded; i += Isa::kLanes) Isa::StoreElem(to + i, Isa::SetF(0));
  }
}

template <class Isa>
FOOTNOTE_ALWAYS_INLINE void ZeroRows(int64_t rows, int64_t padded, typename Isa::Elem* to) {
  for (int64_t i = 0; i < rows * padded; ++i) to[i] = 0;
}

}  // namespace
}  // namespace footnote::kernels::internal

#endif  // FOOTNOTE_KERNELS_KV_LOAD_TILE_H_
