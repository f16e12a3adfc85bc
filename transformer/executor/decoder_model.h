#ifndef FOOTNOTE_TRANSFORMER_EXECUTOR_DECODER_MODEL_H_
#define FOOTNOTE_TRANSFORMER_EXECUTOR_DECODER_MODEL_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "kernels/ops.h"
#include "transformer/executor/cached_sequence.h"
#include "transformer/executor/decoder.h"
#include "transformer/executor/encoder_stack.h"
#include "transformer/executor/kv_cache.h"
#include "transformer/families/definition.h"
#include "transformer/language_model.h"
#include "transformer/weights/weight_file.h"

namespace footnote::transformer {

// What a model is made of, once its files agree with each other.
struct ModelParts {
  ModelDefinition definition;
  std::unique_ptr<const Tokenizer> tokenizer;
  std::unique_ptr<kernels::Ops> ops;
  MemoryPlan plan;
  // Of a GGUF file, whose tensors have other names than those that adapters use.
  bool from_gguf = false;
};

// A LanguageModel: cuts the tokens of a call into the Decoder's steps and keeps
// the sequences' cache; an encoder, where there is one, fills it from the source
// text first.
class DecoderModel : public LanguageModel {
 public:
  // Loads the weights; `file` isn't needed afterwards. Errors: DataLoss,
  // ResourceExhausted.
  static absl::StatusOr<std::unique_ptr<LanguageModel>> Load(ModelParts parts,
                                                             const WeightFile& file,
                                                             const LanguageModelOptions& options);

  const TransformerConfig& config() const override { return parts_.definition.config; }
  const Tokenizer& tokenizer() const override { return *parts_.tokenizer; }
  absl::string_view device() const override { return parts_.ops->name(); }
  const MemoryPlan& memory() const override { return parts_.plan; }
  const std::string& fingerprint() const override { return fingerprint_; }

  absl::StatusOr<std::unique_ptr<Sequence>> NewSequence() override;
  absl::StatusOr<std::unique_ptr<Sequence>> NewSequence(absl::Span<const int32_t> source,
                                                        const Adapter* adapter) override;
  absl::StatusOr<Logits> Forward(absl::Span<const SequenceInput> inputs) override;
  absl::StatusOr<std::vector<float>> HiddenStates(const SequenceInput& input) override;
  absl::StatusOr<std::unique_ptr<const Adapter>> LoadAdapter(const std::string& dir) override;
  int64_t free_tokens() const override { return cache_->free_blocks() * kernels::kKvBlockTokens; }

 private:
  // Some rows of a step whose results are wanted: called after each step.
  using Output = std::function<absl::Status(absl::Span<const int32_t> rows)>;

  explicit DecoderModel(ModelParts parts) : parts_(std::move(parts)) {}

  // Whether it was loaded for this model; null is.
  absl::Status CheckAdapter(const Adapter* adapter) const;
  absl::Status CheckTokens(absl::Span<const int32_t> tokens) const;
  absl::Status CheckFree(int64_t blocks) const;
  absl::Status CheckInputs(absl::Span<const SequenceInput> inputs) const;
  // Takes the cache blocks, runs all tokens and lengthens the sequences; on an
  // error nothing has changed.
  absl::Status RunAll(absl::Span<const SequenceInput> inputs, const Output& output);

  ModelParts parts_;
  std::string fingerprint_;
  std::unique_ptr<KvCache> cache_;
  std::unique_ptr<Decoder> decoder_;
  std::unique_ptr<EncoderStack> encoder_;  // null: the model has none
};

}  // namespace footnote::transformer

#endif  // FOOTNOTE_TRANSFORMER_EXECUTOR_DECODER_MODEL_H_
