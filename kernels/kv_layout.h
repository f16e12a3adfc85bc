#ifndef FOOTNOTE_KERNELS_KV_LAYOUT_H_
#define FOOTNOTE_KERNELS_KV_LAYOUT_H_

#include <cstdint>

#include "kernels/op_types.h"

// Where things lie in a cache; see KvLayer. In an unnamed namespace, because the
// sources of one instruction set use it too.
namespace footnote::kernels::internal {
namespace {

inline int64_t KvElementBytes(KvFormat format) {
  return format == KvFormat::kF32 ? 4 : format == KvFormat::kBf16 ? 2 : 1;
}

inline int64_t KvBytesOfBlock(KvFormat format, int64_t kv_heads, int64_t head_dim) {
  const int64_t tokens = kv_heads * kKvBlockTokens;
  const int64_t scales = format == KvFormat::kInt8 ? 2 * tokens * 4 : 0;
  return 2 * tokens * head_dim * KvElementBytes(format) + scales;
}

// One kv head's tokens in one block.
struct KvPlace {
  char* keys = nullptr;         // [kKvBlockTokens, head_dim]
  char* values = nullptr;       // the same
  float* key_scales = nullptr;  // [kKvBlockTokens]; null but for kInt8
  float* value_scales = nullptr;
};

inline KvPlace KvPlaceOf(const KvLayer& cache, int64_t block, int64_t kv_head) {
  const int64_t head = kKvBlockTokens * cache.head_dim * KvElementBytes(cache.format);
  char* data = static_cast<char*>(cache.data) +
               block * KvBytesOfBlock(cache.format, cache.kv_heads, cache.head_dim);
  KvPlace place;
  place.keys = data + kv_head * head;
  place.values = data + (cache.kv_heads + kv_head) * head;
  if (cache.format == KvFormat::kInt8) {
    float* scales = reinterpret_cast<float*>(data + 2 * cache.kv_heads * head);
    place.key_scales = scales + kv_head * kKvBlockTokens;
    place.value_scales = scales + (cache.kv_heads + kv_head) * kKvBlockTokens;
  }
  return place;
}

}  // namespace
}  // namespace footnote::kernels::internal

#endif  // FOOTNOTE_KERNELS_KV_LAYOUT_H_
