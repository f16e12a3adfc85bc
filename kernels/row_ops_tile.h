#ifndef FOOTNOTE_KERNELS_ROW_OPS_TILE_H_
#define FOOTNOTE_KERNELS_ROW_OPS_TILE_H_

#include <cstdint>

#include "kernels/row_ops_internal.h"
#include "kernels/tile.h"

// Element-wise ops and reductions over rows, written once for every vector
// width. Beyond what kernels/linear_tile.h asks, an Isa gives LoadPart (the first
// `count` values, zeros after them), SubF, DivF, MinF, MaxF, AbsF, CopySign,
// RoundF, Scale2 (v * 2^n for whole n in [-126, 127]), SumF, LeastF, GreatestF
// and StoreU8 (rounds values in [0, 255]).
namespace footnote::kernels::internal {
namespace {

template <class Isa>
FOOTNOTE_ALWAYS_INLINE int Count(int64_t i, int64_t n) {
  return n - i < Isa::kLanes ? static_cast<int>(n - i) : Isa::kLanes;
}

template <class Isa>
FOOTNOTE_ALWAYS_INLINE typename Isa::FVec Load(const float* p, int count) {
  return count == Isa::kLanes ? Isa::LoadF(p) : Isa::LoadPart(p, count);
}

// 2^t for t in [-126, 126]; below, 2^-126; NaN for NaN. Relative error at most 3e-7: a minimax
// polynomial on [-1/2, 1/2], then the exponent.
template <class Isa>
FOOTNOTE_ALWAYS_INLINE typename Isa::FVec Exp2(typename Isa::FVec t) {
  t = Isa::MaxF(Isa::SetF(-126.0f), t);
  const typename Isa::FVec whole = Isa::RoundF(t);
  const typename Isa::FVec f = Isa::SubF(t, whole);
  typename Isa::FVec p = Isa::SetF(0.0013276472f);
  p = Isa::FmaF(p, f, Isa::SetF(0.0096755415f));
  p = Isa::FmaF(p, f, Isa::SetF(0.0555071328f));
  p = Isa::FmaF(p, f, Isa::SetF(0.240221197f));
  p = Isa::FmaF(p, f, Isa::SetF(0.693146967f));
  p = Isa::FmaF(p, f, Isa::SetF(1.0f));
  return Isa::Scale2(p, whole);
}

constexpr float kLog2E = 1.44269504f;

template <class Isa>
FOOTNOTE_ALWAYS_INLINE typename Isa::FVec Gelu(typename Isa::FVec x) {
  // Below -20 it is 0, also at minus infinity. A NaN, the second operand, stays.
  x = Isa::MaxF(Isa::SetF(-20.0f), x);
  // erf(|z|) = 1 - (a1 t + .. + a5 t^5) exp(-z^2), t = 1 / (1 + p |z|), z = x / sqrt(2).
  const typename Isa::FVec z = Isa::AbsF(Isa::MulF(x, Isa::SetF(0.70710678f)));
  const typename Isa::FVec t =
      Isa::DivF(Isa::SetF(1.0f), Isa::FmaF(z, Isa::SetF(0.3275911f), Isa::SetF(1.0f)));
  typename Isa::FVec p = Isa::SetF(1.061405429f);
  p = Isa::FmaF(p, t, Isa::SetF(-1.453152027f));
  p = Isa::FmaF(p, t, Isa::SetF(1.421413741f));
  p = Isa::FmaF(p, t, Isa::SetF(-0.284496736f));
  p = Isa::FmaF(p, t, Isa::SetF(0.254829592f));
  p = Isa::MulF(p, t);
  const typename Isa::FVec e = Exp2<Isa>(Isa::MulF(Isa::MulF(z, z), Isa::SetF(-kLog2E)));
  const typename Isa::FVec erf = Isa::SubF(Isa::SetF(1.0f), Isa::MulF(p, e));
  const typename Isa::FVec half = Isa::MulF(x, Isa::SetF(0.5f));
  return Isa::FmaF(half, Isa::CopySign(erf, x), half);
}

template <class Isa>
FOOTNOTE_ALWAYS_INLINE typename Isa::FVec GeluFast(typename Isa::FVec x) {
  // The clamped value is the second operand: then a NaN in x stays.
  const typename Isa::FVec c = Isa::MaxF(Isa::SetF(-4.0f), Isa::MinF(Isa::SetF(4.0f), x));
  const typename Isa::FVec t = Isa::MulF(c, c);
  typename Isa::FVec p = Isa::SetF(2.27814537e-08f);
  p = Isa::FmaF(p, t, Isa::SetF(-1.59860291e-06f));
  p = Isa::FmaF(p, t, Isa::SetF(4.79555283e-05f));
  p = Isa::FmaF(p, t, Isa::SetF(-0.000814015527f));
  p = Isa::FmaF(p, t, Isa::SetF(0.00877238836f));
  p = Isa::FmaF(p, t, Isa::SetF(-0.0645731103f));
  p = Isa::FmaF(p, t, Isa::SetF(0.397883349f));
  // Beyond -4 the second factor is not quite 0, which counts for great x.
  return Isa::MulF(Isa::MaxF(Isa::SetF(-12.0f), x), Isa::FmaF(p, c, Isa::SetF(0.5f)));
}

template <class Isa>
FOOTNOTE_ALWAYS_INLINE typename Isa::FVec GeluTanh(typename Isa::FVec x) {
  // (1 + tanh(u)) / 2 = 1 / (1 + exp(-2 u)). Beyond |u| = 40 it is 0 or 1; x
  // times it is 0 below -12, also at minus infinity.
  x = Isa::MaxF(Isa::SetF(-12.0f), x);
  const typename Isa::FVec x2 = Isa::MulF(x, x);
  typename Isa::FVec u =
      Isa::MulF(x, Isa::FmaF(x2, Isa::SetF(0.0356774081f), Isa::SetF(0.797884561f)));
  u = Isa::MaxF(Isa::SetF(-40.0f), Isa::MinF(Isa::SetF(40.0f), u));
  const typename Isa::FVec e = Exp2<Isa>(Isa::MulF(u, Isa::SetF(-2 * kLog2E)));
  return Isa::DivF(x, Isa::AddF(Isa::SetF(1.0f), e));
}

template <class Isa>
void LayerNormImpl(const LayerNormArgs& a) {
  for (int64_t r = 0; r < a.rows; ++r) {
    float* x = a.x + r * a.dim;
    typename Isa::FVec sum = Isa::SetF(0);
    for (int64_t i = 0; i < a.dim; i += Isa::kLanes) {
      const int count = Count<Isa>(i, a.dim);
      typename Isa::FVec v = Load<Isa>(x + i, count);
      if (a.residual != nullptr) {
        v = Isa::AddF(v, Load<Isa>(a.residual + r * a.dim + i, count));
        Isa::StoreF(x + i, v, count);
      }
      sum = Isa::AddF(sum, v);
    }
    const float mean = Isa::SumF(sum) / static_cast<float>(a.dim);
    typename Isa::FVec squares = Isa::SetF(0);
    for (int64_t i = 0; i < a.dim; i += Isa::kLanes) {
      const int count = Count<Isa>(i, a.dim);
      typename Isa::FVec d = Isa::SubF(Load<Isa>(x + i, count), Isa::SetF(mean));
      if (count < Isa::kLanes) d = Isa::KeepFirst(d, count);
      squares = Isa::FmaF(d, d, squares);
    }
    const float variance = Isa::SumF(squares) / static_cast<float>(a.dim);
    const float inverse = 1.0f / __builtin_sqrtf(variance + a.eps);
    for (int64_t i = 0; i < a.dim; i += Isa::kLanes) {
      const int count = Count<Isa>(i, a.dim);
      const typename Isa::FVec d = Isa::SubF(Load<Isa>(x + i, count), Isa::SetF(mean));
      const typename Isa::FVec g = Isa::MulF(Load<Isa>(a.gain + i, count), Isa::SetF(inverse));
      Isa::StoreF(x + i, Isa::FmaF(d, g, Load<Isa>(a.bias + i, count)), count);
    }
  }
}

template <class Isa>
void ActivateImpl(ActivationKind kind, float* x, int64_t n) {
  const auto apply = [x, n](auto f) {
    for (int64_t i = 0; i < n; i += Isa::kLanes) {
      const int count = Count<Isa>(i, n);
      Isa::StoreF(x + i, f(Load<Isa>(x + i, count)), count);
    }
  };
  switch (kind) {
    case ActivationKind::kGelu:
      return apply([](typename Isa::FVec v) { return Gelu<Isa>(v); });
    case ActivationKind::kGeluFast:
      return apply([](typename Isa::FVec v) { return GeluFast<Isa>(v); });
    case ActivationKind::kGeluTanh:
      return apply([](typename Isa::FVec v) { return GeluTanh<Isa>(v); });
    case ActivationKind::kRelu:
      return apply([](typename Isa::FVec v) { return Isa::MaxF(Isa::SetF(0), v); });
  }
}

// The values that are quantised: moved and weighed if the caller wants that.
template <class Isa, bool kWeighed>
FOOTNOTE_ALWAYS_INLINE typename Isa::FVec QuantizeInput(const QuantizeArgs& a, const float* x,
                                                        int64_t i, int count) {
  typename Isa::FVec v = Load<Isa>(x + i, count);
  if constexpr (kWeighed) {
    v = Isa::MulF(Isa::SubF(v, Load<Isa>(a.center + i, count)), Load<Isa>(a.gain + i, count));
  }
  return v;
}

template <class Isa, bool kWeighed>
FOOTNOTE_ALWAYS_INLINE void QuantizeRow(const QuantizeArgs& a, int64_t r) {
  const float* x = a.x + r * a.ldx;
  const int64_t whole = a.dim / Isa::kLanes * Isa::kLanes;
  float least = __builtin_inff(), greatest = -__builtin_inff();
  if (whole > 0) {
    typename Isa::FVec lo = QuantizeInput<Isa, kWeighed>(a, x, 0, Isa::kLanes), hi = lo;
    for (int64_t i = Isa::kLanes; i < whole; i += Isa::kLanes) {
      const typename Isa::FVec v = QuantizeInput<Isa, kWeighed>(a, x, i, Isa::kLanes);
      lo = Isa::MinF(lo, v);
      hi = Isa::MaxF(hi, v);
    }
    least = Isa::LeastF(lo);
    greatest = Isa::GreatestF(hi);
  }
  if (whole < a.dim) {
    float rest[Isa::kLanes];
    const int count = static_cast<int>(a.dim - whole);
    Isa::StoreF(rest, QuantizeInput<Isa, kWeighed>(a, x, whole, count), Isa::kLanes);
    for (int i = 0; i < count; ++i) {
      least = rest[i] < least ? rest[i] : least;
      greatest = rest[i] > greatest ? rest[i] : greatest;
    }
  }
  const float range = a.dim > 0 ? greatest - least : 0;
  const float inverse = range > 0 ? 255.0f / range : 0;
  a.scale[r] = range > 0 ? range / 255.0f : 0;
  a.offset[r] = a.dim > 0 ? least : 0;
  uint8_t* q = a.q + r * a.ldq;
  const typename Isa::FVec factor = Isa::SetF(inverse), shift = Isa::SetF(-least * inverse);
  for (int64_t i = 0; i < a.dim; i += Isa::kLanes) {
    const int count = Count<Isa>(i, a.dim);
    const typename Isa::FVec v = QuantizeInput<Isa, kWeighed>(a, x, i, count);
    Isa::StoreU8(q + i, Isa::FmaF(v, factor, shift), count);
  }
  for (int64_t e = 0; e < a.extra; ++e) q[a.dim + e] = q[a.extra_inputs[e]];
}

template <class Isa>
void QuantizeImpl(const QuantizeArgs& a) {
  for (int64_t r = 0; r < a.rows; ++r) {
    if (a.gain != nullptr) {
      QuantizeRow<Isa, true>(a, r);
    } else {
      QuantizeRow<Isa, false>(a, r);
    }
  }
}

template <class Isa>
void ToBf16Impl(const float* x, int64_t n, uint16_t* y) {
  for (int64_t i = 0; i < n; i += Isa::kLanes) {
    const int count = Count<Isa>(i, n);
    Isa::StoreBf16(y + i, Load<Isa>(x + i, count), count);
  }
}

}  // namespace
}  // namespace footnote::kernels::internal

#endif  // FOOTNOTE_KERNELS_ROW_OPS_TILE_H_
