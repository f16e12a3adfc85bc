#ifndef FOOTNOTE_KERNELS_BASE_THREAD_POOL_H_
#define FOOTNOTE_KERNELS_BASE_THREAD_POOL_H_

#include <cstdint>
#include <functional>
#include <memory>

namespace footnote::kernels {

// A fixed set of worker threads. Thread-safe: several callers may run
// ParallelFor at once and share the workers. The destructor waits for work that
// has begun.
class ThreadPool {
 public:
  // `threads` counts the calling thread, so 1 starts no worker. Below 1: one
  // per CPU that this process may use.
  explicit ThreadPool(int threads);
  ~ThreadPool();
  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;

  // Calls fn(begin, end) over [0, n) in pieces of at least `grain` items and
  // returns when all are done. The caller works too, so nested calls can't
  // deadlock. `fn` must not throw.
  void ParallelFor(int64_t n, int64_t grain, const std::function<void(int64_t, int64_t)>& fn);

  // Workers and the caller.
  int threads() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// CPUs that this process may run on (its affinity mask and cgroup quota), at
// least 1.
int AvailableCpus();

}  // namespace footnote::kernels

#endif  // FOOTNOTE_KERNELS_BASE_THREAD_POOL_H_
