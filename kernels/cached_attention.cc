#include "kernels/cached_attention.h"

#include <algorithm>
#include <atomic>
#include <cassert>
#include <cmath>
#include <vector>

#include "kernels/bfloat16_portable.h"
#include "kernels/cpu_step.h"
#include "kernels/kv_cache.h"

namespace footnote::kernels {
namespace {

// x[0, dims) rotated to `position`.
void Rotate(const RotaryTable& rotary, int64_t position, float* x) {
  const int64_t half = rotary.dims / 2;
  if (half == 0) return;
  assert(position >= 0 && position < rotary.positions);
  const float* cos = rotary.cos + position * half;
  const float* sin = rotary.sin + position * half;
  for (int64_t i = 0; i < half; ++i) {
    const bool split = rotary.layout == RotaryLayout::kHalf;
    float& a = x[split ? i : 2 * i];
    float& b = x[split ? i + half : 2 * i + 1];
    const float first = a * cos[i] - b * sin[i];
    b = b * cos[i] + a * sin[i];
    a = first;
  }
}

void LoadHead(KvFormat format, const void* data, const float* scales, int64_t slot, int64_t dim,
              float* x) {
  for (int64_t i = 0; i < dim; ++i) {
    const int64_t at = slot * dim + i;
    switch (format) {
      case KvFormat::kF32:
        x[i] = static_cast<const float*>(data)[at];
        break;
      case KvFormat::kBf16:
        x[i] = internal::Bf16ToFloat(static_cast<const uint16_t*>(data)[at]);
        break;
      case KvFormat::kInt8:
        x[i] = static_cast<float>(static_cast<const int8_t*>(data)[at]) * scales[slot];
        break;
    }
  }
}

// All heads that share one kv head, for the rows of one sequence.
class HeadGroup {
 public:
  HeadGroup(const AttendArgs& args, const CpuStep& step, int64_t sequence, int64_t kv_head)
      : args_(args), step_(step), sequence_(sequence), kv_head_(kv_head) {}

  void Run() {
    const int64_t dim = args_.cache.head_dim, length = step_.kv_length[sequence_];
    keys_.resize(length * dim);
    values_.resize(length * dim);
    for (int64_t t = 0; t < length; ++t) {
      const int64_t block = step_.block_table[sequence_ * step_.max_blocks + t / kKvBlockTokens];
      const KvHead head = KvHeadOf(args_.cache, block, kv_head_);
      const int64_t slot = t % kKvBlockTokens;
      LoadHead(args_.cache.format, head.keys, head.key_scales, slot, dim, &keys_[t * dim]);
      LoadHead(args_.cache.format, head.values, head.value_scales, slot, dim, &values_[t * dim]);
      Rotate(args_.rotary, t, &keys_[t * dim]);
    }
    const int64_t share = args_.heads / args_.cache.kv_heads;
    for (int64_t r = step_.first_row[sequence_]; r < step_.first_row[sequence_ + 1]; ++r) {
      for (int64_t h = kv_head_ * share; h < (kv_head_ + 1) * share; ++h) Row(r, h);
    }
  }

 private:
  float Score(const float* query, int64_t head, int64_t distance, const float* key) const {
    float score = 0;
    for (int64_t i = 0; i < args_.cache.head_dim; ++i) score += query[i] * key[i];
    score *= args_.scale;
    if (args_.softcap > 0) score = args_.softcap * std::tanh(score / args_.softcap);
    if (args_.relative_bias != nullptr) {
      const int64_t index =
          std::clamp<int64_t>(args_.relative_origin + distance, 0, args_.relative_ld - 1);
      score += args_.relative_bias[head * args_.relative_ld + index];
    }
    return score;
  }

  void Row(int64_t row, int64_t head) {
    const int64_t dim = args_.cache.head_dim, position = step_.positions[row];
    const int64_t length = step_.kv_length[sequence_];
    const int64_t end = args_.causal ? std::min(length, position + 1) : length;
    const int64_t begin = args_.window > 0 ? std::max<int64_t>(0, position - args_.window + 1) : 0;
    std::vector<float> query(args_.q + row * args_.ldq + head * dim,
                             args_.q + row * args_.ldq + (head + 1) * dim);
    Rotate(args_.rotary, position, query.data());
    float* out = args_.out + row * args_.ldo + head * dim;
    std::fill(out, out + dim, 0.f);
    if (begin >= end) return;
    std::vector<float> weights(end - begin);
    for (int64_t t = begin; t < end; ++t) {
      weights[t - begin] = Score(query.data(), head, t - position, &keys_[t * dim]);
    }
    const float greatest = *std::max_element(weights.begin(), weights.end());
    float sum = 0;
    for (float& w : weights) sum += w = std::exp(w - greatest);
    for (int64_t t = begin; t < end; ++t) {
      const float weight = weights[t - begin] / sum;
      for (int64_t i = 0; i < dim; ++i) out[i] += weight * values_[t * dim + i];
    }
  }

  const AttendArgs& args_;
  const CpuStep& step_;
  const int64_t sequence_;
  const int64_t kv_head_;
  std::vector<float> keys_;
  std::vector<float> values_;
};

}  // namespace

void CachedAttention(ThreadTeam& team, CpuLevel /*level*/, const AttendArgs& args) {
  assert(args.step != nullptr && args.heads % args.cache.kv_heads == 0);
  const CpuStep& step = *static_cast<const CpuStep*>(args.step);
  const int64_t items = step.sequences() * args.cache.kv_heads;
  std::atomic<int64_t> next = 0;
  team.Run([&](int) {
    for (int64_t i = next++; i < items; i = next++) {
      HeadGroup(args, step, i / args.cache.kv_heads, i % args.cache.kv_heads).Run();
    }
  });
}

}  // namespace footnote::kernels
