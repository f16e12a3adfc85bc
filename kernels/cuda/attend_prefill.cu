// Attention of a prompt's rows over a paged cache: bf16 products on the tensor
// cores, f32 sums, online softmax (FlashAttention-2: Dao 2023,
// https://arxiv.org/abs/2307.08691). A block has kPrefillRows rows of one head, 16
// a warp; keys and values pass through shared memory, where keys are rotated.
#include <cmath>

#include "kernels/cuda/device.cuh"
#include "kernels/cuda/kv_cache.cuh"
#include "kernels/cuda/launch.h"

namespace footnote::kernels::cuda {
namespace {

constexpr int kRowsOfWarp = 16;
constexpr int kWarps = kPrefillRows / kRowsOfWarp;
constexpr int kThreads = kWarps * kWarp;

struct PrefillArgs {
  AttendArgs attend;
  StepView step;
};

template <int kDim, int kKeys>
constexpr size_t SharedBytes() {
  return sizeof(uint16_t) * (kDim + 8) * (kPrefillRows + 2 * kKeys);
}

// Number d of a head of q, rotated.
__device__ inline float RotatedQuery(const RotaryTable& rotary, const float* q, int64_t position,
                                     int d) {
  const float x = q[d];
  if (d >= rotary.dims) return x;
  const auto half = static_cast<int>(rotary.dims / 2);
  const bool halves = rotary.layout == RotaryLayout::kHalf;
  const int i = halves ? (d < half ? d : d - half) : d / 2;
  const bool is_first = halves ? d < half : d % 2 == 0;
  const int partner = halves ? (is_first ? d + half : d - half) : (is_first ? d + 1 : d - 1);
  const float c = rotary.cos[position * half + i];
  const float s = rotary.sin[position * half + i];
  return is_first ? x * c - q[partner] * s : x * c + q[partner] * s;
}

// Keys (or values) [first, first + kKeys) below `end` into shared memory as bf16; the rest 0.
template <int kDim, int kKeys>
__device__ inline void LoadTile(const KvLayer& cache, const KvBlock& layout, const int32_t* table,
                                int64_t head, int32_t first, int32_t end, bool value,
                                uint16_t* to) {
  constexpr int kChunks = kDim / 8;
  for (int i = threadIdx.x; i < kKeys * kChunks; i += kThreads) {
    const int j = i / kChunks;
    const int d = i % kChunks * 8;
    uint4 packed = {0, 0, 0, 0};
    if (first + j < end && d < cache.head_dim) {
      const int32_t key = first + j;
      const int64_t block = table[key / kKvBlockTokens];
      float x[8];
      LoadKv8(cache, layout, block, head, key % kKvBlockTokens, d, value, x);
      packed = {PackBf16(x[0], x[1]), PackBf16(x[2], x[3]), PackBf16(x[4], x[5]),
                PackBf16(x[6], x[7])};
    }
    *reinterpret_cast<uint4*>(to + j * (kDim + 8) + d) = packed;
  }
}

template <int kDim, int kKeys>
__device__ inline void RotateTile(const RotaryTable& rotary, int32_t first, int32_t end,
                                  uint16_t* keys) {
  const int64_t half = rotary.dims / 2;
  for (int j = threadIdx.x / kWarp; j < kKeys && first + j < end; j += kWarps) {
    uint16_t* x = keys + j * (kDim + 8);
    const int64_t at = (first + j) * half;
    for (int64_t i = threadIdx.x % kWarp; i < half; i += kWarp) {
      const RotaryPair pair = PairOf(rotary, i);
      const float c = rotary.cos[at + i];
      const float s = rotary.sin[at + i];
      const float a = Bf16ToFloat(x[pair.first]);
      const float b = Bf16ToFloat(x[pair.second]);
      const uint32_t rotated = PackBf16(a * c - b * s, b * c + a * s);
      x[pair.first] = static_cast<uint16_t>(rotated & 0xFFFF);
      x[pair.second] = static_cast<uint16_t>(rotated >> 16);
    }
  }
}

template <int kDim, int kKeys>
__global__ void __launch_bounds__(kThreads) PrefillKernel(PrefillArgs args) {
  FN_DYNAMIC_SHARED(shared);
  constexpr int kLd = kDim + 8;  // 16-byte reads of 8 rows touch all banks once
  LetNextStart();
  WaitForPrevious();
  const AttendArgs& attend = args.attend;
  const KvLayer& cache = attend.cache;
  const int dim = static_cast<int>(cache.head_dim);
  auto* queries = reinterpret_cast<uint16_t*>(shared);
  uint16_t* keys = queries + kPrefillRows * kLd;
  uint16_t* values = keys + kKeys * kLd;

  const PrefillTile tile = args.step.tiles[blockIdx.x];
  const int64_t head = blockIdx.y;
  const int64_t kv_head = head / (attend.heads / cache.kv_heads);
  const int32_t length = args.step.kv_length[tile.sequence];
  const int32_t* table = args.step.block_table + tile.sequence * int64_t{*args.step.max_blocks};
  const KvBlock layout = BlockLayout(cache);

  for (int i = threadIdx.x; i < kPrefillRows * kDim; i += kThreads) {
    const int r = i / kDim;
    const int d = i % kDim;
    const int32_t row = tile.first_row + r;
    float x = 0;
    if (row < tile.end_row && d < dim) {
      x = RotatedQuery(attend.rotary, attend.q + row * attend.ldq + head * dim,
                       args.step.positions[row], d);
    }
    queries[r * kLd + d] = static_cast<uint16_t>(PackBf16(x, 0.f));
  }

  const int lane = threadIdx.x % kWarp;
  const int warp = threadIdx.x / kWarp;
  const int quad_row = lane / 4;  // of this lane's first row; the second is 8 below
  const int quad_column = lane % 4 * 2;
  int32_t positions[2];
  KeyRange seen[2];
#pragma unroll
  for (int h = 0; h < 2; ++h) {
    const int32_t row = tile.first_row + warp * kRowsOfWarp + quad_row + 8 * h;
    const bool live = row < tile.end_row;
    positions[h] = live ? args.step.positions[row] : 0;
    seen[h] =
        live ? VisibleKeys(attend.causal, attend.window, positions[h], length) : KeyRange{0, 0};
  }
  // Positions rise along a tile's rows: its first row sees the first key, its last the last one.
  const KeyRange front =
      VisibleKeys(attend.causal, attend.window, args.step.positions[tile.first_row], length);
  const KeyRange back =
      VisibleKeys(attend.causal, attend.window, args.step.positions[tile.end_row - 1], length);

  float maxima[2] = {-INFINITY, -INFINITY};
  float totals[2] = {0, 0};  // of this lane's columns
  float sums[kDim / 8][4] = {};
  for (int32_t first = front.low / kKeys * kKeys; first < back.high; first += kKeys) {
    __syncthreads();  // the last tile has been used
    LoadTile<kDim, kKeys>(cache, layout, table, kv_head, first, back.high, false, keys);
    LoadTile<kDim, kKeys>(cache, layout, table, kv_head, first, back.high, true, values);
    __syncthreads();
    if (attend.rotary.dims > 0) {
      RotateTile<kDim, kKeys>(attend.rotary, first, back.high, keys);
      __syncthreads();
    }
    // Scores of 16 rows and kKeys keys.
    float scores[kKeys / 8][4] = {};
#pragma unroll
    for (int k = 0; k < kDim; k += 16) {
      if (k >= dim) break;
      uint32_t a[4];
      LoadMatrices(queries + (warp * kRowsOfWarp + lane % 16) * kLd + k + lane / 16 * 8, a);
#pragma unroll
      for (int n = 0; n < kKeys / 16; ++n) {
        uint32_t b[4];
        LoadMatrices(keys + (n * 16 + lane / 16 * 8 + lane % 8) * kLd + k + lane / 8 % 2 * 8, b);
        MultiplyBf16(scores[2 * n], a, b[0], b[1]);
        MultiplyBf16(scores[2 * n + 1], a, b[2], b[3]);
      }
    }
    float tile_max[2] = {-INFINITY, -INFINITY};
#pragma unroll
    for (int n = 0; n < kKeys / 8; ++n) {
#pragma unroll
      for (int e = 0; e < 4; ++e) {
        const int h = e / 2;
        const int32_t key = first + n * 8 + quad_column + e % 2;
        scores[n][e] = key >= seen[h].low && key < seen[h].high
                           ? Score(attend, head, positions[h], key, scores[n][e])
                           : -INFINITY;
        tile_max[h] = fmaxf(tile_max[h], scores[n][e]);
      }
    }
    float corrections[2];
#pragma unroll
    for (int h = 0; h < 2; ++h) {
      tile_max[h] = fmaxf(tile_max[h], __shfl_xor_sync(kAllLanes, tile_max[h], 1));
      tile_max[h] = fmaxf(tile_max[h], __shfl_xor_sync(kAllLanes, tile_max[h], 2));
      const float maximum = fmaxf(maxima[h], tile_max[h]);
      corrections[h] = maxima[h] == -INFINITY ? 0.f : __expf(maxima[h] - maximum);
      maxima[h] = maximum;
      totals[h] *= corrections[h];
    }
#pragma unroll
    for (int n = 0; n < kKeys / 8; ++n) {
#pragma unroll
      for (int e = 0; e < 4; ++e) {
        const int h = e / 2;
        scores[n][e] = scores[n][e] == -INFINITY ? 0.f : __expf(scores[n][e] - maxima[h]);
        totals[h] += scores[n][e];
      }
    }
#pragma unroll
    for (int d = 0; d < kDim / 8; ++d) {
      sums[d][0] *= corrections[0];
      sums[d][1] *= corrections[0];
      sums[d][2] *= corrections[1];
      sums[d][3] *= corrections[1];
    }
#pragma unroll
    for (int k = 0; k < kKeys / 16; ++k) {
      const uint32_t a[4] = {PackBf16(scores[2 * k][0], scores[2 * k][1]),
                             PackBf16(scores[2 * k][2], scores[2 * k][3]),
                             PackBf16(scores[2 * k + 1][0], scores[2 * k + 1][1]),
                             PackBf16(scores[2 * k + 1][2], scores[2 * k + 1][3])};
#pragma unroll
      for (int d = 0; d < kDim / 16; ++d) {
        if (d * 16 >= dim) break;
        uint32_t b[4];
        LoadMatricesTransposed(values + (k * 16 + lane % 16) * kLd + d * 16 + lane / 16 * 8, b);
        MultiplyBf16(sums[2 * d], a, b[0], b[1]);
        MultiplyBf16(sums[2 * d + 1], a, b[2], b[3]);
      }
    }
  }
#pragma unroll
  for (int h = 0; h < 2; ++h) {
    totals[h] += __shfl_xor_sync(kAllLanes, totals[h], 1);
    totals[h] += __shfl_xor_sync(kAllLanes, totals[h], 2);
    const int32_t row = tile.first_row + warp * kRowsOfWarp + quad_row + 8 * h;
    if (row >= tile.end_row) continue;
    const float inverse = totals[h] == 0.f ? 0.f : 1.f / totals[h];
    float* out = attend.out + row * attend.ldo + head * dim;
#pragma unroll
    for (int d = 0; d < kDim / 8; ++d) {
      const int column = d * 8 + quad_column;
      if (column >= dim) break;
      out[column] = sums[d][2 * h] * inverse;
      out[column + 1] = sums[d][2 * h + 1] * inverse;
    }
  }
}

template <int kDim, int kKeys>
cudaError_t Run(const PrefillArgs& args, cudaStream_t stream) {
  constexpr size_t kShared = SharedBytes<kDim, kKeys>();
  const cudaError_t allowed =
      cudaFuncSetAttribute(PrefillKernel<kDim, kKeys>, cudaFuncAttributeMaxDynamicSharedMemorySize,
                           static_cast<int>(kShared));
  if (allowed != cudaSuccess) return allowed;
  const dim3 grid(static_cast<unsigned int>(args.step.num_tiles),
                  static_cast<unsigned int>(args.attend.heads));
  return Launch(PrefillKernel<kDim, kKeys>, grid, kThreads, kShared, stream, args);
}

}  // namespace

cudaError_t AttendPrefill(const AttendArgs& attend, const StepView& step, cudaStream_t stream) {
  if (step.num_tiles == 0) return cudaSuccess;
  const int64_t dim = attend.cache.head_dim;
  if (attend.cache.format == KvFormat::kF32 || dim > kMaxHeadDim || dim % 8 != 0) {
    return cudaErrorInvalidValue;
  }
  const PrefillArgs args = {attend, step};
  if (dim <= 64) return Run<64, 64>(args, stream);
  if (dim <= 128) return Run<128, 64>(args, stream);
  return Run<256, 32>(args, stream);
}

}  // namespace footnote::kernels::cuda
