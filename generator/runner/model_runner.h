#ifndef FOOTNOTE_GENERATOR_RUNNER_MODEL_RUNNER_H_
#define FOOTNOTE_GENERATOR_RUNNER_MODEL_RUNNER_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "generator/runner/generation.h"
#include "transformer/language_model.h"

namespace footnote::generator {

struct RunnerOptions {
  // Requests that may wait; a further one is refused. At least 1.
  int max_queue = 64;
  // Requests that advance together, a token each per step. More serve more users
  // at once and make each of them slower. At least 1.
  int max_running = 16;
  // Tokens of prompts that one step reads, over all requests. A step can't be
  // interrupted, so less lets cancellations and others' tokens through sooner,
  // and more reads long prompts faster. At least 1.
  int prefill_tokens = 256;
  // Adapters under different names; each takes memory. At least 0.
  int max_adapters = 16;
};

// Told what the runner does, on its thread: must be quick.
class RunnerObserver {
 public:
  virtual ~RunnerObserver() = default;
  struct Step {
    int sequences = 0;
    int prompt_tokens = 0;
    int decode_tokens = 0;     // generated ones that were read
    int generated_tokens = 0;  // that it brought
    absl::Duration time;
    int queued = 0;  // requests that wait
  };
  virtual void OnStep(const Step& step) = 0;
  // A generation ended, well or not; times are of those that began.
  virtual void OnEnd(const absl::StatusOr<Finish>& end) = 0;
};

struct AdapterInfo {
  std::string name;
  std::string content_hash;
};

// What a model is, for people and programs.
struct RunnerInfo {
  std::string device;
  std::string fingerprint;
  transformer::MemoryPlan memory;
  int64_t cache_tokens = 0;         // that all running requests may hold together
  std::vector<int32_t> end_tokens;  // any of them ends a text
};

// A bounded queue before one language model that a thread of its own works for:
// requests are admitted in order of arrival while the cache has room for all that
// they may become, and each step advances those running together. What a request
// gets doesn't depend on what runs beside it. Thread-safe, except that nothing may
// be called while it is being destroyed.
class ModelRunner {
 public:
  // `observer` may be null and must outlive the runner.
  static std::unique_ptr<ModelRunner> Start(std::unique_ptr<transformer::LanguageModel> model,
                                            const RunnerOptions& options,
                                            RunnerObserver* observer = nullptr);
  // Ends all generations with Cancelled.
  virtual ~ModelRunner() = default;

  // Errors: InvalidArgument (a number out of its range, an id outside the
  // vocabulary), NotFound (no such adapter), OutOfRange (the prompt and max_tokens
  // exceed the context; all numbers are said), ResourceExhausted (the queue is
  // full, or the cache could never hold it).
  virtual absl::StatusOr<std::unique_ptr<Generation>> Submit(GenerateRequest request) = 0;

  // Loads an adapter from a folder in PEFT's layout and returns its content hash.
  // Requests submitted afterwards get it by this name, those before keep what they
  // had. Waits for the step in progress. Errors: those of
  // LanguageModel::LoadAdapter, InvalidArgument (no name), ResourceExhausted
  // (max_adapters).
  virtual absl::StatusOr<std::string> LoadAdapter(const std::string& name,
                                                  const std::string& dir) = 0;
  // By name.
  virtual std::vector<AdapterInfo> Adapters() const = 0;

  virtual const transformer::TransformerConfig& config() const = 0;
  virtual const transformer::Tokenizer& tokenizer() const = 0;
  virtual const RunnerInfo& info() const = 0;
  virtual int queued() const = 0;
  virtual int running() const = 0;
};

}  // namespace footnote::generator

#endif  // FOOTNOTE_GENERATOR_RUNNER_MODEL_RUNNER_H_
