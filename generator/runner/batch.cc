#include "generator/runner/batch.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "generator/runner/check.h"
#include "kernels/base/status_macros.h"

namespace footnote::generator {

using transformer::LogitRows;
using transformer::Logits;
using transformer::SequenceInput;

struct Batch::Running {
  // The text of a decoder goes on the prompt; an encoder-decoder's is its own.
  Running(Ticket t, const transformer::Tokenizer* tokenizer, bool goes_on)
      : ticket(std::move(t)),
        output(tokenizer,
               goes_on ? absl::MakeConstSpan(ticket.request.prompt) : absl::Span<const int32_t>(),
               ticket.request.stop) {}

  Ticket ticket;
  std::unique_ptr<transformer::Sequence> sequence;
  int64_t reserved = 0;       // tokens of cache
  std::vector<int32_t> feed;  // tokens that the model reads next ...
  size_t fed = 0;             // ... of which it has read these
  TextOutput output;
  int tokens = 0;  // generated
  absl::Time began;
  absl::Time first_token;
  bool ended = false;

  absl::Span<const int32_t> Unread() const { return absl::MakeConstSpan(feed).subspan(fed); }
};

Batch::Batch(transformer::LanguageModel* model, std::vector<int32_t> end_tokens,
             const RunnerOptions& options, RunnerObserver* observer)
    : model_(model),
      options_(options),
      observer_(observer),
      cache_tokens_(model->free_tokens()),
      end_tokens_(std::move(end_tokens)) {}

Batch::~Batch() = default;

bool Batch::HasRoomFor(const Ticket& ticket) const {
  if (size() >= options_.max_running) return false;
  int64_t reserved = CacheNeed(ticket.request, model_->config());
  for (const auto& running : running_) reserved += running->reserved;
  return reserved <= cache_tokens_;
}

absl::Status Batch::Admit(Ticket* ticket) {
  const transformer::TransformerConfig& config = model_->config();
  const absl::Time now = absl::Now();
  std::unique_ptr<transformer::Sequence> sequence;
  if (config.encoder_layers > 0) {
    FN_ASSIGN_OR_RETURN(sequence,
                        model_->NewSequence(ticket->request.prompt, ticket->adapter.get()));
  } else {
    FN_ASSIGN_OR_RETURN(sequence, model_->NewSequence());
  }
  auto running = std::make_unique<Running>(std::move(*ticket), &model_->tokenizer(),
                                           config.encoder_layers == 0);
  running->sequence = std::move(sequence);
  running->reserved = CacheNeed(running->ticket.request, config);
  running->feed = config.encoder_layers > 0 ? std::vector<int32_t>{config.decoder_start_token}
                                            : running->ticket.request.prompt;
  running->began = now;
  running_.push_back(std::move(running));
  return absl::OkStatus();
}

void Batch::DropUnwanted() {
  const absl::Time now = absl::Now();
  for (const auto& running : running_) {
    const absl::Status unwanted = Unwanted(running->ticket, now);
    if (!unwanted.ok()) End(running.get(), unwanted);
  }
  RemoveEnded();
}

Batch::Plan Batch::MakePlan() {
  Plan plan;
  int budget = options_.prefill_tokens;
  for (const auto& running : running_) {
    absl::Span<const int32_t> unread = running->Unread();
    LogitRows logits = LogitRows::kLast;
    if (running->tokens == 0) {
      const size_t count = std::min<size_t>(unread.size(), budget);
      if (count == 0) continue;
      budget -= static_cast<int>(count);
      if (count < unread.size()) logits = LogitRows::kNone;
      unread = unread.first(count);
    }
    plan.inputs.push_back({running->sequence.get(), unread, running->ticket.adapter.get(), logits});
    plan.owners.push_back(running.get());
  }
  return plan;
}

void Batch::Step(int queued) {
  const absl::Time start = absl::Now();
  const Plan plan = MakePlan();
  RunnerObserver::Step step;
  for (size_t i = 0; i < plan.inputs.size(); ++i) {
    const int count = static_cast<int>(plan.inputs[i].tokens.size());
    (plan.owners[i]->tokens == 0 ? step.prompt_tokens : step.decode_tokens) += count;
  }
  generated_ = 0;
  Execute(plan);
  RemoveEnded();
  if (observer_ == nullptr) return;
  step.sequences = static_cast<int>(plan.inputs.size());
  step.time = absl::Now() - start;
  step.generated_tokens = generated_;
  step.queued = queued;
  observer_->OnStep(step);
}

void Batch::Execute(const Plan& plan) {
  absl::StatusOr<Logits> logits = model_->Forward(plan.inputs);
  if (logits.ok()) {
    Take(plan, 0, plan.inputs.size(), *std::move(logits));
    return;
  }
  if (plan.inputs.size() == 1) {
    End(plan.owners[0], logits.status());
    return;
  }
  // No sequence has changed. Alone, each shows whether it is at fault, so that
  // one bad request doesn't end the others.
  for (size_t i = 0; i < plan.inputs.size(); ++i) {
    absl::StatusOr<Logits> alone = model_->Forward({plan.inputs[i]});
    if (alone.ok()) {
      Take(plan, i, 1, *std::move(alone));
    } else {
      End(plan.owners[i], alone.status());
    }
  }
}

void Batch::Take(const Plan& plan, size_t first, size_t count, Logits logits) {
  const auto wanted =
      std::count_if(plan.inputs.begin() + static_cast<std::ptrdiff_t>(first),
                    plan.inputs.begin() + static_cast<std::ptrdiff_t>(first + count),
                    [](const SequenceInput& in) { return in.logits != LogitRows::kNone; });
  if (logits.rows != wanted ||
      logits.values.size() != static_cast<size_t>(logits.rows * logits.vocab_size)) {
    const absl::Status status = absl::InternalError(absl::StrCat(
        "the model returned ", logits.rows, " rows of logits where ", wanted, " were asked for"));
    for (size_t i = first; i < first + count; ++i) End(plan.owners[i], status);
    return;
  }
  int64_t row = 0;
  for (size_t i = first; i < first + count; ++i) {
    Running* running = plan.owners[i];
    running->fed += plan.inputs[i].tokens.size();
    if (plan.inputs[i].logits == LogitRows::kNone) continue;
    ChooseToken(
        running,
        absl::MakeSpan(logits.values).subspan(row++ * logits.vocab_size, logits.vocab_size));
  }
}

bool Batch::EndsText(int32_t id) const {
  return std::find(end_tokens_.begin(), end_tokens_.end(), id) != end_tokens_.end();
}

void Batch::ChooseToken(Running* running, absl::Span<float> logits) {
  const GenerateRequest& request = running->ticket.request;
  GeneratedToken token;
  std::optional<LogProbs> log_probs;
  if (request.log_probs) {
    log_probs.emplace(logits);  // before the constraint changes them
    token.top = log_probs->Top(request.top_log_probs);
  }
  if (request.constraint != nullptr) request.constraint->Apply(logits);
  token.id = sampler_.Choose(logits, request.sampling, running->tokens);
  if (token.id < 0) {
    End(running, absl::InternalError("the model's logits have no finite number to choose"));
    return;
  }
  if (running->tokens == 0) running->first_token = absl::Now();
  if (EndsText(token.id) && !request.ignore_end) {
    Finish(running, FinishReason::kEnd);
    return;
  }
  if (request.constraint != nullptr) request.constraint->Accept(token.id);
  if (log_probs.has_value()) token.log_prob = log_probs->Of(token.id);
  running->feed.assign(1, token.id);
  running->fed = 0;
  ++running->tokens;
  ++generated_;
  Piece piece = running->output.Push(std::move(token));
  if (!piece.text.empty() || !piece.tokens.empty()) {
    running->ticket.channel->Write(std::move(piece));
  }
  if (running->output.stop() != nullptr) {
    Finish(running, FinishReason::kStopString);
  } else if (running->tokens >= request.max_tokens) {
    Finish(running, FinishReason::kLength);
  }
}

void Batch::Finish(Running* running, FinishReason reason) {
  Piece rest = running->output.Finish();
  if (!rest.text.empty() || !rest.tokens.empty()) running->ticket.channel->Write(std::move(rest));
  generator::Finish finish;
  finish.reason = reason;
  if (const std::string* stop = running->output.stop(); stop != nullptr) {
    finish.reason = FinishReason::kStopString;  // it may have come with the very last bytes
    finish.stop = *stop;
  }
  finish.prompt_tokens = static_cast<int>(running->ticket.request.prompt.size());
  finish.tokens = running->tokens;
  if (running->ticket.adapter != nullptr) {
    finish.adapter = running->ticket.adapter->content_hash();
  }
  finish.queued = running->began - running->ticket.submitted;
  finish.prefill = running->first_token - running->began;
  finish.decoding = absl::Now() - running->first_token;
  End(running, std::move(finish));
}

void Batch::End(Running* running, absl::StatusOr<generator::Finish> end) {
  if (running->ended) return;
  running->ended = true;
  if (observer_ != nullptr) observer_->OnEnd(end);
  running->ticket.channel->End(std::move(end));
}

void Batch::RemoveEnded() {
  std::erase_if(running_, [](const auto& running) { return running->ended; });
}

void Batch::EndAll(const absl::Status& status) {
  for (const auto& running : running_) End(running.get(), status);
  RemoveEnded();
}

absl::Status Unwanted(const Ticket& ticket, absl::Time now) {
  if (now >= ticket.request.deadline) {
    return absl::DeadlineExceededError("the deadline passed before the text was complete");
  }
  if (ticket.channel->given_up()) return absl::CancelledError("the call was cancelled");
  return absl::OkStatus();
}

void EndTicket(const Ticket& ticket, const absl::Status& status, RunnerObserver* observer) {
  if (observer != nullptr) observer->OnEnd(status);
  ticket.channel->End(status);
}

}  // namespace footnote::generator
