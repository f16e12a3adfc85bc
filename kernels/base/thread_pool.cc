#include "kernels/base/thread_pool.h"

#include <sched.h>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <cstdio>
#include <deque>
#include <mutex>
#include <thread>
#include <vector>

namespace footnote::kernels {
namespace {

// One ParallelFor call. Workers and the caller take pieces until none is left.
struct Job {
  const std::function<void(int64_t, int64_t)>* fn;
  int64_t n;
  int64_t piece;
  int64_t pieces;
  std::atomic<int64_t> next{0};
  std::atomic<int64_t> done{0};

  bool TakeAndRun() {
    const int64_t i = next.fetch_add(1, std::memory_order_relaxed);
    if (i >= pieces) return false;
    (*fn)(i * piece, std::min(n, (i + 1) * piece));
    done.fetch_add(1, std::memory_order_acq_rel);
    return true;
  }
};

// The CPUs that a cgroup v2 quota allows, rounded up; 0 if there is no quota.
int CgroupCpus() {
  std::FILE* f = std::fopen("/sys/fs/cgroup/cpu.max", "r");
  if (f == nullptr) return 0;
  long long quota = 0, period = 0;
  const int fields = std::fscanf(f, "%lld %lld", &quota, &period);
  std::fclose(f);
  if (fields != 2 || quota <= 0 || period <= 0) return 0;
  return static_cast<int>((quota + period - 1) / period);
}

}  // namespace

struct ThreadPool::State {
  std::mutex mu;
  std::condition_variable work;
  std::condition_variable finished;
  std::deque<std::shared_ptr<Job>> jobs;
  bool stopping = false;
  std::vector<std::thread> workers;

  void WorkerLoop() {
    std::unique_lock<std::mutex> lock(mu);
    while (true) {
      work.wait(lock, [this] { return stopping || !jobs.empty(); });
      if (jobs.empty()) return;
      std::shared_ptr<Job> job = jobs.front();
      lock.unlock();
      while (job->TakeAndRun()) {
      }
      lock.lock();
      // The pieces are all taken: nobody else need look at this job.
      if (!jobs.empty() && jobs.front() == job) jobs.pop_front();
      finished.notify_all();
    }
  }
};

ThreadPool::ThreadPool(int threads) : state_(std::make_unique<State>()) {
  if (threads < 1) threads = AvailableCpus();
  for (int i = 1; i < threads; ++i) {
    state_->workers.emplace_back([s = state_.get()] { s->WorkerLoop(); });
  }
}

ThreadPool::~ThreadPool() {
  {
    std::lock_guard<std::mutex> lock(state_->mu);
    state_->stopping = true;
  }
  state_->work.notify_all();
  for (std::thread& t : state_->workers) t.join();
}

void ThreadPool::ParallelFor(int64_t n, int64_t grain,
                             const std::function<void(int64_t, int64_t)>& fn) {
  if (n <= 0) return;
  grain = std::max<int64_t>(1, grain);
  // Four pieces a thread even out pieces of unequal cost.
  const int64_t wanted = std::min<int64_t>((n + grain - 1) / grain, 4 * threads());
  if (wanted <= 1 || threads() == 1) {
    fn(0, n);
    return;
  }
  auto job = std::make_shared<Job>();
  job->fn = &fn;
  job->n = n;
  job->piece = (n + wanted - 1) / wanted;
  job->pieces = (n + job->piece - 1) / job->piece;
  {
    std::lock_guard<std::mutex> lock(state_->mu);
    state_->jobs.push_back(job);
  }
  state_->work.notify_all();
  while (job->TakeAndRun()) {
  }
  std::unique_lock<std::mutex> lock(state_->mu);
  state_->jobs.erase(std::remove(state_->jobs.begin(), state_->jobs.end(), job),
                     state_->jobs.end());
  state_->finished.wait(lock,
                        [&] { return job->done.load(std::memory_order_acquire) == job->pieces; });
}

int ThreadPool::threads() const { return static_cast<int>(state_->workers.size()) + 1; }

int AvailableCpus() {
  cpu_set_t set;
  CPU_ZERO(&set);
  int cpus = 1;
  if (sched_getaffinity(0, sizeof(set), &set) == 0) cpus = CPU_COUNT(&set);
  if (const int quota = CgroupCpus(); quota > 0) cpus = std::min(cpus, quota);
  return std::max(1, cpus);
}

}  // namespace footnote::kernels
