#include "transformer/executor/decoder_model.h"

#include <algorithm>
#include <cmath>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "kernels/base/hash.h"
#include "kernels/base/status_macros.h"
#include "transformer/executor/adapter_loader.h"
#include "transformer/executor/memory_plan.h"
#include "transformer/executor/step_plan.h"
#include "transformer/executor/weight_loader.h"
#include "transformer/families/layouts.h"

namespace footnote::transformer {
namespace {

// LongRoPE's original context; 0 for a model without it.
int64_t OriginalContext(const TransformerConfig& config) {
  for (const RotaryConfig& rotary : config.rotary) {
    if (rotary.scaling == RotaryConfig::Scaling::kLongRope) return rotary.original_context;
  }
  return 0;
}

CachedSequence* Cached(Sequence* sequence) { return static_cast<CachedSequence*>(sequence); }

// The first token whose result is wanted.
int64_t FirstOutput(const SequenceInput& input, int64_t old_length, int64_t length) {
  switch (input.logits) {
    case LogitRows::kAll:
      return old_length;
    case LogitRows::kLast:
      return length - 1;
    case LogitRows::kNone:
      break;
  }
  return length;
}

absl::Status CheckFinite(absl::Span<const float> values) {
  const bool finite =
      std::all_of(values.begin(), values.end(), [](float v) { return std::isfinite(v); });
  return finite ? absl::OkStatus()
                : absl::InternalError(
                      "the model computed a number that isn't finite; its weights "
                      "are damaged or overflow at this precision");
}

}  // namespace

absl::StatusOr<std::unique_ptr<LanguageModel>> DecoderModel::Load(
    ModelParts parts, const WeightFile& file, const LanguageModelOptions& options) {
  std::unique_ptr<DecoderModel> model(new DecoderModel(std::move(parts)));
  const ModelDefinition& definition = model->parts_.definition;
  kernels::Ops* ops = model->parts_.ops.get();
  WeightLoader loader(ops, &file, options.precision);
  FN_ASSIGN_OR_RETURN(DecoderWeights weights, LoadDecoderWeights(definition, &loader));
  FN_ASSIGN_OR_RETURN(EncoderWeights encoder, LoadEncoderWeights(definition, &loader));
  model->fingerprint_ = kernels::HexHash128(absl::StrCat(loader.ContentHash(), "\n",
                                                         model->parts_.tokenizer->content_hash(),
                                                         "\n", definition.fingerprint));
  FN_ASSIGN_OR_RETURN(model->cache_,
                      KvCache::Create(ops, KvShapeOf(definition.config, options.kv_format),
                                      model->parts_.plan.cache_tokens / kernels::kKvBlockTokens));
  FN_ASSIGN_OR_RETURN(model->decoder_,
                      Decoder::Create(ops, &definition.config, std::move(weights),
                                      model->cache_.get(), definition.config.context_length));
  if (definition.config.encoder_layers == 0) return model;
  FN_ASSIGN_OR_RETURN(model->encoder_,
                      EncoderStack::Create(ops, &definition.config, std::move(encoder),
                                           &model->decoder_->weights(), model->cache_.get()));
  return model;
}

absl::StatusOr<std::unique_ptr<Sequence>> DecoderModel::NewSequence() {
  if (encoder_ != nullptr) {
    return absl::InvalidArgumentError(
        absl::StrCat("a ", config().family, " model has an encoder: a sequence needs its source"));
  }
  return std::make_unique<CachedSequence>(cache_.get());
}

absl::StatusOr<std::unique_ptr<Sequence>> DecoderModel::NewSequence(
    absl::Span<const int32_t> source, const Adapter* adapter) {
  if (encoder_ == nullptr) {
    return absl::InvalidArgumentError(
        absl::StrCat("a ", config().family, " model has no encoder: give the text to the decoder"));
  }
  if (source.empty()) return absl::InvalidArgumentError("the source text has no tokens");
  FN_RETURN_IF_ERROR(CheckTokens(source));
  FN_RETURN_IF_ERROR(CheckAdapter(adapter));
  const int64_t length = static_cast<int64_t>(source.size());
  if (length > config().context_length) {
    return absl::InvalidArgumentError(absl::StrCat("the source text has ", length,
                                                   " tokens, but the model's context is ",
                                                   config().context_length));
  }
  FN_RETURN_IF_ERROR(CheckFree(CachedSequence::BlocksOf(length)));
  auto sequence = std::make_unique<CachedSequence>(cache_.get());
  const auto* lora = static_cast<const LoraAdapter*>(adapter);
  sequence->ReserveSource(length, lora);
  FN_RETURN_IF_ERROR(encoder_->Encode(source, lora, sequence->source_blocks()));
  return sequence;
}

absl::Status DecoderModel::CheckAdapter(const Adapter* adapter) const {
  const auto* lora = static_cast<const LoraAdapter*>(adapter);
  if (lora == nullptr || lora->owner() == this) return absl::OkStatus();
  return absl::InvalidArgumentError("an input's adapter was loaded for another model");
}

absl::Status DecoderModel::CheckTokens(absl::Span<const int32_t> tokens) const {
  for (int32_t id : tokens) {
    if (id < 0 || id >= config().vocab_size) {
      return absl::InvalidArgumentError(absl::StrCat("token ", id, " is outside the vocabulary of ",
                                                     config().vocab_size, " tokens"));
    }
  }
  return absl::OkStatus();
}

absl::Status DecoderModel::CheckFree(int64_t blocks) const {
  if (blocks <= cache_->free_blocks()) return absl::OkStatus();
  return absl::ResourceExhaustedError(
      absl::StrCat("the cache has room for ", free_tokens(), " more tokens, but ",
                   blocks * kernels::kKvBlockTokens, " are needed (", cache_->blocks(),
                   " blocks of ", kernels::kKvBlockTokens, " tokens in all)"));
}

absl::Status DecoderModel::CheckInputs(absl::Span<const SequenceInput> inputs) const {
  std::set<const Sequence*> seen;
  for (const SequenceInput& input : inputs) {
    if (input.sequence == nullptr || !seen.insert(input.sequence).second) {
      return absl::InvalidArgumentError("each input of a step needs a sequence of its own");
    }
    FN_RETURN_IF_ERROR(CheckAdapter(input.adapter));
    if (encoder_ != nullptr && input.adapter != Cached(input.sequence)->source_adapter()) {
      return absl::InvalidArgumentError(
          "an input's adapter isn't the one that its source text was read with");
    }
    if (input.tokens.empty()) return absl::InvalidArgumentError("an input has no tokens");
    FN_RETURN_IF_ERROR(CheckTokens(input.tokens));
    const int64_t length = input.sequence->length() + static_cast<int64_t>(input.tokens.size());
    if (length > config().context_length) {
      return absl::OutOfRangeError(absl::StrCat("the sequence would have ", length,
                                                " tokens, but the model's context is ",
                                                config().context_length));
    }
  }
  return absl::OkStatus();
}

absl::Status DecoderModel::RunAll(absl::Span<const SequenceInput> inputs, const Output& output) {
  FN_RETURN_IF_ERROR(CheckInputs(inputs));
  int64_t missing = 0;
  for (const SequenceInput& input : inputs) {
    const int64_t length = input.sequence->length() + static_cast<int64_t>(input.tokens.size());
    missing += Cached(input.sequence)->Missing(length);
  }
  FN_RETURN_IF_ERROR(CheckFree(missing));
  const int64_t original_context = OriginalContext(config());
  std::vector<int64_t> old_lengths;
  std::vector<RowRange> ranges;
  for (const SequenceInput& input : inputs) {
    CachedSequence* sequence = Cached(input.sequence);
    const int64_t old_length = sequence->length();
    old_lengths.push_back(old_length);
    sequence->Append(input.tokens);
    sequence->Reserve(sequence->length());
    const auto* adapter = static_cast<const LoraAdapter*>(input.adapter);
    const int64_t first = FirstOutput(input, old_length, sequence->length());
    for (const RowRange& range : RangesOf(sequence, adapter, first, original_context)) {
      ranges.push_back(range);
    }
  }
  const auto run = [&]() -> absl::Status {
    for (const PlannedStep& step : PlanSteps(ranges, Decoder::kMaxRows)) {
      decoder_->Run(step.rows);
      if (!step.outputs.empty()) FN_RETURN_IF_ERROR(output(step.outputs));
    }
    return parts_.ops->Synchronize();
  };
  // What is computed anew overwrites the cache.
  for (const RowRange& range : ranges) {
    if (range.begin < range.sequence->computed()) range.sequence->SetComputed(0, false);
  }
  absl::Status status = run();
  if (!status.ok()) {
    for (size_t i = 0; i < inputs.size(); ++i) inputs[i].sequence->Truncate(old_lengths[i]);
    return status;
  }
  for (const RowRange& range : ranges) {
    range.sequence->SetComputed(range.end, range.long_context);
  }
  return absl::OkStatus();
}

absl::StatusOr<Logits> DecoderModel::Forward(absl::Span<const SequenceInput> inputs) {
  Logits logits;
  logits.vocab_size = config().vocab_size;
  FN_RETURN_IF_ERROR(RunAll(inputs, [&](absl::Span<const int32_t> rows) {
    const size_t begin = logits.values.size();
    logits.values.resize(begin + rows.size() * logits.vocab_size);
    FN_RETURN_IF_ERROR(decoder_->CopyLogits(rows, logits.values.data() + begin));
    logits.rows += static_cast<int64_t>(rows.size());
    return CheckFinite(absl::MakeConstSpan(logits.values).subspan(begin));
  }));
  return logits;
}

absl::StatusOr<std::vector<float>> DecoderModel::HiddenStates(const SequenceInput& input) {
  SequenceInput all = input;
  all.logits = LogitRows::kAll;
  std::vector<float> hidden;
  FN_RETURN_IF_ERROR(RunAll({&all, 1}, [&](absl::Span<const int32_t> rows) {
    const size_t begin = hidden.size();
    hidden.resize(begin + rows.size() * config().hidden_size);
    FN_RETURN_IF_ERROR(decoder_->CopyHidden(rows, hidden.data() + begin));
    return CheckFinite(absl::MakeConstSpan(hidden).subspan(begin));
  }));
  return hidden;
}

absl::StatusOr<std::unique_ptr<const Adapter>> DecoderModel::LoadAdapter(const std::string& dir) {
  if (!parts_.from_gguf) return LoadLoraAdapter(dir, parts_.definition, this, parts_.ops.get());
  // Adapters name layers, and order rows, as the model's folder does. The layers
  // themselves stand in the same order in both.
  FN_ASSIGN_OR_RETURN(const FolderLayout layout, FolderLayoutOf(parts_.definition));
  return LoadLoraAdapter(dir, layout.definition, this, parts_.ops.get());
}

}  // namespace footnote::transformer
