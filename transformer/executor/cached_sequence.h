#ifndef FOOTNOTE_TRANSFORMER_EXECUTOR_CACHED_SEQUENCE_H_
#define FOOTNOTE_TRANSFORMER_EXECUTOR_CACHED_SEQUENCE_H_

#include <cstdint>
#include <vector>

#include "absl/types/span.h"
#include "transformer/executor/kv_cache.h"
#include "transformer/executor/lora.h"
#include "transformer/language_model.h"

namespace footnote::transformer {

// A sequence in a KvCache: its tokens and the blocks that hold their keys and
// values. What is beyond `computed` tokens in the cache is unknown.
class CachedSequence : public Sequence {
 public:
  explicit CachedSequence(KvCache* cache) : cache_(cache) {}
  ~CachedSequence() override;
  CachedSequence(const CachedSequence&) = delete;
  CachedSequence& operator=(const CachedSequence&) = delete;

  int64_t length() const override { return static_cast<int64_t>(tokens_.size()); }
  void Truncate(int64_t length) override;

  // Blocks that it lacks for `tokens` tokens.
  int64_t Missing(int64_t tokens) const;
  // Takes them. Precondition: the cache has as many free.
  void Reserve(int64_t tokens);
  // Gives back the blocks beyond those of `tokens` tokens.
  void Shrink(int64_t tokens);
  void Append(absl::Span<const int32_t> tokens);

  absl::Span<const int32_t> tokens() const { return tokens_; }
  absl::Span<const int32_t> blocks() const { return blocks_; }

  // Takes the blocks for the text that an encoder reads; they are given back with
  // the sequence. `adapter` is what it reads with. Precondition: the cache has as
  // many free.
  void ReserveSource(int64_t tokens, const LoraAdapter* adapter);
  absl::Span<const int32_t> source_blocks() const { return source_blocks_; }
  int64_t source_length() const { return source_length_; }
  const LoraAdapter* source_adapter() const { return source_adapter_; }
  static int64_t BlocksOf(int64_t tokens);

  // Tokens whose keys and values are valid, and for which of LongRoPE's two
  // lists of factors they were computed: deeper layers depend on it.
  int64_t computed() const { return computed_; }
  bool long_context() const { return long_context_; }
  void SetComputed(int64_t tokens, bool long_context) {
    computed_ = tokens;
    long_context_ = long_context;
  }

 private:
  KvCache* cache_;
  std::vector<int32_t> tokens_;
  std::vector<int32_t> blocks_;
  std::vector<int32_t> source_blocks_;
  int64_t source_length_ = 0;
  const LoraAdapter* source_adapter_ = nullptr;
  int64_t computed_ = 0;
  bool long_context_ = false;
};

}  // namespace footnote::transformer

#endif  // FOOTNOTE_TRANSFORMER_EXECUTOR_CACHED_SEQUENCE_H_
