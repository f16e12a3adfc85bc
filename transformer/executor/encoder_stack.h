#ifndef FOOTNOTE_TRANSFORMER_EXECUTOR_ENCODER_STACK_H_
#define FOOTNOTE_TRANSFORMER_EXECUTOR_ENCODER_STACK_H_

#include <cstdint>
#include <memory>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "kernels/ops.h"
#include "transformer/executor/blocks.h"
#include "transformer/executor/kv_cache.h"
#include "transformer/executor/lora.h"
#include "transformer/executor/weights.h"
#include "transformer/model/transformer_config.h"

namespace footnote::transformer {

// The encoder of an encoder-decoder: reads a source text and leaves in the cache
// the keys and values that each of the decoder's layers attends to. Not
// thread-safe. What it was given must outlive it.
class EncoderStack {
 public:
  // `decoder` has the token table and the cross-attention's projections. Errors:
  // ResourceExhausted.
  static absl::StatusOr<std::unique_ptr<EncoderStack>> Create(kernels::Ops* ops,
                                                              const TransformerConfig* config,
                                                              EncoderWeights weights,
                                                              const DecoderWeights* decoder,
                                                              KvCache* cache);

  // Bytes of device memory that it takes beside weights and cache.
  static uint64_t ScratchBytes(const TransformerConfig& config);

  // `blocks` of the cache hold as many tokens as `source` has, which is at least 1 and
  // at most the model's context. On the way, their first layer holds the encoder's
  // own keys and values. `adapter`, null for none, changes both the encoder and
  // what the decoder attends to. Errors: what the device reports.
  absl::Status Encode(absl::Span<const int32_t> source, const LoraAdapter* adapter,
                      absl::Span<const int32_t> blocks);

 private:
  EncoderStack(kernels::Ops* ops, const TransformerConfig* config, EncoderWeights weights,
               const DecoderWeights* decoder, KvCache* cache);

  absl::Status Allocate();
  // Calls fn(first row, rows) for parts of `rows` rows that fit in the scratch.
  template <typename Fn>
  void InParts(int64_t rows, const Fn& fn);
  void RunLayer(const LayerWeights& layer, int64_t rows);
  void StoreForDecoder(int64_t rows, absl::Span<const int32_t> blocks);
  // `rows` rows, all of them adapter_'s.
  StepContext Context(int64_t rows);

  kernels::Ops* ops_;
  const TransformerConfig* config_;
  EncoderWeights weights_;
  const DecoderWeights* decoder_;
  KvCache* cache_;
  std::unique_ptr<kernels::Step> step_;  // of all rows
  std::unique_ptr<kernels::Step> part_;
  std::vector<AdapterRows> adapter_;  // of the text that is being read; one or none

  DeviceVector x_;         // the residual, [context_length, hidden_size]
  DeviceVector qkv_;       // [context_length, 3 heads * head_dim]
  DeviceVector attended_;  // [context_length, heads * head_dim]
  DeviceVector normed_;    // [Decoder::kMaxRows, hidden_size]
  DeviceVector lora_;      // [Decoder::kMaxRows, kMaxLoraRank]
  DeviceVector inner_;     // [Decoder::kMaxRows, intermediate_size, twice if gated]
};

}  // namespace footnote::transformer

#endif  // FOOTNOTE_TRANSFORMER_EXECUTOR_ENCODER_STACK_H_
