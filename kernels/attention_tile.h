#ifndef FOOTNOTE_KERNELS_ATTENTION_TILE_H_
#define FOOTNOTE_KERNELS_ATTENTION_TILE_H_

#include <cstdint>

#include "kernels/attention_internal.h"
#include "kernels/row_ops_tile.h"
#include "kernels/tile.h"

// Attention as two products of tiles: up to kMaxRows queries with all keys,
// softmax in the scratch space, and the weights with all values. Keys are packed
// into panels as a linear layer's weights are. Beyond what kernels/row_ops_tile.h
// asks, an Isa gives PackKeys and PackValues.
namespace footnote::kernels::internal {
namespace {

template <class Isa>
struct AttentionHead {
  using Elem = typename Isa::Elem;
  const AttentionArgs& args;
  const Elem* q;
  const Elem* keys;    // panels of 32 tokens
  const Elem* values;  // groups of Isa::kGroup tokens, values_ld elements apart
  int64_t values_ld;
  int64_t values_panel;  // elements between 32 dimensions and the next 32
  int64_t padded;        // tokens, rounded up to whole panels
  float* scores;         // [kAttentionMaxRows, padded]
  Elem* weights;         // the same, in the type of the values; f32: the scores themselves
  float* out;

  template <int R>
  FOOTNOTE_NEVER_INLINE void Run(int64_t row) const {
    const int64_t dim = args.shape.head_dim;
    for (int64_t j = 0; j < args.shape.tokens; j += 32) {
      RunTile<Isa, R>(
          q + row * args.ld_qkv, args.ld_qkv, keys + j * dim, 32 * Isa::kGroup, dim,
          [ this, j ](int r, int c, const typename Isa::Vec& v) __attribute__((always_inline)) {
            Isa::StoreF(scores + r * padded + j + c * Isa::kLanes, v, Isa::kLanes);
          });
    }
    float inverse[R];
    for (int r = 0; r < R; ++r) inverse[r] = 1.0f / Softmax(r);
    const int64_t tokens = (args.shape.tokens + Isa::kGroup - 1) / Isa::kGroup * Isa::kGroup;
    for (int64_t d = 0; d < dim; d += 32) {
      RunTile<Isa, R>(
          weights, padded, values + (d / 32) * values_panel, values_ld, tokens,
          [&, this ](int r, int c, const typename Isa::Vec& v) __attribute__((always_inline)) {
            Isa::StoreF(out + (row + r) * args.ld_out + d + c * Isa::kLanes,
                        Isa::MulF(v, Isa::SetF(inverse[r])), Isa::kLanes);
          });
    }
  }

  // Turns the scores of row r into weights that are not yet divided by their
  // sum, which is returned. Beyond the last token they are zero.
  FOOTNOTE_ALWAYS_INLINE float Softmax(int r) const {
    float* s = scores + r * padded;
    const int64_t tokens = args.shape.tokens;
    const int64_t whole = tokens / Isa::kLanes * Isa::kLanes;
    float greatest = -__builtin_inff();
    if (whole > 0) {
      typename Isa::FVec top = Isa::LoadF(s);
      for (int64_t i = Isa::kLanes; i < whole; i += Isa::kLanes) {
        top = Isa::MaxF(top, Isa::LoadF(s + i));
      }
      greatest = Isa::GreatestF(top);
    }
    for (int64_t i = whole; i < tokens; ++i) greatest = s[i] > greatest ? s[i] : greatest;
    const float factor = args.shape.scale * kLog2E;
    const typename Isa::FVec a = Isa::SetF(factor), b = Isa::SetF(-greatest * factor);
    typename Isa::FVec sum = Isa::SetF(0);
    for (int64_t i = 0; i < tokens; i += Isa::kLanes) {
      typename Isa::FVec e = Exp2<Isa>(Isa::FmaF(Isa::LoadF(s + i), a, b));
      const int count = Count<Isa>(i, tokens);
      if (count < Isa::kLanes) e = Isa::KeepFirst(e, count);
      sum = Isa::AddF(sum, e);
      Isa::StoreWeights(weights + r * padded + i, e);
    }
    return Isa::SumF(sum);
  }
};

template <class Isa>
void RunAttention(const AttentionArgs& args) {
  using Elem = typename Isa::Elem;
  const AttentionShape& shape = args.shape;
  const int64_t width = shape.heads * shape.head_dim;
  const int64_t padded = (shape.tokens + 31) / 32 * 32;
  float* scores = args.scratch;
  float* rest = scores + kAttentionMaxRows * padded;
  Elem* weights =
      Isa::kWeightsInPlace ? reinterpret_cast<Elem*>(scores) : reinterpret_cast<Elem*>(rest);
  if (!Isa::kWeightsInPlace) rest += kAttentionMaxRows * padded;
  Elem* keys = reinterpret_cast<Elem*>(rest);
  Elem* packed_values = reinterpret_cast<Elem*>(rest + padded * shape.head_dim);
  for (int64_t h = 0; h < shape.heads; ++h) {
    const Elem* q = static_cast<const Elem*>(args.qkv) + h * shape.head_dim;
    AttentionHead<Isa> head{args, q,      keys,   nullptr, 0,
                            0,    padded, scores, weights, args.out + h * shape.head_dim};
    Isa::PackKeys(q + width, args.ld_qkv, shape.tokens, shape.head_dim, keys);
    Isa::PackValues(q + 2 * width, args.ld_qkv, shape.tokens, shape.head_dim, packed_values,
                    &head.values, &head.values_ld, &head.values_panel);
    ForEachTile<Isa>(shape.tokens, head);
  }
}

}  // namespace
}  // namespace footnote::kernels::internal

#endif  // FOOTNOTE_KERNELS_ATTENTION_TILE_H_
