#include "retrieval/index/sealer.h"

#include <new>
#include <optional>
#include <utility>

namespace footnote::retrieval {

Sealer::Sealer(
    const VectorIndexOptions& options, std::function<States()> states,
    std::function<void(const std::string&, uint64_t, std::shared_ptr<const VectorSegment>)> publish)
    : options_(options),
      states_(std::move(states)),
      publish_(std::move(publish)),
      thread_([this] { Run(); }) {}

Sealer::~Sealer() {
  {
    std::lock_guard<std::mutex> lock(mu_);
    stop_ = true;
  }
  woken_.notify_one();
  thread_.join();
}

void Sealer::Wake() {
  {
    std::lock_guard<std::mutex> lock(mu_);
    wanted_ = true;
  }
  woken_.notify_one();
}

void Sealer::Run() {
  std::unique_lock<std::mutex> lock(mu_);
  while (true) {
    woken_.wait(lock, [this] { return wanted_ || stop_.load(); });
    if (stop_.load()) return;
    wanted_ = false;
    lock.unlock();
    try {
      while (!stop_.load() && Step()) {
      }
    } catch (const std::bad_alloc&) {
      // Until the next Wake().
    }
    lock.lock();
  }
}

bool Sealer::Step() {
  for (const std::shared_ptr<const CollectionState>& state : states_()) {
    const std::optional<SegmentStep> step = NextStep(state->segments(), state->rows(), options_);
    if (!step.has_value()) continue;
    std::shared_ptr<const VectorSegment> built;
    if (step->graph) {
      for (const auto& segment : state->segments()) {
        if (segment->first == step->first) built = WithGraph(*segment, options_.graph, stop_);
      }
    } else {
      built = BuildFlat(state->vectors(), step->first, step->end);
    }
    if (built == nullptr) return false;  // stopped
    publish_(state->name(), state->lineage(), std::move(built));
    return true;
  }
  return false;
}

}  // namespace footnote::retrieval
