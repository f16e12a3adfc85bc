#ifndef FOOTNOTE_KERNELS_CACHED_ATTENTION_TILE_H_
#define FOOTNOTE_KERNELS_CACHED_ATTENTION_TILE_H_

#include <cstdint>

#include "kernels/cached_attention_internal.h"
#include "kernels/kv_load_tile.h"
#include "kernels/row_ops_tile.h"
#include "kernels/tile.h"
#include "kernels/unary_tile.h"

// Cached attention as products of tiles with an online softmax (Milakov and
// Gimelshein 2018, https://arxiv.org/abs/1805.02867; Dao et al. 2022,
// https://arxiv.org/abs/2205.14135). Each chunk of keys and values is read from
// the cache, rotated and packed once and meets all queries of the piece; a tile of
// queries meets it while it is in the cache nearest to the core.
//
// Every number of a row comes from that row, its keys and values alone, by the same
// instructions in the same order: a tile's size, what is beside the row and which
// chunks are skipped because the row sees nothing of them don't matter (a key that
// isn't seen has the weight 0, and adds exactly nothing).
//
// Beyond what kernels/kv_load_tile.h and kernels/tile.h ask, an Isa gives
// kWeightsInPlace, kFormat (the cache's format whose numbers are of type Elem), PackKeys,
// PackValues and StoreWeights.
namespace footnote::kernels::internal {
namespace {

// 2^t, 0 below 2^-126; NaN for NaN.
template <class Isa>
FOOTNOTE_ALWAYS_INLINE typename Isa::FVec ExpWeight(typename Isa::FVec t) {
  const typename Isa::FVec least = Isa::SetF(-126.0f);
  return Isa::SelectLess(t, least, Isa::SetF(0), Exp2<Isa>(t));
}

template <class Isa>
class Attender {
 public:
  using Elem = typename Isa::Elem;
  using FVec = typename Isa::FVec;

  explicit Attender(const AttendPiece& piece)
      : p_(piece),
        a_(*piece.args),
        queries_(piece.last - piece.first),
        dim_(a_.cache.head_dim),
        padded_(PaddedHeadDim(dim_)),
        plain_(a_.softcap <= 0 && a_.relative_bias == nullptr && a_.scale > 0),
        factor_(plain_ ? a_.scale * kLog2E : kLog2E) {
    const int64_t rows = (queries_ + 15) / 16 * 16;
    float* at = piece.scratch;
    const auto take = [&at](int64_t floats) {
      float* taken = at;
      at += floats;
      return taken;
    };
    q_ = reinterpret_cast<Elem*>(take(rows * padded_));
    sums_ = take(rows * padded_);
    begin_ = reinterpret_cast<int32_t*>(take(rows));
    end_ = reinterpret_cast<int32_t*>(take(rows));
    base_ = take(rows);
    total_ = take(rows);
    rescale_ = take(rows);
    scores_ = take(kAttendTileRows * kAttendChunk);
    float* weights = take(kAttendTileRows * kAttendChunk);
    weights_ = reinterpret_cast<Elem*>(Isa::kWeightsInPlace ? scores_ : weights);
    keys_ = reinterpret_cast<Elem*>(take(kAttendChunk * padded_));
    values_ = reinterpret_cast<Elem*>(take(kAttendChunk * padded_));
    block_ = reinterpret_cast<Elem*>(take(kKvBlockTokens * padded_));
    row_ = take(padded_);
  }

  void Run() {
    int64_t least = p_.kv_length, greatest = 0;
    for (int64_t i = 0; i < queries_; ++i) {
      LoadQuery(i);
      if (begin_[i] < end_[i]) {
        least = begin_[i] < least ? begin_[i] : least;
        greatest = end_[i] > greatest ? end_[i] : greatest;
      }
    }
    for (chunk_ = least / kAttendChunk * kAttendChunk; chunk_ < greatest; chunk_ += kAttendChunk) {
      const int64_t blocks = Blocks(greatest);
      for (int64_t b = 0; b < blocks; ++b) LoadBlock(b);
      ForEachTile<Isa>(queries_, TileBody{this});
    }
    for (int64_t i = 0; i < queries_; ++i) StoreOut(i);
  }

 private:
  struct TileBody {
    Attender* attender;
    template <int R>
    FOOTNOTE_NEVER_INLINE void Run(int64_t row) const {
      attender->template Tile<R>(row);
    }
  };

  // Blocks of the current chunk up to a key.
  int64_t Blocks(int64_t end) const {
    const int64_t blocks = (end - chunk_ + kKvBlockTokens - 1) / kKvBlockTokens;
    const int64_t most = kAttendChunk / kKvBlockTokens;
    return blocks < 0 ? 0 : blocks < most ? blocks : most;
  }

  // The elements of a row of floats before query i.
  int64_t Offset(int64_t i, int64_t ld) const {
    const int64_t query = p_.first + i;
    return query / p_.share * ld + (p_.first_head + query % p_.share) * dim_;
  }

  void LoadQuery(int64_t i) {
    const int64_t position = p_.positions[(p_.first + i) / p_.share];
    const float* q = p_.q + Offset(i, a_.ldq);
    const auto load = [q](int64_t at, int count) __attribute__((always_inline)) {
      return Load<Isa>(q + at, count);
    };
    LoadRows<Isa>(load, nullptr, a_.rotary, position, 1, dim_, padded_, row_, q_ + i * padded_);
    for (int64_t j = 0; j < padded_; j += Isa::kLanes) {
      Isa::StoreF(sums_ + i * padded_ + j, Isa::SetF(0), Isa::kLanes);
    }
    const int64_t begin = a_.window > 0 ? position - a_.window + 1 : 0;
    const int64_t end = a_.causal && position + 1 < p_.kv_length ? position + 1 : p_.kv_length;
    begin_[i] = static_cast<int32_t>(begin > 0 ? begin : 0);
    end_[i] = static_cast<int32_t>(end);
    // Less than any score; not infinite, so that differences are numbers.
    base_[i] = -1e30f;
    total_[i] = 0;
  }

  // Reads block b of the chunk and packs it. Tokens that aren't there are zero,
  // whatever the memory holds.
  void LoadBlock(int64_t b) {
    const int64_t first = chunk_ + b * kKvBlockTokens;
    const int64_t left = p_.kv_length - first;
    const int64_t tokens = left < kKvBlockTokens ? left : kKvBlockTokens;
    const KvPlace place = KvPlaceOf(a_.cache, p_.blocks[first / kKvBlockTokens], p_.kv_head);
    const int64_t offset = b * kKvBlockTokens * padded_;
    LoadPart(place.keys, place.key_scales, a_.rotary, first, tokens);
    Isa::PackKeys(block_, padded_, keys_ + offset);
    if (Isa::kFormat == a_.cache.format && tokens == kKvBlockTokens && dim_ == padded_) {
      Isa::PackValues(reinterpret_cast<const Elem*>(place.values), padded_, values_ + offset);
    } else {
      LoadPart(place.values, place.value_scales, RotaryTable(), 0, tokens);
      Isa::PackValues(block_, padded_, values_ + offset);
    }
  }

  // block_ = one block's keys or values.
  void LoadPart(const char* data, const float* scales, const RotaryTable& rotary, int64_t first,
                int64_t tokens) {
    WithFormat<Isa>(
        a_.cache.format, data, [&](const auto& load) __attribute__((always_inline)) {
          LoadRows<Isa>(load, scales, rotary, first, tokens, dim_, padded_, row_, block_);
        });
    ZeroRows<Isa>(kKvBlockTokens - tokens, padded_, block_ + tokens * padded_);
  }

  template <int R>
  FOOTNOTE_ALWAYS_INLINE void Tile(int64_t row) {
    int64_t least = begin_[row], greatest = end_[row];
    for (int64_t r = row + 1; r < row + R; ++r) {
      least = begin_[r] < least ? begin_[r] : least;
      greatest = end_[r] > greatest ? end_[r] : greatest;
    }
    const int64_t blocks = Blocks(greatest);
    if (blocks == 0 || least >= chunk_ + kAttendChunk) return;
    const Elem* q = q_ + row * padded_;
    for (int64_t b = 0; b < blocks; ++b) {
      float* scores = scores_ + b * kKvBlockTokens;
      RunTile<Isa, R>(
          q, padded_, keys_ + b * kKvBlockTokens * padded_, 32 * Isa::kGroup,
          dim_, [scores](int r, int c, const typename Isa::Vec& v) __attribute__((always_inline)) {
            Isa::StoreF(scores + r * kAttendChunk + c * Isa::kLanes, v, Isa::kLanes);
          });
    }
    for (int r = 0; r < R; ++r) Softmax(row + r, r, blocks * kKvBlockTokens);
    const int64_t dim = padded_;
    for (int64_t d = 0; d < dim; d += 32) {
      float* sums = sums_ + row * dim + d;
      const float* rescale = rescale_ + row;
      RunTile<Isa, R>(
          weights_, kAttendChunk, values_ + d * Isa::kGroup, dim * Isa::kGroup,
          blocks * kKvBlockTokens,
          [=](int r, int c, const typename Isa::Vec& v) __attribute__((always_inline)) {
            float* at = sums + r * dim + c * Isa::kLanes;
            Isa::StoreF(at, Isa::FmaF(Isa::LoadF(at), Isa::SetF(rescale[r]), v), Isa::kLanes);
          });
    }
  }

  // Turns row r of the scores into weights relative to the greatest score so far,
  // adds up their sum, and says by what the row's sums must be rescaled.
  // One function for all tiles, so that its rounding is the same.
  FOOTNOTE_NEVER_INLINE void Softmax(int64_t row, int r, int64_t keys) {
    float* s = scores_ + r * kAttendChunk;
    if (!plain_) Adjust(row, keys, s);
    HideUnseen(begin_[row] - chunk_, end_[row] - chunk_, keys, s);
    FVec top = Isa::LoadF(s);
    for (int64_t i = Isa::kLanes; i < keys; i += Isa::kLanes) {
      top = Isa::MaxF(top, Isa::LoadF(s + i));
    }
    const float before = base_[row], greatest = Isa::GreatestF(top) * factor_;
    const float base = greatest > before ? greatest : before;
    const FVec a = Isa::SetF(factor_), b = Isa::SetF(-base);
    FVec sum = Isa::SetF(0);
    for (int64_t i = 0; i < keys; i += Isa::kLanes) {
      const FVec e = ExpWeight<Isa>(Isa::FmaF(Isa::LoadF(s + i), a, b));
      sum = Isa::AddF(sum, e);
      Isa::StoreWeights(weights_ + r * kAttendChunk + i, e);
    }
    float rescale = 1;
    if (base != before) {
      float lanes[Isa::kLanes];
      Isa::StoreF(lanes, ExpWeight<Isa>(Isa::SetF(before - base)), Isa::kLanes);
      rescale = lanes[0];
    }
    base_[row] = base;
    rescale_[row] = rescale;
    total_[row] = total_[row] * rescale + Isa::SumF(sum);
  }

  // Scale, soft cap and bias of one row's scores.
  FOOTNOTE_NEVER_INLINE void Adjust(int64_t row, int64_t keys, float* s) const {
    const int64_t query = p_.first + row, head = p_.first_head + query % p_.share;
    const int64_t position = p_.positions[query / p_.share];
    const FVec scale = Isa::SetF(a_.scale), cap = Isa::SetF(a_.softcap);
    for (int64_t i = 0; i < keys; i += Isa::kLanes) {
      FVec v = Isa::MulF(Isa::LoadF(s + i), scale);
      if (a_.softcap > 0) v = Isa::MulF(cap, Tanh<Isa>(Isa::DivF(v, cap)));
      Isa::StoreF(s + i, v, Isa::kLanes);
    }
    if (a_.relative_bias == nullptr) return;
    const float* bias = a_.relative_bias + head * a_.relative_ld;
    const int64_t from = a_.relative_origin + chunk_ - position, last = a_.relative_ld - 1;
    if (from >= 0 && from + keys <= last + 1) {
      for (int64_t i = 0; i < keys; i += Isa::kLanes) {
        Isa::StoreF(s + i, Isa::AddF(Isa::LoadF(s + i), Isa::LoadF(bias + from + i)), Isa::kLanes);
      }
      return;
    }
    for (int64_t i = 0; i < keys; ++i) {
      const int64_t at = from + i;
      s[i] += bias[at < 0 ? 0 : at > last ? last : at];
    }
  }

  // s[i] = -infinity outside of [begin, end).
  FOOTNOTE_ALWAYS_INLINE void HideUnseen(int64_t begin, int64_t end, int64_t keys, float* s) const {
    for (int64_t i = 0; i < begin && i < keys; ++i) s[i] = -__builtin_inff();
    for (int64_t i = end > 0 ? end : 0; i < keys; ++i) s[i] = -__builtin_inff();
  }

  void StoreOut(int64_t i) const {
    float* out = p_.out + Offset(i, a_.ldo);
    // A query that sees nothing gives zero.
    const FVec inverse = Isa::SetF(total_[i] == 0 ? 0.0f : 1.0f / total_[i]);
    for (int64_t j = 0; j < dim_; j += Isa::kLanes) {
      const FVec v = Isa::MulF(Isa::LoadF(sums_ + i * padded_ + j), inverse);
      Isa::StoreF(out + j, v, Count<Isa>(j, dim_));
    }
  }

  const AttendPiece& p_;
  const AttendArgs& a_;
  const int64_t queries_;
  const int64_t dim_;
  const int64_t padded_;
  const bool plain_;    // scores need no more than a positive scale
  const float factor_;  // of the scores, for powers of 2
  int64_t chunk_ = 0;   // the first key of the chunk that is loaded

  Elem* q_;         // [queries, padded], rotated
  float* sums_;     // [queries, padded], of weights times values
  int32_t* begin_;  // [queries] what a query sees: the keys [begin, end)
  int32_t* end_;
  float* base_;     // [queries] the greatest score so far, times factor_
  float* total_;    // [queries] of the weights so far
  float* rescale_;  // [queries] of what came before this chunk
  float* scores_;   // [kAttendTileRows, kAttendChunk]
  Elem* weights_;   // the same; f32: the scores themselves
  Elem* keys_;      // of the chunk: panels of 32 keys
  Elem* values_;    // of the chunk: for each group of Isa::kGroup tokens, [padded] groups
  Elem* block_;     // [kKvBlockTokens, padded] rows before packing
  float* row_;      // [padded]
};

}  // namespace
}  // namespace footnote::kernels::internal

#endif  // FOOTNOTE_KERNELS_CACHED_ATTENTION_TILE_H_
