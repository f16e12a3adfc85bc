// One token per row of logits: one block each, passes over the row, no sorting.
// Thresholds are found bit by bit on the floats' ordered bits. All sums are in a
// fixed order, so equal logits and numbers give equal tokens.
#include <cmath>

#include "kernels/cuda/device.cuh"
#include "kernels/cuda/launch.h"

namespace footnote::kernels::cuda {
namespace {

constexpr int kThreads = 512;
constexpr int kBins = 256;

// A larger float has a larger key; NaN the smallest.
__device__ inline uint32_t KeyOf(float x) {
  if (x != x) return 0;
  const uint32_t bits = __float_as_uint(x);
  return (bits & 0x80000000u) != 0 ? ~bits : bits | 0x80000000u;
}

struct Row {
  const float* logits;
  int64_t vocab;
  float maximum;
  float inverse_temperature;
  // Not normalised: the largest is 1.
  __device__ float Probability(float logit) const {
    return logit != logit ? 0.f : expf((logit - maximum) * inverse_temperature);
  }
};

// The largest number's first index, or -1 if it isn't finite; in every thread.
__device__ int64_t Largest(const float* logits, int64_t vocab, float* values, int64_t* indices) {
  float best = -INFINITY;
  int64_t at = vocab;
  for (int64_t i = threadIdx.x; i < vocab; i += kThreads) {
    if (logits[i] > best) best = logits[i], at = i;
  }
  values[threadIdx.x] = best;
  indices[threadIdx.x] = at;
  for (int half = kThreads / 2; half > 0; half /= 2) {
    __syncthreads();
    if (static_cast<int>(threadIdx.x) >= half) continue;
    const int other = threadIdx.x + half;
    if (values[other] > values[threadIdx.x] ||
        (values[other] == values[threadIdx.x] && indices[other] < indices[threadIdx.x])) {
      values[threadIdx.x] = values[other];
      indices[threadIdx.x] = indices[other];
    }
  }
  __syncthreads();
  const int64_t found = indices[0] < vocab && values[0] < INFINITY ? indices[0] : -1;
  __syncthreads();
  return found;
}

// The key of the k-th largest logit, 1 <= k <= vocab: digit by digit, from the highest.
__device__ uint32_t KthKey(const Row& row, int64_t k, uint32_t* bins, uint32_t* choice) {
  uint32_t prefix = 0;
  for (int shift = 24; shift >= 0; shift -= 8) {
    for (int b = threadIdx.x; b < kBins; b += kThreads) bins[b] = 0;
    __syncthreads();
    const uint32_t mask = shift == 24 ? 0 : 0xFFFFFFFFu << (shift + 8);
    for (int64_t i = threadIdx.x; i < row.vocab; i += kThreads) {
      const uint32_t key = KeyOf(row.logits[i]);
      if ((key & mask) == prefix) atomicAdd(&bins[key >> shift & 255], 1u);  // whole numbers
    }
    __syncthreads();
    if (threadIdx.x == 0) {
      int64_t left = k;
      int digit = kBins - 1;
      while (digit > 0 && left > bins[digit]) left -= bins[digit--];
      choice[0] = static_cast<uint32_t>(digit);
      choice[1] = static_cast<uint32_t>(left);
    }
    __syncthreads();
    prefix |= choice[0] << shift;
    k = choice[1];
    __syncthreads();
  }
  return prefix;
}

// The sum of the probabilities of keys of at least `threshold`; in every thread.
__device__ float Mass(const Row& row, uint32_t threshold, float* scratch) {
  float sum = 0;
  for (int64_t i = threadIdx.x; i < row.vocab; i += kThreads) {
    if (KeyOf(row.logits[i]) >= threshold) sum += row.Probability(row.logits[i]);
  }
  return BlockSum(sum, scratch);
}

// The largest threshold, not below `floor`, whose mass is at least top_p of floor's.
__device__ uint32_t NucleusKey(const Row& row, uint32_t floor, float top_p, float* scratch) {
  const float wanted = top_p * Mass(row, floor, scratch);
  uint32_t found = 0;
  for (int bit = 31; bit >= 0; --bit) {
    const uint32_t tried = found | 1u << bit;
    if (tried <= floor || Mass(row, tried, scratch) >= wanted) found = tried;
  }
  return found > floor ? found : floor;
}

__global__ void __launch_bounds__(kThreads)
    SampleKernel(const float* logits, int64_t ld, int64_t vocab, const SampleRow* settings,
                 int32_t* tokens) {
  __shared__ float values[kThreads];
  __shared__ int64_t indices[kThreads];
  __shared__ uint32_t bins[kBins];
  __shared__ uint32_t choice[2];
  __shared__ float scratch[kWarp];
  LetNextStart();
  WaitForPrevious();
  const SampleRow setting = settings[blockIdx.x];
  Row row = {logits + blockIdx.x * ld, vocab, 0.f, 0.f};
  const int64_t best = Largest(row.logits, vocab, values, indices);
  if (best < 0 || setting.temperature <= 0.f) {
    if (threadIdx.x == 0) tokens[blockIdx.x] = static_cast<int32_t>(best);
    return;
  }
  row.maximum = row.logits[best];
  row.inverse_temperature = 1.f / setting.temperature;
  uint32_t threshold = 0;
  if (setting.top_k > 0 && setting.top_k < vocab) {
    threshold = KthKey(row, setting.top_k, bins, choice);
  }
  if (setting.top_p < 1.f) threshold = NucleusKey(row, threshold, setting.top_p, scratch);

  // Each thread sums neighbouring ids; thread 0 finds whose sum the number falls into.
  const int64_t share = (vocab + kThreads - 1) / kThreads;
  const int64_t first = threadIdx.x * share;
  const int64_t end = first + share < vocab ? first + share : vocab;
  auto weight = [&](int64_t i) {
    const float p = KeyOf(row.logits[i]) >= threshold ? row.Probability(row.logits[i]) : 0.f;
    return p >= setting.min_p ? p : 0.f;
  };
  float sum = 0;
  for (int64_t i = first; i < end; ++i) sum += weight(i);
  values[threadIdx.x] = sum;
  __syncthreads();
  if (threadIdx.x == 0) {
    float total = 0;
    for (int t = 0; t < kThreads; ++t) total += values[t];
    const float wanted = setting.uniform * total;
    float before = 0;
    int owner = static_cast<int>(best / share);  // if rounding leaves none
    float rest = 0;
    for (int t = 0; t < kThreads; ++t) {
      if (values[t] > 0.f) {
        owner = t;
        rest = wanted - before;
        if (before + values[t] > wanted) break;
      }
      before += values[t];
    }
    choice[0] = static_cast<uint32_t>(owner);
    scratch[0] = rest;
  }
  __syncthreads();
  if (threadIdx.x != choice[0]) return;
  int64_t token = best;
  float before = 0;
  for (int64_t i = first; i < end; ++i) {
    const float w = weight(i);
    if (w <= 0.f) continue;
    token = i;
    before += w;
    if (before > scratch[0]) break;
  }
  tokens[blockIdx.x] = static_cast<int32_t>(token);
}

}  // namespace

cudaError_t SampleRows(const float* logits, int64_t ld, int64_t rows, int64_t vocab,
                       const SampleRow* settings, int32_t* tokens, cudaStream_t stream) {
  if (rows == 0) return cudaSuccess;
  return Launch(SampleKernel, static_cast<unsigned int>(rows), kThreads, 0, stream, logits, ld,
                vocab, settings, tokens);
}

}  // namespace footnote::kernels::cuda
