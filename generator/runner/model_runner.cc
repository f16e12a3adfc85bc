#include "generator/runner/model_runner.h"

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "generator/runner/adapter_table.h"
#include "generator/runner/batch.h"
#include "generator/runner/check.h"
#include "kernels/base/status_macros.h"

namespace footnote::generator {
namespace {

RunnerOptions AtLeastOne(RunnerOptions options) {
  options.max_queue = std::max(options.max_queue, 1);
  options.max_running = std::max(options.max_running, 1);
  options.prefill_tokens = std::max(options.prefill_tokens, 1);
  options.max_adapters = std::max(options.max_adapters, 0);
  return options;
}

std::vector<int32_t> EndTokens(const transformer::LanguageModel& model) {
  const int32_t eos = model.tokenizer().special().eos;
  if (!model.config().eos_tokens.empty() || eos < 0) return model.config().eos_tokens;
  return {eos};
}

class ModelRunnerImpl : public ModelRunner {
 public:
  ModelRunnerImpl(std::unique_ptr<transformer::LanguageModel> model, const RunnerOptions& options,
                  RunnerObserver* observer)
      : options_(AtLeastOne(options)),
        observer_(observer),
        model_(std::move(model)),
        info_{std::string(model_->device()), model_->fingerprint(), model_->memory(),
              model_->free_tokens(), EndTokens(*model_)},
        adapters_(options_.max_adapters),
        thread_([this] { Loop(); }) {}

  ~ModelRunnerImpl() override {
    {
      const std::lock_guard<std::mutex> lock(mu_);
      stopping_ = true;
    }
    wake_.notify_all();
    thread_.join();
  }

  absl::StatusOr<std::unique_ptr<Generation>> Submit(GenerateRequest request) override {
    FN_RETURN_IF_ERROR(CheckRequest(request, config(), info_.cache_tokens));
    Ticket ticket;
    FN_ASSIGN_OR_RETURN(ticket.adapter, adapters_.Find(request.adapter));
    ticket.request = std::move(request);
    ticket.channel = std::make_shared<Channel>();
    ticket.submitted = absl::Now();
    std::unique_ptr<Generation> generation =
        MakeGeneration(ticket.channel, ticket.request.deadline);
    {
      const std::lock_guard<std::mutex> lock(mu_);
      if (static_cast<int>(queue_.size()) >= options_.max_queue) {
        return absl::ResourceExhaustedError(absl::StrCat("the generator is busy: ", running_.load(),
                                                         " requests run and ", queue_.size(),
                                                         " wait, the most that may; try again"));
      }
      queue_.push_back(std::move(ticket));
    }
    wake_.notify_all();
    return generation;
  }

  absl::StatusOr<std::string> LoadAdapter(const std::string& name,
                                          const std::string& dir) override {
    const std::lock_guard<std::mutex> one_at_a_time(loading_mu_);
    FN_RETURN_IF_ERROR(adapters_.CheckRoomFor(name));
    absl::StatusOr<std::unique_ptr<const transformer::Adapter>> adapter;
    OnModelThread([&] { adapter = model_->LoadAdapter(dir); });
    FN_RETURN_IF_ERROR(adapter.status());
    std::string hash = (*adapter)->content_hash();
    adapters_.Put(name, *std::move(adapter));
    return hash;
  }

  std::vector<AdapterInfo> Adapters() const override { return adapters_.List(); }
  const transformer::TransformerConfig& config() const override { return model_->config(); }
  const transformer::Tokenizer& tokenizer() const override { return model_->tokenizer(); }
  const RunnerInfo& info() const override { return info_; }
  int running() const override { return running_.load(); }
  int queued() const override {
    const std::lock_guard<std::mutex> lock(mu_);
    return static_cast<int>(queue_.size());
  }

 private:
  // Runs `task` between two steps and waits for it.
  void OnModelThread(const std::function<void()>& task) {
    std::unique_lock<std::mutex> lock(mu_);
    bool done = false;
    tasks_.push_back([&] {
      task();
      // Under the lock, because `done` goes with this frame as soon as it is seen.
      const std::lock_guard<std::mutex> done_lock(mu_);
      done = true;
      task_done_.notify_all();
    });
    wake_.notify_all();
    task_done_.wait(lock, [&] { return done; });
  }

  void Loop() {
    Batch batch(model_.get(), info_.end_tokens, options_, observer_);
    std::unique_lock<std::mutex> lock(mu_);
    while (true) {
      wake_.wait(lock, [&] {
        return stopping_ || batch.size() > 0 || !queue_.empty() || !tasks_.empty();
      });
      RunTasks(&lock);
      if (stopping_) break;
      DropUnwantedFromQueue();
      lock.unlock();
      batch.DropUnwanted();
      adapters_.FreeReplaced();
      lock.lock();
      AdmitTo(&batch, &lock);
      const int queued = static_cast<int>(queue_.size());
      lock.unlock();
      if (batch.size() > 0) batch.Step(queued);
      running_ = batch.size();
      lock.lock();
    }
    const absl::Status stopped = absl::CancelledError("the generator is stopping");
    for (const Ticket& ticket : queue_) EndTicket(ticket, stopped, observer_);
    queue_.clear();
    lock.unlock();
    batch.EndAll(stopped);
  }

  void RunTasks(std::unique_lock<std::mutex>* lock) {
    while (!tasks_.empty()) {
      const std::function<void()> task = std::move(tasks_.front());
      tasks_.pop_front();
      lock->unlock();
      task();
      lock->lock();
    }
  }

  void DropUnwantedFromQueue() {
    const absl::Time now = absl::Now();
    std::erase_if(queue_, [&](const Ticket& ticket) {
      const absl::Status unwanted = Unwanted(ticket, now);
      if (!unwanted.ok()) EndTicket(ticket, unwanted, observer_);
      return !unwanted.ok();
    });
  }

  // In order of arrival: one that finds no room is not overtaken, or a long
  // request would wait for ever.
  void AdmitTo(Batch* batch, std::unique_lock<std::mutex>* lock) {
    while (!queue_.empty() && batch->HasRoomFor(queue_.front())) {
      Ticket ticket = std::move(queue_.front());
      queue_.pop_front();
      lock->unlock();
      // An encoder-decoder reads the source here.
      const absl::Status status = batch->Admit(&ticket);
      running_ = batch->size();
      lock->lock();
      if (status.ok()) continue;
      if (absl::IsResourceExhausted(status) && batch->size() > 0) {
        queue_.push_front(std::move(ticket));  // until others have left
        return;
      }
      EndTicket(ticket, status, observer_);
    }
  }

  const RunnerOptions options_;
  RunnerObserver* const observer_;
  const std::unique_ptr<transformer::LanguageModel> model_;
  const RunnerInfo info_;
  AdapterTable adapters_;
  std::atomic<int> running_{0};
  std::mutex loading_mu_;
  mutable std::mutex mu_;
  std::condition_variable wake_;       // of the thread
  std::condition_variable task_done_;  // of those that wait for a task
  bool stopping_ = false;
  std::deque<Ticket> queue_;
  std::deque<std::function<void()>> tasks_;
  std::thread thread_;  // last: it uses all of the above
};

}  // namespace

std::unique_ptr<ModelRunner> ModelRunner::Start(std::unique_ptr<transformer::LanguageModel> model,
                                                const RunnerOptions& options,
                                                RunnerObserver* observer) {
  return std::make_unique<ModelRunnerImpl>(std::move(model), options, observer);
}

}  // namespace footnote::generator
