#include "kernels/kv_cache.h"

#include <cassert>
#include <cstring>

#include "kernels/bfloat16.h"
#include "kernels/kv_layout.h"
#include "kernels/vector_ops.h"

namespace footnote::kernels {
namespace {

void StoreHead(CpuLevel level, KvFormat format, const float* x, int64_t dim, void* to,
               float* scale) {
  switch (format) {
    case KvFormat::kF32:
      std::memcpy(to, x, dim * sizeof(float));
      return;
    case KvFormat::kBf16:
      ToBf16(level, x, dim, static_cast<Bf16*>(to));
      return;
    case KvFormat::kInt8:
      QuantizeSymmetric(level, x, dim, static_cast<int8_t*>(to), scale);
      return;
  }
}

}  // namespace

size_t KvBlockBytes(KvFormat format, int64_t kv_heads, int64_t head_dim) {
  return static_cast<size_t>(internal::KvBytesOfBlock(format, kv_heads, head_dim));
}

void StoreKvRows(CpuLevel level, const CpuStep& step, const KvLayer& cache, const float* k,
                 int64_t ldk, const float* v, int64_t ldv, int64_t first, int64_t last) {
  const int64_t dim = cache.head_dim;
  assert(dim > 0 && dim % 8 == 0 && cache.kv_heads > 0);
  for (int64_t s = 0; s < step.sequences(); ++s) {
    const int64_t begin = step.first_row[s] > first ? step.first_row[s] : first;
    const int64_t end = step.first_row[s + 1] < last ? step.first_row[s + 1] : last;
    for (int64_t row = begin; row < end; ++row) {
      const int64_t token = step.kv_length[s] - (step.first_row[s + 1] - row);
      assert(token >= 0 && token / kKvBlockTokens < step.max_blocks);
      const int64_t block = step.block_table[s * step.max_blocks + token / kKvBlockTokens];
      const int64_t slot = token % kKvBlockTokens;
      for (int64_t h = 0; h < cache.kv_heads; ++h) {
        const internal::KvPlace place = internal::KvPlaceOf(cache, block, h);
        const int64_t offset = slot * dim * internal::KvElementBytes(cache.format);
        StoreHead(level, cache.format, k + row * ldk + h * dim, dim, place.keys + offset,
                  place.key_scales + slot);
        StoreHead(level, cache.format, v + row * ldv + h * dim, dim, place.values + offset,
                  place.value_scales + slot);
      }
    }
  }
}

}  // namespace footnote::kernels
