#include "transformer/executor/cached_sequence.h"

#include <algorithm>
#include <cassert>

namespace footnote::transformer {

CachedSequence::~CachedSequence() {
  Shrink(0);
  for (const int32_t block : source_blocks_) cache_->Give(block);
}

int64_t CachedSequence::BlocksOf(int64_t tokens) {
  return (tokens + kernels::kKvBlockTokens - 1) / kernels::kKvBlockTokens;
}

void CachedSequence::ReserveSource(int64_t tokens, const LoraAdapter* adapter) {
  assert(source_blocks_.empty());
  for (int64_t n = BlocksOf(tokens); n > 0; --n) source_blocks_.push_back(cache_->Take());
  source_length_ = tokens;
  source_adapter_ = adapter;
}

void CachedSequence::Truncate(int64_t length) {
  assert(length >= 0 && length <= this->length());
  tokens_.resize(length);
  computed_ = std::min(computed_, length);
  Shrink(length);
}

int64_t CachedSequence::Missing(int64_t tokens) const {
  return std::max<int64_t>(0, BlocksOf(tokens) - static_cast<int64_t>(blocks_.size()));
}

void CachedSequence::Reserve(int64_t tokens) {
  for (int64_t n = Missing(tokens); n > 0; --n) blocks_.push_back(cache_->Take());
}

void CachedSequence::Shrink(int64_t tokens) {
  const int64_t keep = BlocksOf(tokens);
  while (static_cast<int64_t>(blocks_.size()) > keep) {
    cache_->Give(blocks_.back());
    blocks_.pop_back();
  }
}

void CachedSequence::Append(absl::Span<const int32_t> tokens) {
  tokens_.insert(tokens_.end(), tokens.begin(), tokens.end());
}

}  // namespace footnote::transformer
