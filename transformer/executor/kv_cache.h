#ifndef FOOTNOTE_TRANSFORMER_EXECUTOR_KV_CACHE_H_
#define FOOTNOTE_TRANSFORMER_EXECUTOR_KV_CACHE_H_

#include <cstdint>
#include <memory>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "kernels/ops.h"

namespace footnote::transformer {

// What the cached keys and values of a model look like.
struct KvShape {
  kernels::KvFormat format = kernels::KvFormat::kBf16;
  int64_t layers = 0;
  int64_t kv_heads = 0;
  int64_t head_dim = 0;
};

// A pool of blocks of kernels::kKvBlockTokens tokens' keys and values. A block
// has the same number in every layer. One thread at a time; must not outlive
// `ops`.
class KvCache {
 public:
  // Errors: ResourceExhausted.
  static absl::StatusOr<std::unique_ptr<KvCache>> Create(kernels::Ops* ops, const KvShape& shape,
                                                         int64_t blocks);

  kernels::KvLayer layer(int64_t index) const;
  int64_t blocks() const { return blocks_; }
  int64_t free_blocks() const { return static_cast<int64_t>(free_.size()); }
  // Takes a block. Precondition: free_blocks() > 0.
  int32_t Take();
  void Give(int32_t block) { free_.push_back(block); }

  // Of one token in all layers.
  static uint64_t BytesPerToken(const KvShape& shape);

 private:
  KvCache(const KvShape& shape, int64_t blocks) : shape_(shape), blocks_(blocks) {}

  KvShape shape_;
  int64_t blocks_;
  std::vector<kernels::Ops::Memory> layers_;
  std::vector<int32_t> free_;
};

}  // namespace footnote::transformer

#endif  // FOOTNOTE_TRANSFORMER_EXECUTOR_KV_CACHE_H_
