#include "retrieval/index/sealer.h"

#include <new>
#include <optional>
#include <utility>

namespace footnote::retrieval {

Sealer::Sealer(const VectorIndexOptions& options, Calls calls)
    : options_(options), calls_(std::move(calls)), thread_([this] { Run(); }) {}

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
  for (const std::shared_ptr<const CollectionState>& state : calls_.states()) {
    const std::optional<SegmentStep> step = NextStep(state->segments(), state->rows(), options_);
    if (step.has_value()) return Build(*state, *step);
  }
  bool wrote = false;
  for (const std::shared_ptr<const CollectionState>& state : calls_.states()) {
    wrote = (!stop_.load() && calls_.write(*state, stop_)) || wrote;
  }
  return wrote;
}

bool Sealer::Build(const CollectionState& state, const SegmentStep& step) {
  std::shared_ptr<const VectorSegment> built;
  if (step.graph) {
    for (const auto& segment : state.segments()) {
      if (segment->first == step.first) built = WithGraph(*segment, options_.graph, stop_);
    }
  } else {
    built = BuildFlat(state.vectors(), step.first, step.end, stop_);
  }
  if (built == nullptr) return false;  // stopped
  calls_.publish(state.name(), state.lineage(), std::move(built));
  if (step.graph) {
    // It took long, and there may be more to build for as long again.
    for (const std::shared_ptr<const CollectionState>& newest : calls_.states()) {
      if (newest->name() == state.name()) calls_.write(*newest, stop_);
    }
  }
  return true;
}

}  // namespace footnote::retrieval
