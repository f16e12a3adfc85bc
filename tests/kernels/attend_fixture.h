#ifndef FOOTNOTE_TESTS_KERNELS_ATTEND_FIXTURE_H_
#define FOOTNOTE_TESTS_KERNELS_ATTEND_FIXTURE_H_

#include <algorithm>
#include <cmath>
#include <cstring>
#include <random>
#include <vector>

#include "kernels/base/thread_team.h"
#include "kernels/cached_attention.h"
#include "kernels/cpu_step.h"
#include "kernels/kv_cache.h"

namespace footnote::kernels {

// What attention does with one sequence, in all its options.
struct AttendCase {
  int64_t tokens = 0;
  int64_t heads = 1;
  int64_t kv_heads = 1;
  int64_t dim = 64;
  KvFormat format = KvFormat::kF32;
  int64_t rotary_dims = 0;
  RotaryLayout layout = RotaryLayout::kHalf;
  bool causal = true;
  int64_t window = 0;
  float softcap = 0;
  int64_t bias_ld = 0;  // 0: no relative bias
  int64_t bias_origin = 0;
  float deviation = 1;
  unsigned seed = 1;

  float scale() const { return 1 / std::sqrt(static_cast<float>(dim)); }
};

inline std::vector<float> NormalValues(size_t n, float deviation, unsigned seed) {
  std::mt19937 rng(seed);
  std::normal_distribution<float> normal(0, deviation);
  std::vector<float> x(n);
  for (float& v : x) v = normal(rng);
  return x;
}

// The queries, keys and values of a sequence, and the tables.
struct AttendInputs {
  explicit AttendInputs(const AttendCase& c)
      : q(NormalValues(c.tokens * c.heads * c.dim, c.deviation, c.seed)),
        k(NormalValues(c.tokens * c.kv_heads * c.dim, c.deviation, c.seed + 1)),
        v(NormalValues(c.tokens * c.kv_heads * c.dim, c.deviation, c.seed + 2)),
        bias(NormalValues(c.heads * c.bias_ld, 1, c.seed + 3)) {
    for (int64_t p = 0; p < kPositions; ++p) {
      for (int64_t i = 0; i < c.rotary_dims / 2; ++i) {
        const double angle =
            static_cast<double>(p) *
            std::pow(10000.0, -2.0 * static_cast<double>(i) / static_cast<double>(c.rotary_dims));
        cos.push_back(static_cast<float>(std::cos(angle)));
        sin.push_back(static_cast<float>(std::sin(angle)));
      }
    }
  }

  static constexpr int64_t kPositions = 320;
  std::vector<float> q, k, v, bias, cos, sin;
};

// In T's precision, from the definition. Rotated queries and keys, values and
// weights go through `round`.
template <typename T>
class PlainAttention {
 public:
  PlainAttention(const AttendCase& c, const AttendInputs& in, T (*round)(T))
      : c_(c), in_(in), round_(round) {
    for (int64_t t = 0; t < c.tokens; ++t) {
      for (int64_t h = 0; h < c.kv_heads; ++h) {
        keys_.push_back(Rotated(&in.k[(t * c.kv_heads + h) * c.dim], t));
      }
    }
  }

  std::vector<T> Rows(int64_t begin, int64_t end) const {
    std::vector<T> out;
    for (int64_t t = begin; t < end; ++t) {
      for (int64_t h = 0; h < c_.heads; ++h) AddRow(t, h, &out);
    }
    return out;
  }

 private:
  std::vector<T> Rotated(const float* x, int64_t position) const {
    std::vector<T> y(x, x + c_.dim);
    const int64_t half = c_.rotary_dims / 2;
    for (int64_t i = 0; i < half; ++i) {
      const bool split = c_.layout == RotaryLayout::kHalf;
      const int64_t a = split ? i : 2 * i, b = split ? i + half : 2 * i + 1;
      const T cos = in_.cos[position * half + i], sin = in_.sin[position * half + i];
      y[a] = x[a] * cos - x[b] * sin;
      y[b] = x[b] * cos + x[a] * sin;
    }
    for (T& v : y) v = round_(v);
    return y;
  }

  T Score(const std::vector<T>& query, int64_t t, int64_t h, int64_t key) const {
    const int64_t kv = h / (c_.heads / c_.kv_heads);
    const std::vector<T>& rotated = keys_[key * c_.kv_heads + kv];
    T score = 0;
    for (int64_t i = 0; i < c_.dim; ++i) score += query[i] * rotated[i];
    score *= c_.scale();
    if (c_.softcap > 0) score = c_.softcap * std::tanh(score / c_.softcap);
    if (c_.bias_ld > 0) {
      const int64_t index = std::clamp<int64_t>(c_.bias_origin + key - t, 0, c_.bias_ld - 1);
      score += in_.bias[h * c_.bias_ld + index];
    }
    return score;
  }

  void AddRow(int64_t t, int64_t h, std::vector<T>* out) const {
    const int64_t kv = h / (c_.heads / c_.kv_heads);
    const std::vector<T> query = Rotated(&in_.q[(t * c_.heads + h) * c_.dim], t);
    const int64_t end = c_.causal ? t + 1 : c_.tokens;
    const int64_t begin = c_.window > 0 ? std::max<int64_t>(0, t - c_.window + 1) : 0;
    std::vector<T> weights;
    for (int64_t j = begin; j < end; ++j) weights.push_back(Score(query, t, h, j));
    const T greatest = *std::max_element(weights.begin(), weights.end());
    T sum = 0;
    for (T& w : weights) sum += w = std::exp(w - greatest);
    for (int64_t i = 0; i < c_.dim; ++i) {
      T value = 0;
      for (int64_t j = begin; j < end; ++j) {
        value += round_(weights[j - begin]) *
                 round_(static_cast<T>(in_.v[(j * c_.kv_heads + kv) * c_.dim + i]));
      }
      out->push_back(value / sum);
    }
  }

  const AttendCase& c_;
  const AttendInputs& in_;
  T (*const round_)(T);
  std::vector<std::vector<T>> keys_;  // of each token and kv head, rotated
};

// Several sequences with one cache. Each takes its next tokens in every step.
class AttendRun {
 public:
  // The cache is full of NaN at first: nothing that wasn't stored may be used.
  AttendRun(CpuLevel level, int threads, std::vector<AttendCase> cases)
      : level_(level), team_(threads), cases_(std::move(cases)) {
    for (const AttendCase& c : cases_) {
      inputs_.emplace_back(c);
      max_blocks_ = std::max(max_blocks_, (c.tokens + kKvBlockTokens - 1) / kKvBlockTokens);
    }
    done_.resize(cases_.size());
    results_.resize(cases_.size());
    const AttendCase& c = cases_[0];
    const size_t bytes = KvBlockBytes(c.format, c.kv_heads, c.dim) *
                         (max_blocks_ * static_cast<int64_t>(cases_.size()) + 1);
    cache_.assign((bytes + 3) / 4, std::nanf(""));
    layer_ = {c.format, c.kv_heads, c.dim, cache_.data()};
  }

  // Appends counts[s] tokens to sequence s. 0: it isn't in the step.
  void StepBy(const std::vector<int64_t>& counts) {
    const AttendCase& c = cases_[0];
    const int64_t width = c.heads * c.dim, kv_width = c.kv_heads * c.dim;
    CpuStep step;
    step.max_blocks = max_blocks_;
    step.first_row.push_back(0);
    std::vector<float> q, k, v;
    const int64_t sequences = static_cast<int64_t>(cases_.size());
    for (int64_t s = 0; s < sequences; ++s) {
      const int64_t n = counts[s];
      if (n == 0) continue;
      const AttendInputs& in = inputs_[s];
      Append(in.q, done_[s] * width, n * width, &q);
      Append(in.k, done_[s] * kv_width, n * kv_width, &k);
      Append(in.v, done_[s] * kv_width, n * kv_width, &v);
      for (int64_t i = 0; i < n; ++i) step.positions.push_back(static_cast<int32_t>(done_[s] + i));
      done_[s] += n;
      step.first_row.push_back(static_cast<int32_t>(step.positions.size()));
      step.kv_length.push_back(static_cast<int32_t>(done_[s]));
      // The blocks of the sequences lie among each other, the last ones first.
      for (int64_t b = 0; b < max_blocks_; ++b) {
        step.block_table.push_back(static_cast<int32_t>((max_blocks_ - b) * sequences - s));
      }
    }
    StoreKvRows(level_, step, layer_, k.data(), kv_width, v.data(), kv_width, 0, step.rows());
    std::vector<float> out(step.rows() * (width + 3), NAN);
    AttendArgs args;
    args.step = &step;
    args.cache = layer_;
    args.q = q.data();
    args.ldq = width;
    args.heads = c.heads;
    args.rotary = {c.layout, c.rotary_dims, AttendInputs::kPositions, inputs_[0].cos.data(),
                   inputs_[0].sin.data()};
    args.scale = c.scale();
    args.softcap = c.softcap;
    args.causal = c.causal;
    args.window = c.window;
    if (c.bias_ld > 0) args.relative_bias = inputs_[0].bias.data();
    args.relative_ld = c.bias_ld;
    args.relative_origin = c.bias_origin;
    args.out = out.data();
    args.ldo = width + 3;
    CachedAttention(team_, level_, args, &scratch_);
    int64_t row = 0;
    for (int64_t s = 0; s < sequences; ++s) {
      for (int64_t i = 0; i < counts[s]; ++i, ++row) {
        Append(out, row * args.ldo, width, &results_[s]);
      }
    }
  }

  const std::vector<float>& result(int64_t sequence) const { return results_[sequence]; }
  const AttendInputs& inputs(int64_t sequence) const { return inputs_[sequence]; }

 private:
  static void Append(const std::vector<float>& from, int64_t at, int64_t n,
                     std::vector<float>* to) {
    to->insert(to->end(), from.begin() + at, from.begin() + at + n);
  }

  const CpuLevel level_;
  ThreadTeam team_;
  AttendScratch scratch_;
  const std::vector<AttendCase> cases_;
  std::vector<AttendInputs> inputs_;
  std::vector<int64_t> done_;
  std::vector<std::vector<float>> results_;
  std::vector<float> cache_;
  int64_t max_blocks_ = 0;
  KvLayer layer_;
};

}  // namespace footnote::kernels

#endif  // FOOTNOTE_TESTS_KERNELS_ATTEND_FIXTURE_H_
