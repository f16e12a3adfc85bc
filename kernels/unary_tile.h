#ifndef FOOTNOTE_KERNELS_UNARY_TILE_H_
#define FOOTNOTE_KERNELS_UNARY_TILE_H_

#include <cstdint>

#include "kernels/op_types.h"
#include "kernels/row_ops_tile.h"

// Activations, written once for every vector width; see kernels/vector_ops.h.
// Beyond what kernels/row_ops_tile.h asks, an Isa gives SelectLess(a, b, x, y): x
// where a < b, else y. MinF and MaxF return their second operand if either is a
// NaN; the clamps below are written so that a NaN stays.
namespace footnote::kernels::internal {
namespace {

// x / (1 + exp(-x * factor)), for x that is not so small that exp overflows.
template <class Isa>
FOOTNOTE_ALWAYS_INLINE typename Isa::FVec TimesSigmoid(typename Isa::FVec x, float factor,
                                                       float least) {
  // Below `least` the result is 0 but for what f32 can't tell from it.
  x = Isa::MaxF(Isa::SetF(least), x);
  const typename Isa::FVec e = Exp2<Isa>(Isa::MulF(x, Isa::SetF(-kLog2E * factor)));
  return Isa::DivF(x, Isa::AddF(Isa::SetF(1.0f), e));
}

template <class Isa>
FOOTNOTE_ALWAYS_INLINE typename Isa::FVec Silu(typename Isa::FVec x) {
  return TimesSigmoid<Isa>(x, 1.0f, -87.0f);
}

template <class Isa>
FOOTNOTE_ALWAYS_INLINE typename Isa::FVec GeluQuick(typename Isa::FVec x) {
  return TimesSigmoid<Isa>(x, 1.702f, -50.0f);
}

// max(x, 0) - |x| Q(|x|), where Q(z) = erfc(z / sqrt(2)) / 2 is the upper tail of
// the normal distribution: exp(-z^2 / 2) times a polynomial in 1 / (1 + 0.3 z),
// fitted to 6e-9 of Q's greatest value and 7e-7 of Q itself for z up to 14.
template <class Isa>
FOOTNOTE_ALWAYS_INLINE typename Isa::FVec GeluErf(typename Isa::FVec x) {
  using V = typename Isa::FVec;
  const V z = Isa::MinF(Isa::SetF(14.0f), Isa::AbsF(x));
  const V t = Isa::DivF(Isa::SetF(1.0f), Isa::FmaF(z, Isa::SetF(0.3f), Isa::SetF(1.0f)));
  V p = Isa::SetF(0.0351764113f);
  p = Isa::FmaF(p, t, Isa::SetF(-0.15451777f));
  p = Isa::FmaF(p, t, Isa::SetF(0.200599119f));
  p = Isa::FmaF(p, t, Isa::SetF(-0.0472999662f));
  p = Isa::FmaF(p, t, Isa::SetF(0.12460538f));
  p = Isa::FmaF(p, t, Isa::SetF(0.101278387f));
  p = Isa::FmaF(p, t, Isa::SetF(0.12051224f));
  p = Isa::FmaF(p, t, Isa::SetF(0.119646206f));
  const V e = Exp2<Isa>(Isa::MulF(Isa::MulF(z, z), Isa::SetF(-0.5f * kLog2E)));
  const V tail = Isa::MulF(Isa::MulF(p, t), e);
  return Isa::SubF(Isa::MaxF(Isa::SetF(0.0f), x), Isa::MulF(z, tail));
}

// Below 0.625 the polynomial of Cephes' tanhf, beyond it 1 - 2 / (1 + exp(2 |x|)).
template <class Isa>
FOOTNOTE_ALWAYS_INLINE typename Isa::FVec Tanh(typename Isa::FVec x) {
  using V = typename Isa::FVec;
  const V size = Isa::MinF(Isa::SetF(20.0f), Isa::AbsF(x));
  const V x2 = Isa::MulF(size, size);
  V p = Isa::SetF(-5.70498872745e-3f);
  p = Isa::FmaF(p, x2, Isa::SetF(2.06390887954e-2f));
  p = Isa::FmaF(p, x2, Isa::SetF(-5.37397155531e-2f));
  p = Isa::FmaF(p, x2, Isa::SetF(1.33314422036e-1f));
  p = Isa::FmaF(p, x2, Isa::SetF(-3.33332819422e-1f));
  const V near = Isa::FmaF(Isa::MulF(p, x2), size, size);
  const V e = Exp2<Isa>(Isa::MulF(size, Isa::SetF(2 * kLog2E)));
  const V far = Isa::SubF(Isa::SetF(1.0f), Isa::DivF(Isa::SetF(2.0f), Isa::AddF(e, Isa::SetF(1))));
  // Exp2 has no NaN, so a NaN must take the first.
  return Isa::CopySign(Isa::SelectLess(Isa::SetF(0.625f), size, far, near), x);
}

// Calls run(f) with the function of one vector that `kind` is.
template <class Isa, class Run>
FOOTNOTE_ALWAYS_INLINE void WithUnary(Unary kind, const Run& run) {
  using V = typename Isa::FVec;
  switch (kind) {
    case Unary::kGelu:
      return run([](V v) { return GeluErf<Isa>(v); });
    case Unary::kGeluTanh:
      return run([](V v) { return GeluTanh<Isa>(v); });
    case Unary::kGeluQuick:
      return run([](V v) { return GeluQuick<Isa>(v); });
    case Unary::kRelu:
      return run([](V v) { return Isa::MaxF(Isa::SetF(0), v); });
    case Unary::kSilu:
      return run([](V v) { return Silu<Isa>(v); });
    case Unary::kTanh:
      return run([](V v) { return Tanh<Isa>(v); });
  }
}

}  // namespace
}  // namespace footnote::kernels::internal

#endif  // FOOTNOTE_KERNELS_UNARY_TILE_H_
