#ifndef FOOTNOTE_TRANSFORMER_LANGUAGE_MODEL_H_
#define FOOTNOTE_TRANSFORMER_LANGUAGE_MODEL_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "kernels/ops.h"
#include "transformer/model/transformer_config.h"
#include "transformer/tokenizer/tokenizer.h"

namespace footnote::transformer {

// At which precision weights are held. kAsStored keeps a file's own format
// (f32 of a safetensors file stays f32, Q4_K stays Q4_K).
enum class WeightPrecision { kAsStored, kF32, kBf16, kF16, kInt8, kInt4 };

struct LanguageModelOptions {
  WeightPrecision precision = WeightPrecision::kAsStored;
  kernels::KvFormat kv_format = kernels::KvFormat::kBf16;
  // Tokens that all sequences together may hold in the cache; 0: one sequence of
  // the model's context, or what fits in memory if that is less.
  int64_t cache_tokens = 0;
  // Bytes that weights and cache may take; 0: what the device has free now.
  uint64_t memory_limit = 0;
  // CPU threads; below 1: one per available CPU.
  int threads = 0;
  // -1: the CPU; else the CUDA device of that number.
  int cuda_device = -1;
  // Whether on a CUDA device, too, a sequence's logits have the same bits whatever
  // else is in the step and however its tokens were split over steps. Prompts take
  // longer there. The CPU is always so.
  bool deterministic = false;
};

// A LoRA adapter (Hu et al. 2021, https://arxiv.org/abs/2106.09685) for one
// model, read from PEFT's layout. Immutable; must not outlive its model.
class Adapter {
 public:
  virtual ~Adapter() = default;
  // Of the file's bytes: caches key by it, never by a name.
  virtual const std::string& content_hash() const = 0;
};

// The cached keys and values of one sequence of tokens: blocks of its model's
// cache, given back on destruction. Not thread-safe; must not outlive its model.
class Sequence {
 public:
  virtual ~Sequence() = default;
  // Tokens whose keys and values are there.
  virtual int64_t length() const = 0;
  // Forgets all after the first `length` tokens. Precondition: 0 <= length <= length().
  virtual void Truncate(int64_t length) = 0;
};

enum class LogitRows { kNone, kLast, kAll };

// New tokens of one sequence.
struct SequenceInput {
  Sequence* sequence = nullptr;
  absl::Span<const int32_t> tokens;  // at least one; follow what the sequence holds
  const Adapter* adapter = nullptr;
  LogitRows logits = LogitRows::kLast;
};

// Row-major f32 [rows, vocab_size]: the rows that the inputs asked for, in order.
struct Logits {
  int64_t rows = 0;
  int64_t vocab_size = 0;
  std::vector<float> values;

  absl::Span<const float> row(int64_t r) const {
    return absl::MakeConstSpan(values).subspan(r * vocab_size, vocab_size);
  }
};

// What a model would need, computed from its files' tables alone.
struct MemoryPlan {
  uint64_t weights = 0;          // bytes at the precision asked for
  uint64_t cache_per_token = 0;  // bytes of keys and values
  uint64_t cache = 0;            // of the cache_tokens below
  int64_t cache_tokens = 0;
  uint64_t scratch = 0;
  uint64_t available = 0;  // on the device, or the limit given
  uint64_t total() const { return weights + cache + scratch; }
};

// A decoder or encoder-decoder with its tokenizer. Many sequences share it:
// every call of Forward is one step over any number of them, each with any
// number of new tokens. One thread at a time; Sequences belong to that thread
// too.
//
// The logits of a sequence don't depend on what else is in the step, on how its
// tokens were split over steps, nor on the number of threads; on a CUDA device
// that is so to the last bit only with LanguageModelOptions::deterministic.
class LanguageModel {
 public:
  virtual ~LanguageModel() = default;

  virtual const TransformerConfig& config() const = 0;
  virtual const Tokenizer& tokenizer() const = 0;
  // The device, as kernels::Ops::name() says it.
  virtual absl::string_view device() const = 0;
  virtual const MemoryPlan& memory() const = 0;
  // Of weights, configuration and tokenizer.
  virtual const std::string& fingerprint() const = 0;

  // A decoder's empty sequence; cache blocks are taken as tokens come.
  virtual absl::StatusOr<std::unique_ptr<Sequence>> NewSequence() = 0;
  // An encoder-decoder's: runs the encoder over `source` and keeps what the
  // decoder attends to. The decoder's own tokens start with
  // config().decoder_start_token. `adapter` (null: none) is that of all later
  // inputs of the sequence, and outlives it. Errors: InvalidArgument (empty, too
  // long, an id outside the vocabulary, another model's adapter), ResourceExhausted.
  virtual absl::StatusOr<std::unique_ptr<Sequence>> NewSequence(absl::Span<const int32_t> source,
                                                                const Adapter* adapter) = 0;

  // Appends the inputs' tokens to their sequences and computes the logits asked
  // for. On an error no sequence has changed. Errors: InvalidArgument (an id
  // outside the vocabulary), OutOfRange (a sequence would be longer than the
  // context; both numbers are said), ResourceExhausted (no cache block is free),
  // Internal (numbers overflowed, or the device failed).
  virtual absl::StatusOr<Logits> Forward(absl::Span<const SequenceInput> inputs) = 0;

  // Last hidden states (after the final norm) of the new tokens, [tokens,
  // hidden_size], in place of logits.
  virtual absl::StatusOr<std::vector<float>> HiddenStates(const SequenceInput& input) = 0;

  // `dir` holds adapter_config.json and adapter_model.safetensors. Errors:
  // NotFound, DataLoss, InvalidArgument (made for other shapes or layers),
  // Unimplemented (a kind of adapter other than LoRA), ResourceExhausted.
  virtual absl::StatusOr<std::unique_ptr<const Adapter>> LoadAdapter(const std::string& dir) = 0;

  // Cache blocks free now, in tokens.
  virtual int64_t free_tokens() const = 0;
};

// `path` is a folder in the Hugging Face layout or a GGUF file.
//
// Errors: NotFound, DataLoss (a file is damaged), Unimplemented (unknown family:
// the message lists those there are), InvalidArgument (configuration, weights
// and tokenizer contradict each other: the message names the key or tensor),
// ResourceExhausted (it does not fit: the message has the numbers; nothing was
// loaded), Unavailable (no such device).
absl::StatusOr<std::unique_ptr<LanguageModel>> LoadLanguageModel(
    const std::string& path, const LanguageModelOptions& options);

// What LoadLanguageModel would need. Reads configuration and tensor tables only.
absl::StatusOr<MemoryPlan> PlanLanguageModel(const std::string& path,
                                             const LanguageModelOptions& options);

}  // namespace footnote::transformer

#endif  // FOOTNOTE_TRANSFORMER_LANGUAGE_MODEL_H_
