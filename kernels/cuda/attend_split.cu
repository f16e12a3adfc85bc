// Attention of single rows over a paged cache (decoding): the keys of a row are
// split over blocks of kSplitKeys, and a second kernel merges the parts in order,
// without atomics ("Flash-Decoding": Dao et al. 2023,
// https://crfm.stanford.edu/2023/10/12/flashdecoding.html). All heads that share a
// key head are in one block (up to kHeads), so the cache is read once. f32
// arithmetic; a row's bits depend on its own keys alone.
#include <cmath>

#include "kernels/cuda/device.cuh"
#include "kernels/cuda/kv_cache.cuh"
#include "kernels/cuda/launch.h"

namespace footnote::kernels::cuda {
namespace {

constexpr int kThreads = 128;
constexpr int kWarps = kThreads / kWarp;
constexpr int kHeads = 8;              // query heads of a block
constexpr int kKeys = kKvBlockTokens;  // keys at a time: one cache block, one lane each
constexpr int kSums = kHeads * kMaxHeadDim / kThreads;  // of a thread
static_assert(kKeys == kWarp);

struct SplitArgs {
  AttendArgs attend;
  StepView step;
  const int32_t* row_list;
  int64_t first;
  SplitScratch scratch;
};

size_t SharedBytes(int64_t dim) {
  return sizeof(float) * (kKeys * (dim + 4) + kKeys * dim + kHeads * dim + kHeads * kKeys + kHeads);
}

// Rotates the vectors that `vectors` warps' turns give: vector v of `count`, at x + v * ld, by the
// position position(v).
template <typename Position>
__device__ inline void RotateVectors(const RotaryTable& rotary, float* x, int64_t ld, int count,
                                     const Position& position) {
  const int64_t half = rotary.dims / 2;
  for (int v = threadIdx.x / kWarp; v < count; v += kWarps) {
    const int64_t at = position(v) * half;
    for (int64_t i = threadIdx.x % kWarp; i < half; i += kWarp) {
      const RotaryPair pair = PairOf(rotary, i);
      const float c = rotary.cos[at + i];
      const float s = rotary.sin[at + i];
      const float a = x[v * ld + pair.first];
      const float b = x[v * ld + pair.second];
      x[v * ld + pair.first] = a * c - b * s;
      x[v * ld + pair.second] = b * c + a * s;
    }
  }
}

__global__ void __launch_bounds__(kThreads) SplitKernel(SplitArgs args) {
  FN_DYNAMIC_SHARED(shared);
  LetNextStart();
  WaitForPrevious();
  const AttendArgs& attend = args.attend;
  const KvLayer& cache = attend.cache;
  const int dim = static_cast<int>(cache.head_dim);
  const int key_ld = dim + 4;  // float4 reads of 8 lanes touch all banks once
  auto* keys = reinterpret_cast<float*>(shared);
  float* values = keys + kKeys * key_ld;
  float* queries = values + kKeys * dim;
  float* weights = queries + kHeads * dim;
  float* corrections = weights + kHeads * kKeys;

  const int64_t splits = args.scratch.splits;
  const int64_t listed = int64_t{blockIdx.x} / splits;
  const int64_t split = int64_t{blockIdx.x} % splits;
  const int64_t row = args.row_list[args.first + listed];
  const int32_t sequence = args.step.row_sequence[row];
  const int32_t position = args.step.positions[row];
  const KeyRange seen =
      VisibleKeys(attend.causal, attend.window, position, args.step.kv_length[sequence]);
  const auto split_low = static_cast<int32_t>(split * kSplitKeys);
  const int32_t low = seen.low > split_low ? seen.low : split_low;
  const int32_t high =
      seen.high < split_low + kSplitKeys ? seen.high : split_low + static_cast<int32_t>(kSplitKeys);
  if (low >= high) return;  // the merging kernel leaves this part out

  const int64_t group = attend.heads / cache.kv_heads;
  const int64_t chunks = (group + kHeads - 1) / kHeads;
  const int64_t kv_head = int64_t{blockIdx.y} / chunks;
  const int64_t in_group = int64_t{blockIdx.y} % chunks * kHeads;
  const int64_t first_head = kv_head * group + in_group;
  const int heads = static_cast<int>(group - in_group < kHeads ? group - in_group : kHeads);

  for (int i = threadIdx.x; i < heads * dim; i += kThreads) {
    queries[i] = attend.q[row * attend.ldq + first_head * dim + i];
  }
  __syncthreads();
  RotateVectors(attend.rotary, queries, dim, heads, [&](int) { return int64_t{position}; });

  const int lane = threadIdx.x % kWarp;
  const int warp = threadIdx.x / kWarp;
  // Each warp has the softmax of heads `warp` and `warp + kWarps`.
  float maxima[2] = {-INFINITY, -INFINITY};
  float totals[2] = {0, 0};
  float sums[kSums] = {};
  const KvBlock layout = BlockLayout(cache);
  const int32_t* table = args.step.block_table + sequence * int64_t{*args.step.max_blocks};
  for (int32_t tile = low / kKeys; tile <= (high - 1) / kKeys; ++tile) {
    const int64_t block = table[tile];
    const int chunks_of_8 = dim / 8;
    for (int i = threadIdx.x; i < kKeys * chunks_of_8; i += kThreads) {
      const int j = i / chunks_of_8;
      const int d = i % chunks_of_8 * 8;
      float k[8] = {};
      float v[8] = {};
      if (tile * kKeys + j < high) {
        LoadKv8(cache, layout, block, kv_head, j, d, false, k);
        LoadKv8(cache, layout, block, kv_head, j, d, true, v);
      }
#pragma unroll
      for (int e = 0; e < 8; ++e) {
        keys[j * key_ld + d + e] = k[e];
        values[j * dim + d + e] = v[e];
      }
    }
    __syncthreads();
    if (attend.rotary.dims > 0) {
      const int live = high - tile * kKeys < kKeys ? high - tile * kKeys : kKeys;
      RotateVectors(attend.rotary, keys, key_ld, live,
                    [&](int j) { return int64_t{tile} * kKeys + j; });
      __syncthreads();
    }
#pragma unroll
    for (int s = 0; s < 2; ++s) {
      const int g = warp + s * kWarps;
      if (g >= heads) continue;
      const int32_t key = tile * kKeys + lane;
      float score = -INFINITY;
      if (key >= low && key < high) {
        const auto* k4 = reinterpret_cast<const float4*>(keys + lane * key_ld);
        const auto* q4 = reinterpret_cast<const float4*>(queries + g * dim);
        float dot = 0;
        for (int d = 0; d < dim / 4; ++d) {
          const float4 a = k4[d];
          const float4 b = q4[d];
          dot = fmaf(a.x, b.x, dot);
          dot = fmaf(a.y, b.y, dot);
          dot = fmaf(a.z, b.z, dot);
          dot = fmaf(a.w, b.w, dot);
        }
        score = Score(attend, first_head + g, position, key, dot);
      }
      const float maximum = fmaxf(maxima[s], WarpMax(score));
      const float p = score == -INFINITY ? 0.f : expf(score - maximum);
      const float correction = maxima[s] == -INFINITY ? 0.f : expf(maxima[s] - maximum);
      maxima[s] = maximum;
      totals[s] = fmaf(totals[s], correction, WarpSum(p));
      weights[g * kKeys + lane] = p;
      if (lane == 0) corrections[g] = correction;
    }
    __syncthreads();
#pragma unroll
    for (int s = 0; s < kSums; ++s) {
      const int i = s * kThreads + static_cast<int>(threadIdx.x);
      if (i >= heads * dim) break;
      const int g = i / dim;
      float sum = sums[s] * corrections[g];
      const float* v = values + i % dim;
      for (int j = 0; j < kKeys; ++j) sum = fmaf(weights[g * kKeys + j], v[j * dim], sum);
      sums[s] = sum;
    }
    __syncthreads();
  }

  const int64_t part = 2 + dim;
  float* out = args.scratch.partial + (listed * attend.heads + first_head) * splits * part;
#pragma unroll
  for (int s = 0; s < 2; ++s) {
    const int g = warp + s * kWarps;
    if (g >= heads || lane != 0) continue;
    float* to = out + (g * splits + split) * part;
    to[0] = maxima[s];
    to[1] = totals[s];
  }
#pragma unroll
  for (int s = 0; s < kSums; ++s) {
    const int i = s * kThreads + static_cast<int>(threadIdx.x);
    if (i >= heads * dim) break;
    out[(i / dim * splits + split) * part + 2 + i % dim] = sums[s];
  }
}

// One block per row and head.
__global__ void __launch_bounds__(kThreads) MergeKernel(SplitArgs args) {
  LetNextStart();
  WaitForPrevious();
  const AttendArgs& attend = args.attend;
  const int64_t dim = attend.cache.head_dim;
  const int64_t listed = int64_t{blockIdx.x} / attend.heads;
  const int64_t head = int64_t{blockIdx.x} % attend.heads;
  const int64_t row = args.row_list[args.first + listed];
  const int32_t sequence = args.step.row_sequence[row];
  const KeyRange seen = VisibleKeys(attend.causal, attend.window, args.step.positions[row],
                                    args.step.kv_length[sequence]);
  const int64_t splits = args.scratch.splits;
  const int64_t part = 2 + dim;
  const float* in = args.scratch.partial + (listed * attend.heads + head) * splits * part;
  float* out = attend.out + row * attend.ldo + head * dim;
  const int64_t first = seen.low / kSplitKeys;
  const int64_t end = seen.low < seen.high ? (seen.high - 1) / kSplitKeys + 1 : first;
  float maximum = -INFINITY;
  for (int64_t s = first; s < end; ++s) maximum = fmaxf(maximum, in[s * part]);
  for (int64_t d = threadIdx.x; d < dim; d += kThreads) {
    float total = 0;
    float sum = 0;
    for (int64_t s = first; s < end; ++s) {
      const float weight = in[s * part] == -INFINITY ? 0.f : expf(in[s * part] - maximum);
      total = fmaf(in[s * part + 1], weight, total);
      sum = fmaf(in[s * part + 2 + d], weight, sum);
    }
    out[d] = total == 0.f ? 0.f : sum / total;
  }
}

}  // namespace

cudaError_t AttendSplit(const AttendArgs& attend, const StepView& step, const int32_t* row_list,
                        int64_t first, int64_t rows, const SplitScratch& scratch,
                        cudaStream_t stream) {
  if (rows == 0) return cudaSuccess;
  const KvLayer& cache = attend.cache;
  if (cache.head_dim > kMaxHeadDim || cache.head_dim % 8 != 0) return cudaErrorInvalidValue;
  const size_t shared = SharedBytes(cache.head_dim);
  const cudaError_t allowed = cudaFuncSetAttribute(
      SplitKernel, cudaFuncAttributeMaxDynamicSharedMemorySize, static_cast<int>(shared));
  if (allowed != cudaSuccess) return allowed;
  const SplitArgs args = {attend, step, row_list, first, scratch};
  const int64_t group = attend.heads / cache.kv_heads;
  const dim3 grid(static_cast<unsigned int>(rows * scratch.splits),
                  static_cast<unsigned int>(cache.kv_heads * ((group + kHeads - 1) / kHeads)));
  const cudaError_t launched = Launch(SplitKernel, grid, kThreads, shared, stream, args);
  if (launched != cudaSuccess) return launched;
  return Launch(MergeKernel, static_cast<unsigned int>(rows * attend.heads), kThreads, 0, stream,
                args);
}

}  // namespace footnote::kernels::cuda
