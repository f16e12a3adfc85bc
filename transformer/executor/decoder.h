#ifndef FOOTNOTE_TRANSFORMER_EXECUTOR_DECODER_H_
#define FOOTNOTE_TRANSFORMER_EXECUTOR_DECODER_H_

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
#include "transformer/executor/rotary_tables.h"
#include "transformer/executor/weights.h"
#include "transformer/model/transformer_config.h"

namespace footnote::transformer {

// The rows of a step: new tokens of some sequences, as kernels::StepLayout wants
// them.
struct StepRows {
  std::vector<int32_t> tokens;     // [rows]
  std::vector<int32_t> positions;  // [rows]
  std::vector<int32_t> first_row = {0};
  std::vector<int32_t> kv_length;
  std::vector<int32_t> block_table;
  int64_t max_blocks = 0;
  // The same of the texts that an encoder read.
  std::vector<int32_t> source_length;
  std::vector<int32_t> source_table;
  int64_t max_source_blocks = 0;
  std::vector<AdapterRows> adapters;
  bool long_context = false;  // which of LongRoPE's lists

  int64_t rows() const { return static_cast<int64_t>(tokens.size()); }
};

// The forward pass of a decoder: one TransformerConfig's layers over
// kernels::Ops. Not thread-safe. What it was given must outlive it.
class Decoder {
 public:
  // Rows of a step at most; longer prompts take several steps.
  static constexpr int64_t kMaxRows = 1024;

  // Errors: ResourceExhausted.
  static absl::StatusOr<std::unique_ptr<Decoder>> Create(kernels::Ops* ops,
                                                         const TransformerConfig* config,
                                                         DecoderWeights weights, KvCache* cache,
                                                         int64_t max_positions);

  // Bytes of device memory that it takes beside weights and cache.
  static uint64_t ScratchBytes(const TransformerConfig& config, int64_t max_positions);

  // Runs the layers over the rows, at least 1 and at most kMaxRows, and stores
  // their keys and values. The hidden states stay for the two below.
  void Run(const StepRows& rows);

  // Logits [rows, vocab_size] of some rows of the last Run, onto the host.
  // Errors: what the device reports.
  absl::Status CopyLogits(absl::Span<const int32_t> rows, float* out);
  // Hidden states [rows, hidden_size] after the final norm.
  absl::Status CopyHidden(absl::Span<const int32_t> rows, float* out);

  const DecoderWeights& weights() const { return weights_; }

 private:
  // Rows that go through the head at once.
  static int64_t HeadRows(const TransformerConfig& config);

  Decoder(kernels::Ops* ops, const TransformerConfig* config, DecoderWeights weights,
          KvCache* cache);

  absl::Status Allocate(int64_t max_positions);
  void Embed(const StepRows& rows);
  void RunLayer(const StepContext& context, int64_t index, bool long_context);
  void RunSequential(const StepContext& context, const LayerWeights& layer,
                     const AttentionInputs& inputs);
  void RunPostNorm(const StepContext& context, const LayerWeights& layer,
                   const AttentionInputs& inputs);
  void RunParallel(const StepContext& context, const LayerWeights& layer,
                   const AttentionInputs& inputs);
  // Attention to the encoder's states, if the layer has it.
  void AttendToSource(const StepContext& context, const LayerWeights& layer,
                      const kernels::KvLayer& cache);
  // Adds linear(x) to the residual, through `post` where there is such a norm.
  void AddToResidual(const StepContext& context, const Linear& linear, Rows x, const Norm& post);
  // Gathers some rows of the hidden states into normed_ and norms them.
  Rows FinalRows(absl::Span<const int32_t> rows);

  kernels::Ops* ops_;
  const TransformerConfig* config_;
  DecoderWeights weights_;
  KvCache* cache_;
  std::unique_ptr<RotaryTables> rotary_;
  std::unique_ptr<kernels::Step> step_;
  std::unique_ptr<kernels::Step> source_step_;
  DistanceBias alibi_;

  // Scratch, [kMaxRows, width] each.
  DeviceVector x_;         // the residual, hidden_size
  DeviceVector normed_;    // hidden_size
  DeviceVector output_;    // hidden_size: a block's output, or a second norm's
  DeviceVector narrow_;    // embedding_size, where it differs
  DeviceVector qkv_;       // (heads + 2 kv_heads) * head_dim
  DeviceVector attended_;  // heads * head_dim
  DeviceVector inner_;     // intermediate_size, twice if gated
  DeviceVector lora_;      // kMaxLoraRank
  DeviceVector logits_;    // [HeadRows, vocab_size]
};

}  // namespace footnote::transformer

#endif  // FOOTNOTE_TRANSFORMER_EXECUTOR_DECODER_H_
