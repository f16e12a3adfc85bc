#ifndef FOOTNOTE_GENERATOR_RUNNER_BATCH_H_
#define FOOTNOTE_GENERATOR_RUNNER_BATCH_H_

#include <cstdint>
#include <memory>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "generator/decoding/sampler.h"
#include "generator/runner/adapter_table.h"
#include "generator/runner/channel.h"
#include "generator/runner/generation.h"
#include "generator/runner/model_runner.h"
#include "generator/runner/text_output.h"
#include "transformer/language_model.h"

namespace footnote::generator {

// A request that was accepted.
struct Ticket {
  GenerateRequest request;
  AdapterRef adapter;
  std::shared_ptr<Channel> channel;
  absl::Time submitted;
};

// The requests that advance together, and their steps. One thread.
class Batch {
 public:
  // `model` and `observer` (may be null) must outlive it. One of `end_tokens` ends
  // a text.
  Batch(transformer::LanguageModel* model, std::vector<int32_t> end_tokens,
        const RunnerOptions& options, RunnerObserver* observer);
  ~Batch();

  // Whether a request may join now: there is a place, and cache for all that it
  // may become beside what those running may become.
  bool HasRoomFor(const Ticket& ticket) const;
  // Errors: those of LanguageModel::NewSequence; `*ticket` is untouched then.
  absl::Status Admit(Ticket* ticket);
  // Ends those whose reader has gone and those past their deadline.
  void DropUnwanted();
  // Reads the next tokens of all prompts and generates a token of each request
  // whose prompt is read. Precondition: not empty.
  void Step(int queued);
  // Ends all with `status`.
  void EndAll(const absl::Status& status);

  int size() const { return static_cast<int>(running_.size()); }

 private:
  struct Running;
  // What a step gives to the model, and for whom.
  struct Plan {
    std::vector<transformer::SequenceInput> inputs;
    std::vector<Running*> owners;  // one per input
  };
  Plan MakePlan();
  void Execute(const Plan& plan);
  // Takes what the model made of the inputs [first, first + count) of the plan.
  void Take(const Plan& plan, size_t first, size_t count, transformer::Logits logits);
  void ChooseToken(Running* running, absl::Span<float> logits);
  bool EndsText(int32_t id) const;
  void Finish(Running* running, FinishReason reason);
  void End(Running* running, absl::StatusOr<generator::Finish> end);
  void RemoveEnded();

  transformer::LanguageModel* const model_;
  const RunnerOptions options_;
  RunnerObserver* const observer_;
  const int64_t cache_tokens_;
  const std::vector<int32_t> end_tokens_;
  Sampler sampler_;
  int generated_ = 0;                              // tokens of this step
  std::vector<std::unique_ptr<Running>> running_;  // in order of arrival
};

// Why an accepted request is no longer wanted; OK: it is.
absl::Status Unwanted(const Ticket& ticket, absl::Time now);

// Ends a request that never ran.
void EndTicket(const Ticket& ticket, const absl::Status& status, RunnerObserver* observer);

}  // namespace footnote::generator

#endif  // FOOTNOTE_GENERATOR_RUNNER_BATCH_H_
