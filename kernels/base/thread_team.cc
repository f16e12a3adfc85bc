#include "kernels/base/thread_team.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <thread>
#include <vector>

#include "kernels/base/thread_pool.h"

namespace footnote::kernels {
namespace {

constexpr auto kWatch = std::chrono::microseconds(50);

void Pause() {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#endif
}

// Watches `ready` for a while. False: it was not ready by then.
template <typename Ready>
bool Watch(bool allowed, const Ready& ready) {
  if (ready()) return true;
  if (!allowed) return false;
  const auto end = std::chrono::steady_clock::now() + kWatch;
  do {
    for (int i = 0; i < 32; ++i) {
      if (ready()) return true;
      Pause();
    }
  } while (std::chrono::steady_clock::now() < end);
  return ready();
}

}  // namespace

struct ThreadTeam::State {
  std::mutex run;  // held during Run

  // A call is one more round. Written by Run, watched by the members.
  std::atomic<uint64_t> round{0};
  std::atomic<int> running{0};  // members that have not finished this round
  std::atomic<bool> stopping{false};
  const std::function<void(int)>* fn = nullptr;
  bool may_watch = false;

  // For those that sleep. A sleeper counts itself before it looks a last time at
  // what it waits for; the one who changes that looks for sleepers afterwards.
  std::mutex mu;
  std::condition_variable wake;
  std::condition_variable finished;
  std::atomic<int> sleepers{0};
  std::atomic<bool> caller_sleeps{false};

  std::vector<std::thread> members;

  void Finish() {
    if (running.fetch_sub(1) != 1) return;
    if (!caller_sleeps.load()) return;
    std::lock_guard<std::mutex> lock(mu);
    finished.notify_one();
  }

  void AwaitRound(uint64_t done) {
    const auto ready = [&] { return round.load() != done; };
    if (Watch(may_watch, ready)) return;
    std::unique_lock<std::mutex> lock(mu);
    sleepers.fetch_add(1);
    wake.wait(lock, ready);
    sleepers.fetch_sub(1);
  }

  void AwaitMembers() {
    const auto ready = [&] { return running.load() == 0; };
    if (Watch(may_watch, ready)) return;
    std::unique_lock<std::mutex> lock(mu);
    caller_sleeps.store(true);
    finished.wait(lock, ready);
    caller_sleeps.store(false);
  }

  void StartRound() {
    round.fetch_add(1);
    if (sleepers.load() == 0) return;
    std::lock_guard<std::mutex> lock(mu);
    wake.notify_all();
  }

  void MemberLoop(int member) {
    for (uint64_t done = 0;; ++done) {
      AwaitRound(done);
      if (stopping.load()) return;
      (*fn)(member);
      Finish();
    }
  }
};

ThreadTeam::ThreadTeam(int threads) : state_(std::make_unique<State>()) {
  const int available = AvailableCpus();
  if (threads < 1) threads = available;
  state_->may_watch = threads <= available;
  for (int i = 1; i < threads; ++i) {
    state_->members.emplace_back([s = state_.get(), i] { s->MemberLoop(i); });
  }
}

ThreadTeam::~ThreadTeam() {
  state_->stopping.store(true);
  state_->StartRound();
  for (std::thread& t : state_->members) t.join();
}

int ThreadTeam::size() const { return static_cast<int>(state_->members.size()) + 1; }

void ThreadTeam::Run(const std::function<void(int)>& fn) {
  State& s = *state_;
  std::lock_guard<std::mutex> lock(s.run);
  if (!s.members.empty()) {
    s.fn = &fn;
    s.running.store(static_cast<int>(s.members.size()));
    s.StartRound();
  }
  fn(0);
  if (!s.members.empty()) s.AwaitMembers();
}

}  // namespace footnote::kernels
