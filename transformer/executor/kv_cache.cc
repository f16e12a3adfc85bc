#include "transformer/executor/kv_cache.h"

#include <cassert>
#include <utility>

#include "kernels/base/status_macros.h"

namespace footnote::transformer {

absl::StatusOr<std::unique_ptr<KvCache>> KvCache::Create(kernels::Ops* ops, const KvShape& shape,
                                                         int64_t blocks) {
  std::unique_ptr<KvCache> cache(new KvCache(shape, blocks));
  const size_t bytes = kernels::KvBlockBytes(shape.format, shape.kv_heads, shape.head_dim) *
                       static_cast<size_t>(blocks);
  for (int64_t i = 0; i < shape.layers; ++i) {
    FN_ASSIGN_OR_RETURN(kernels::Ops::Memory memory, ops->Allocate(bytes));
    cache->layers_.push_back(std::move(memory));
  }
  // The last one is taken first: low numbers, so that few pages are touched.
  for (int64_t i = blocks - 1; i >= 0; --i) cache->free_.push_back(static_cast<int32_t>(i));
  return cache;
}

kernels::KvLayer KvCache::layer(int64_t index) const {
  kernels::KvLayer layer;
  layer.format = shape_.format;
  layer.kv_heads = shape_.kv_heads;
  layer.head_dim = shape_.head_dim;
  layer.data = layers_[index].get();
  return layer;
}

int32_t KvCache::Take() {
  assert(!free_.empty());
  const int32_t block = free_.back();
  free_.pop_back();
  return block;
}

uint64_t KvCache::BytesPerToken(const KvShape& shape) {
  return kernels::KvBlockBytes(shape.format, shape.kv_heads, shape.head_dim) *
         static_cast<uint64_t>(shape.layers) / kernels::kKvBlockTokens;
}

}  // namespace footnote::transformer
