#ifndef FOOTNOTE_KERNELS_VECTOR_OPS_TILE_H_
#define FOOTNOTE_KERNELS_VECTOR_OPS_TILE_H_

#include <cstdint>

#include "kernels/row_ops_tile.h"
#include "kernels/unary_tile.h"
#include "kernels/vector_ops_internal.h"

// The ops of kernels/vector_ops.h, written once for every vector width.
namespace footnote::kernels::internal {
namespace {

template <class Isa>
FOOTNOTE_ALWAYS_INLINE void NormVector(const NormArgs& a, const float* x, float* y) {
  using V = typename Isa::FVec;
  const float n = static_cast<float>(a.dim);
  float mean = 0;
  if (a.kind == NormKind::kLayer) {
    V sum = Isa::SetF(0);
    for (int64_t i = 0; i < a.dim; i += Isa::kLanes) {
      sum = Isa::AddF(sum, Load<Isa>(x + i, Count<Isa>(i, a.dim)));
    }
    mean = Isa::SumF(sum) / n;
  }
  const V center = Isa::SetF(mean);
  V squares = Isa::SetF(0);
  for (int64_t i = 0; i < a.dim; i += Isa::kLanes) {
    const int count = Count<Isa>(i, a.dim);
    V d = Isa::SubF(Load<Isa>(x + i, count), center);
    if (count < Isa::kLanes) d = Isa::KeepFirst(d, count);
    squares = Isa::FmaF(d, d, squares);
  }
  const V inverse = Isa::SetF(1.0f / __builtin_sqrtf(Isa::SumF(squares) / n + a.eps));
  for (int64_t i = 0; i < a.dim; i += Isa::kLanes) {
    const int count = Count<Isa>(i, a.dim);
    V v = Isa::MulF(Isa::SubF(Load<Isa>(x + i, count), center), inverse);
    if (a.weight != nullptr) v = Isa::MulF(v, Load<Isa>(a.weight + i, count));
    if (a.bias != nullptr) v = Isa::AddF(v, Load<Isa>(a.bias + i, count));
    Isa::StoreF(y + i, v, count);
  }
}

template <class Isa>
void NormImpl(const NormArgs& a) {
  for (int64_t r = 0; r < a.rows; ++r) {
    for (int64_t g = 0; g < a.groups; ++g) {
      NormVector<Isa>(a, a.x + r * a.ldx + g * a.dim, a.y + r * a.ldy + g * a.dim);
    }
  }
}

template <class Isa>
void UnaryImpl(Unary kind, const float* x, int64_t n, float* y) {
  WithUnary<Isa>(kind, [=](auto f) {
    for (int64_t i = 0; i < n; i += Isa::kLanes) {
      const int count = Count<Isa>(i, n);
      Isa::StoreF(y + i, f(Load<Isa>(x + i, count)), count);
    }
  });
}

template <class Isa>
void GatedImpl(Unary kind, const float* x, const float* gate, int64_t n, float* y) {
  WithUnary<Isa>(kind, [=](auto f) {
    for (int64_t i = 0; i < n; i += Isa::kLanes) {
      const int count = Count<Isa>(i, n);
      Isa::StoreF(y + i, Isa::MulF(f(Load<Isa>(x + i, count)), Load<Isa>(gate + i, count)), count);
    }
  });
}

template <class Isa>
void CombineImpl(float a, const float* x, float b, float* y, int64_t n) {
  using V = typename Isa::FVec;
  const V va = Isa::SetF(a), vb = Isa::SetF(b);
  for (int64_t i = 0; i < n; i += Isa::kLanes) {
    const int count = Count<Isa>(i, n);
    const V v = Load<Isa>(x + i, count);
    V sum;
    if (b == 0) {
      sum = Isa::MulF(va, v);
    } else if (b == 1) {
      sum = Isa::FmaF(va, v, Load<Isa>(y + i, count));
    } else {
      sum = Isa::FmaF(vb, Load<Isa>(y + i, count), Isa::MulF(va, v));
    }
    Isa::StoreF(y + i, sum, count);
  }
}

template <class Isa>
void SoftCapImpl(float c, float* x, int64_t n) {
  const typename Isa::FVec cap = Isa::SetF(c);
  for (int64_t i = 0; i < n; i += Isa::kLanes) {
    const int count = Count<Isa>(i, n);
    Isa::StoreF(x + i, Isa::MulF(cap, Tanh<Isa>(Isa::DivF(Load<Isa>(x + i, count), cap))), count);
  }
}

template <class Isa>
void QuantizeSymmetricImpl(const float* x, int64_t n, int8_t* q, float* scale) {
  using V = typename Isa::FVec;
  V top = Isa::SetF(0), check = Isa::SetF(0);
  for (int64_t i = 0; i < n; i += Isa::kLanes) {
    const V v = Load<Isa>(x + i, Count<Isa>(i, n));
    top = Isa::MaxF(top, Isa::AbsF(v));
    // 0 as long as every value is finite, then NaN.
    check = Isa::FmaF(v, Isa::SetF(0), check);
  }
  const float greatest = Isa::GreatestF(top);
  const float nothing = Isa::SumF(check);
  *scale = greatest / 127.0f + nothing;
  // A subnormal greatest value has no finite inverse: it becomes 0.
  const float inverse = nothing == 0 && greatest > 1e-37f ? 127.0f / greatest : 0;
  for (int64_t i = 0; i < n; ++i) {
    // Adding 1.5 * 2^23 rounds to a whole number, to nearest, ties to even.
    const float shifted = (inverse == 0 ? 0 : x[i] * inverse) + 12582912.0f;
    int32_t bits;
    __builtin_memcpy(&bits, &shifted, sizeof(bits));
    q[i] = static_cast<int8_t>(bits - 0x4B400000);
  }
}

template <class Isa>
constexpr VectorOps MakeVectorOps() {
  return {NormImpl<Isa>,    UnaryImpl<Isa>,   GatedImpl<Isa>,
          CombineImpl<Isa>, SoftCapImpl<Isa>, QuantizeSymmetricImpl<Isa>};
}

}  // namespace
}  // namespace footnote::kernels::internal

#endif  // FOOTNOTE_KERNELS_VECTOR_OPS_TILE_H_
